import assert from "node:assert/strict";
import { test } from "node:test";
import { BATCH_MAX, batch, change, nextSeq, refusedAll, settle, superseded, waitingCount } from "../js/attempt/outbox.js";

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

test("what was only adopted from a node gets no new seq: the node is asked what it holds", () => {
  const adopted = give(4, 1, 2);
  adopted.answer.isAdopted = true;
  const refused = [{ item: 4, seq: 1, problem: "sequence-reused" }];
  assert.deepEqual(settle([adopted.row], mapOf(adopted), { refused }), { remove: [1], answers: [], again: [], isStale: true });
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

test("the next seq is above all that was used anywhere", () => {
  assert.equal(nextSeq(new Map(), []), 1);
  assert.equal(nextSeq(mapOf(give(1, 4, 1)), [give(2, 6, 1).row], 3), 7);
  assert.equal(nextSeq(mapOf(give(1, 4, 1)), [], 12), 12);
});

test("a batch stays within the bytes that a node takes, and has one row at least", () => {
  const long = (item, letters) => change({ item, epoch: 1, seq: item, response: { text: "म".repeat(letters) }, marked: false }).row;
  const rows = [long(1, 6_000), long(2, 6_000), long(3, 6_000), long(4, 6_000)];
  assert.equal(batch(rows).length, 3);
  assert.equal(batch([long(1, 60_000), long(2, 1)]).length, 1);
  assert.equal(batch(rows, 1).length, 1);
});

test("what the centre has stays there when a node acknowledges it again", () => {
  const first = give(4, 1, 2);
  first.answer.held = "centre";
  const settled = settle([first.row], mapOf(first), { durability: "node", acknowledged: [{ item: 4, seq: 1, state: "already-saved" }] });
  assert.equal(settled.answers[0].held, "centre");
});

test("rows that are refused together leave the outbox and say why", () => {
  const first = give(4, 1, 2);
  const told = refusedAll([first.row], { slug: "submitted", detail: "handed in" });
  const settled = settle([first.row], mapOf(first), told);
  assert.deepEqual([settled.remove, settled.answers[0].problem], [[1], "handed in"]);
});

test("only what this device alone has is counted as waiting", () => {
  const [one, two, three] = [give(1, 1, 1), give(2, 2, 1), give(3, 3, 1)];
  two.answer.held = "node";
  three.answer.isUnkept = true;
  assert.equal(waitingCount(mapOf(one, two, three).values()), 1);
});
