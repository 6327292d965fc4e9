// Which node the page goes to when its own cannot serve.
import assert from "node:assert/strict";
import test, { afterEach } from "node:test";
import { Client, SILENCE_MS } from "../js/district/client.js";
import { LOST_MS } from "../js/district/connection.js";
import { backOff, problemOf } from "../js/district/problems.js";
import { DistrictClock } from "../js/district/timer.js";

const NODES = ["https://one.example", "https://two.example", "https://three.example"];
const full = (nodes) => problemOf(507, { type: "urn:pariksha:problem:disk-full", nodes }, null);

test("a full node's page goes to the least loaded node that it names and that sign-in named too", () => {
  const client = new Client(null, NODES);
  assert.equal(client.moveOn(full(["https://unknown.example", "https://three.example"])), true);
  assert.equal(client.base, NODES[2]);
});

test("without a usable name it goes to the next node", () => {
  for (const nodes of [undefined, [], ["not a URL", 7], [NODES[0]]]) {
    const client = new Client(null, NODES);
    assert.equal(client.moveOn(full(nodes)), true);
    assert.equal(client.base, NODES[1]);
  }
});

const realFetch = globalThis.fetch;
afterEach(() => { globalThis.fetch = realFetch; });

/** Answers each request with the next of `answers`; gives what was asked. */
function answering(...answers) {
  const asked = [];
  globalThis.fetch = async (url, { headers }) => {
    asked.push({ url, headers });
    const { status = 200, headers: told = {}, body } = answers.shift();
    return new Response(body === undefined ? null : JSON.stringify(body), { status, headers: told });
  };
  return asked;
}

/** A save at a node that has too much to do, and whether the page goes elsewhere then. */
async function busySave(client, nodes) {
  answering({ status: 503, body: { type: "urn:pariksha:problem:busy", detail: "Too busy.", retry_after_ms: 700, nodes } });
  const problem = await client.json("POST", "attempt/responses", { token: "t", body: {} }).catch((error) => error);
  assert.equal(problem.slug, "busy");
  assert.ok(backOff(1, problem) >= 700, "not asked again before the time that it names");
  return client.moveOn(problem);
}

test("a node that is busy twice in a row is left for the least loaded one that it names", async () => {
  const client = new Client(new DistrictClock(), NODES);
  const named = ["https://unknown.example", NODES[2], NODES[1]];
  assert.equal(await busySave(client, named), false, "once may pass");
  assert.equal(await busySave(client, named), true);
  assert.equal(client.base, NODES[2]);
});

test("a node that is busy is asked again after an answer in between, and where it names nobody", async () => {
  const client = new Client(new DistrictClock(), NODES);
  for (let round = 0; round < 3; round += 1) {
    assert.equal(await busySave(client, [NODES[1]]), false);
    answering({ body: {} });
    await client.json("GET", "attempt", { token: "t" });
  }
  for (const nodes of [undefined, [], ["https://unknown.example"], [NODES[0]]]) {
    assert.equal(await busySave(client, nodes), false);
  }
  assert.equal(client.base, NODES[0]);
});

test("a look that knows the list gets the time and the next look without it", async () => {
  const asked = answering(
    { headers: { ETag: '"a"' }, body: { server_time: 5, look_again_ms: 60_000, sittings: [] } },
    { status: 304, headers: { ETag: '"a"', "Look-Again-Ms": "15000", "Server-Time-Ms": "1790000000000" } },
  );
  const clock = new DistrictClock();
  const client = new Client(clock, NODES);
  const first = await client.look("t", null);
  assert.deepEqual([first.tag, first.lookAgainMs, first.body.sittings], ['"a"', 60_000, []]);
  assert.deepEqual(await client.look("t", first.tag), { tag: '"a"', lookAgainMs: 15_000, body: null });
  assert.deepEqual(asked.map(({ headers }) => headers["If-None-Match"]), [undefined, '"a"']);
  assert.ok(clock.at(performance.now()) >= 1_790_000_000_000);
});

test("what is not a node's answer is none, whatever its status", async () => {
  for (const status of [200, 404, 502]) {
    const client = new Client(new DistrictClock(), NODES);
    globalThis.fetch = async () => new Response("<h1>Bad gateway</h1>", { status });
    const problem = await client.json("GET", "attempt", { token: "t" }).catch((error) => error);
    assert.equal(problem.slug, "unreachable");
    const later = performance.now() + 6_000;
    assert.equal(client.connection.standing(later).state, "lost");
    answering({ body: { server_time: 5 } });
    await client.json("GET", "attempt", { token: "t" });
    assert.equal(client.connection.standing(later).state, "ok");
  }
});

test("a silent node is left before the candidate is told of it", async () => {
  const client = new Client(new DistrictClock(), NODES);
  globalThis.fetch = async () => { throw new TypeError("refused"); };
  const problem = await client.json("GET", "attempt", { token: "t" }).catch((error) => error);
  const began = performance.now();
  assert.equal(client.moveOn(problem, began), false);
  assert.ok(client.patienceLeft(began) < LOST_MS - 500);
  assert.equal(client.moveOn(problem, began + SILENCE_MS), true);
  assert.equal(client.base, NODES[1]);
});
