import assert from "node:assert/strict";
import { test } from "node:test";
import { SIGNS, STATES, counts, itemState, safety, safetyCounts } from "../js/palette.js";

test("an item's state comes from its answer, its mark and whether it was seen", () => {
  assert.equal(itemState(undefined, false), "unseen");
  assert.equal(itemState(undefined, true), "unanswered");
  assert.equal(itemState({ response: null, marked: false }, true), "unanswered");
  assert.equal(itemState({ response: null, marked: true }, true), "marked");
  assert.equal(itemState({ response: { choice: 1 }, marked: false }, true), "answered");
  assert.equal(itemState({ response: { choice: 1 }, marked: true }, true), "answered-marked");
});

test("each state has its own sign", () => {
  assert.equal(new Set(STATES.map((state) => SIGNS[state])).size, STATES.length);
});

test("counts add up to all items", () => {
  const answers = new Map([[1, { response: { choice: 1 }, marked: false }]]);
  assert.deepEqual(counts([1, 2, 3], answers, new Set([1, 2])), { answered: 1, unanswered: 1, unseen: 1, marked: 0, "answered-marked": 0 });
});

test("nothing is called safe before its acknowledgement", () => {
  assert.equal(safety(undefined), "none");
  assert.equal(safety({ held: null }), "device");
  assert.equal(safety({ held: "node" }), "node");
  assert.equal(safety({ held: "district" }), "district");
  assert.equal(safety({ held: "node", problem: "no such option" }), "refused");
  assert.deepEqual(safetyCounts([{ held: null }, { held: "node" }, { held: "district" }, { problem: "x" }]), { device: 1, held: 2, refused: 1 });
});
