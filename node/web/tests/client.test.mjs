// Which node the page goes to when its own cannot serve.
import assert from "node:assert/strict";
import test from "node:test";
import { Client } from "../js/client.js";
import { problemOf } from "../js/problems.js";

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
