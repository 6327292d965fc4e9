// Who sits an exam and where, as the system test that starts a script wrote it down, and what a script tells it in the end.
//
// PARIKSHA_HALL       a JSON file: {"program": "…/pariksha", "data": "…", "told": "…", "nodes": {"pune-1": {"district": "pune",
//                     "port": 10041, "data": "…", "operator": "127.0.0.1:10051"}, …}, "people": [{"candidate": 1, "code": "…", "district": "pune"}, …]}
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { setting } from "./page.mjs";

const run = promisify(execFile);
const hall = JSON.parse(readFileSync(setting("PARIKSHA_HALL"), "utf8"));
const waiting = [...hall.people];
const told = [];

/** The port at which browsers reach a node. */
export const portOf = (node) => hall.nodes[node].port;

/** The address of the page at a node. */
export const addressOf = (node) => `http://localhost:${portOf(node)}/`;

/** A candidate of the node's district of whom no script has heard yet. */
export function somebodyAt(node) {
  const index = waiting.findIndex(({ district }) => district === hall.nodes[node].district);
  if (index < 0) throw new Error(`no candidate is left at ${node}`);
  return { ...waiting.splice(index, 1)[0], url: addressOf(node) };
}

/** kill -9. */
export const killNode = (node) => run(hall.program, ["--data", hall.data, "kill", node]);

/** Starts a node again; resolves once its page is served. */
export async function startNode(node) {
  await run(hall.program, ["--data", hall.data, "start", node]);
  for (let tries = 0; tries < 200; tries += 1) {
    const answer = await fetch(addressOf(node)).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${node} does not come up`);
}

/** The invigilator at the node lets another device go on with a candidate's exam; gives what the command says. */
export async function unlock(node, candidate) {
  const { data, operator } = hall.nodes[node];
  const flags = ["--data", data, "--operator-address", operator];
  return (await run(hall.program, ["as-node", "attempt", "unlock", ...flags, String(candidate)])).stdout;
}

/** Notes for the system test what a person gave and was shown. */
export function tell(person) {
  told.push(person.account());
  writeFileSync(hall.told, JSON.stringify(told, null, 1));
}
