// The usual way to take an answer: Express, a pool of PostgreSQL connections, one INSERT and so one commit an answer.
// HTTPS with the node's certificate, so that both do the same TLS; the bearer token is only read, not verified.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import express from "express";
import pg from "pg";

const { IDENTITY, PGHOST, PGUSER } = process.env;
const pool = new pg.Pool({ host: PGHOST, user: PGUSER, database: "postgres", max: 20 });

const INSERT = {
  name: "answer",
  text: "INSERT INTO answers (candidate, item, seq, response, marked) VALUES ($1, $2, $3, $4, $5) RETURNING id",
};

const app = express();
app.disable("x-powered-by");
app.use(express.json({ limit: "64kb" }));

app.post("/api/v1/attempt/responses", async (request, response) => {
  const candidate = Number(request.get("authorization").slice("Bearer ".length));
  const acknowledged = [];
  for (const { item, seq, response: given, marked } of request.body.responses) {
    const { rows } = await pool.query({ ...INSERT, values: [candidate, item, seq, given, marked] });
    acknowledged.push({ item, seq, sequence: rows[0].id, late: false, state: "saved" });
  }
  response.json({ durability: "node", acknowledged, refused: [], server_time: Date.now() });
});

const tls = {
  key: readFileSync(`${IDENTITY}/https.key`),
  cert: readFileSync(`${IDENTITY}/https.crt`),
};
const server = createServer(tls, app);
// Connections rest while it is another's turn.
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => console.log(`127.0.0.1:${server.address().port}`));
