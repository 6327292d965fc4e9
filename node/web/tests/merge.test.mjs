import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeliveryAwaited, reconcile } from "../js/attempt/merge.js";
import { change } from "../js/attempt/outbox.js";

const give = (item, seq, option, epoch = 1) => change({ item, epoch, seq, response: { choice: option }, marked: false });
const mapOf = (...changes) => new Map(changes.map(({ answer }) => [answer.item, answer]));

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

test("what a node tells is marked as adopted until something is given here, and what was given here never is", () => {
  const [held, there] = [give(4, 7, 2), [{ item: 5, seq: 4, response: { choice: 1 }, marked: false }]];
  held.answer.held = "node";
  const told = [...there, { item: 4, seq: 7, response: { choice: 2 }, marked: false, delivered: true }];
  const { answers } = reconcile(mapOf(held), [], told, { epoch: 3, continuous: false });
  assert.deepEqual(answers.map(({ item, isAdopted = false }) => [item, isAdopted]), [[5, true], [4, false]]);
  assert.equal(give(5, 8, 1).answer.isAdopted, undefined);
});

test("the same at both ends is nothing to do", () => {
  const held = give(4, 7, 2);
  held.answer.held = "node";
  const there = [{ item: 4, seq: 7, response: { choice: 2 }, marked: false }];
  assert.deepEqual(reconcile(mapOf(held), [], there, { epoch: 1, continuous: true }), { answers: [], rows: [] });
});

test("what the centre has is shown so, and stays so at a node that does not know it", () => {
  const held = give(4, 7, 2);
  held.answer.held = "district";
  const there = { item: 4, seq: 7, response: { choice: 2 }, marked: false, delivered: true };
  const stay = { epoch: 1, continuous: true };
  const { answers, rows } = reconcile(mapOf(held), [], [there], stay);
  assert.deepEqual([answers[0].held, rows], ["centre", []]);
  const delivered = { answer: answers[0] };
  assert.deepEqual(reconcile(mapOf(delivered), [], [{ ...there, delivered: false }], stay), { answers: [], rows: [] });
  // A node that lacks it gets it again: what it has must be what the candidate hands in.
  const again = reconcile(mapOf(delivered), [], [], stay);
  assert.deepEqual([again.answers[0].held, again.rows.length], ["centre", 1]);
});

test("a later change is not at the centre because an earlier one is", () => {
  const waiting = give(4, 8, 3);
  const there = [{ item: 4, seq: 7, response: { choice: 2 }, marked: false, delivered: true }];
  assert.deepEqual(reconcile(mapOf(waiting), [waiting.row], there, { epoch: 1, continuous: true }).answers, []);
});

test("the centre's word is awaited for what a node has, not for what waits here", () => {
  const [here, node, centre] = [give(1, 1, 1), give(2, 2, 1), give(3, 3, 1)];
  node.answer.held = "node";
  centre.answer.held = "centre";
  assert.equal(isDeliveryAwaited(mapOf(here, centre).values()), false);
  assert.equal(isDeliveryAwaited(mapOf(here, node).values()), true);
});
