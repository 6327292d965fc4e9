import assert from "node:assert/strict";
import { test } from "node:test";
import { SIGNS, STATES, answeredOf, counts, itemState, safety, safetyCounts } from "../js/attempt/palette.js";
import { itemWords, safetyWords } from "../js/exam/words.js";

const say = (name, values) => (values ? `${name} ${JSON.stringify(values)}` : name);

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

test("counts add up to all items, and answers that are marked count as answered", () => {
  const answers = new Map([
    [1, { response: { choice: 1 }, marked: false }],
    [4, { response: { choice: 2 }, marked: true }],
  ]);
  const all = counts([1, 2, 3, 4], answers, new Set([1, 2, 4]));
  assert.deepEqual(all, { unseen: 1, unanswered: 1, answered: 1, marked: 0, "answered-marked": 1 });
  assert.equal(answeredOf(all), 2);
});

test("nothing is called safe before its acknowledgement", () => {
  assert.equal(safety(undefined), "none");
  assert.equal(safety({ held: null }), "device");
  assert.equal(safety({ held: null, delivered: true }), "device", "a change after the delivered one is on this device only");
  assert.equal(safety({ held: null, isUnkept: true }), "unkept", "the disk did not take it");
  assert.equal(safety({ held: "node", isUnkept: true }), "node", "but the district did");
  assert.equal(safety({ held: "node", delivered: false }), "node");
  assert.equal(safety({ held: "district" }), "district");
  assert.equal(safety({ held: "district", delivered: true }), "centre");
  assert.equal(safety({ held: "centre" }), "centre");
  assert.equal(safety({ held: "node", problem: "no such option" }), "refused");
});

test("the sum counts each answer once; what is at the centre is at the district too", () => {
  const all = [{ held: null }, { held: "node" }, { held: "district" }, { held: "centre" }, { problem: "x" }];
  assert.deepEqual(safetyCounts(all), { device: 1, held: 3, centre: 1, refused: 1 });
});

test("what came late is told so only once the district has it", () => {
  assert.equal(safetyWords(say, { held: null, late: true }), "safeDevice");
  assert.equal(safetyWords(say, { held: "node", late: true }), "safeLate");
  assert.equal(safetyWords(say, { held: "centre" }), "safeCentre");
});

test("an item's name tells its state and where its answer is", () => {
  const name = itemWords(say, { place: 12, state: "answered-marked", answer: { held: "district" } });
  assert.equal(name, 'item {"place":12,"state":"answered-marked"}, inDistrict');
  assert.equal(itemWords(say, { place: 1, state: "unseen", answer: undefined }), 'item {"place":1,"state":"unseen"}');
});
