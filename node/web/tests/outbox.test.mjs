import assert from "node:assert/strict";
import { test } from "node:test";
import { BATCH_MAX, batch, change, nextSeq, reconcile, settle, superseded } from "../js/outbox.js";

const give = (item, seq, option, epoch = 1) => change({ item, epoch, seq, response: { choice: option }, marked: false });
const mapOf = (...changes) => new Map(changes.map(({ answer }) => [answer.item, answer]));

test("a change waits on this device until it is acknowledged", () => {
  const first = give(4, 1, 2);
  assert.equal(first.answer.held, null);
  const settled = settle([first.row], mapOf(first), { durability: "node", acknowledged: [{ item: 4, seq: 1, state: "saved" }] });
  assert.deepEqual(settled.remove, [1]);
  assert.equal(settled.answers[0].held, "node");
});

test("an acknowledgement of an older change does not make a newer one safe", () => {
  const old = give(4, 1, 2);
  const settled = settle([old.row], mapOf(give(4, 2, 3)), { durability: "district", acknowledged: [{ item: 4, seq: 1, state: "saved" }] });
  assert.deepEqual(settled.remove, [1]);
  assert.deepEqual(settled.answers, []);
});

test("what was neither acknowledged nor refused stays, and strange acknowledgements change nothing", () => {
  const first = give(4, 1, 2);
  const settled = settle([first.row], mapOf(first), { durability: "node", acknowledged: [{ item: 5, seq: 1 }, { item: 4, seq: 9 }] });
  assert.deepEqual(settled, { remove: [], answers: [], again: [], isStale: false });
});

test("a seq that was used already is given again under a new one; other refusals are told", () => {
  const first = give(4, 1, 2);
  const second = give(5, 2, 9);
  const settled = settle([first.row, second.row], mapOf(first, second), {
    refused: [{ item: 4, seq: 1, problem: "sequence-reused" }, { item: 5, seq: 2, problem: "invalid-response", detail: "no option 9" }],
  });
  assert.deepEqual(settled.remove, [1, 2]);
  assert.deepEqual(settled.again, [first.row]);
  assert.equal(settled.answers[0].problem, "no option 9");
});

test("a superseded change says that the node knows something later", () => {
  const first = give(4, 1, 2);
  assert.equal(settle([first.row], mapOf(first), { acknowledged: [{ item: 4, seq: 1, state: "superseded" }] }).isStale, true);
});

test("a newer change replaces those that wait for the same item, not those under way", () => {
  const rows = [give(4, 1, 1).row, give(5, 2, 1).row, give(4, 3, 2).row];
  const gone = superseded(rows, give(4, 4, 3).row, new Set([1]));
  assert.deepEqual(gone.map((row) => row.seq), [3]);
});

test("a batch is in order, of one epoch, and bounded", () => {
  const rows = Array.from({ length: BATCH_MAX + 5 }, (_, index) => give(index + 1, index + 1, 1).row);
  assert.equal(batch(rows).length, BATCH_MAX);
  assert.deepEqual(batch([give(1, 1, 1, 1).row, give(2, 2, 1, 2).row]).map((row) => row.seq), [1]);
  assert.deepEqual(batch([]), []);
});

test("what another node lacks is sent again as it was given", () => {
  const held = give(4, 7, 2);
  held.answer.held = "node";
  const { answers, rows } = reconcile(mapOf(held), [], [], { epoch: 2, continuous: true });
  assert.deepEqual(rows, [held.row]);
  assert.equal(answers[0].held, null);
});

test("what a node lacks is sent again even after another device had the attempt", () => {
  const held = give(4, 7, 2);
  assert.deepEqual(reconcile(mapOf(held), [], [], { epoch: 3, continuous: false }).rows, [held.row]);
});

test("a change that waits is not overwritten by what the node holds", () => {
  const waiting = give(4, 7, 2);
  const there = [{ item: 4, seq: 3, response: { choice: 1 }, marked: false }];
  assert.deepEqual(reconcile(mapOf(waiting), [waiting.row], there, { epoch: 1, continuous: true }), { answers: [], rows: [] });
});

test("after another device had the attempt the node is right", () => {
  const held = give(4, 7, 2);
  const there = [{ item: 4, seq: 3, response: { choice: 1 }, marked: true }, { item: 5, seq: 4, response: null, marked: true }];
  const { answers, rows } = reconcile(mapOf(held), [], there, { epoch: 3, continuous: false });
  assert.deepEqual(rows, []);
  assert.deepEqual(answers.map(({ item, seq, held: where }) => [item, seq, where]), [[4, 3, "node"], [5, 4, "node"]]);
});

test("the same at both ends is nothing to do", () => {
  const held = give(4, 7, 2);
  const there = [{ item: 4, seq: 7, response: { choice: 2 }, marked: false }];
  assert.deepEqual(reconcile(mapOf(held), [], there, { epoch: 1, continuous: true }), { answers: [], rows: [] });
});

test("the next seq is above all that was used anywhere", () => {
  assert.equal(nextSeq(new Map(), []), 1);
  assert.equal(nextSeq(mapOf(give(1, 4, 1)), [give(2, 6, 1).row], 3), 7);
  assert.equal(nextSeq(mapOf(give(1, 4, 1)), [], 12), 12);
});
