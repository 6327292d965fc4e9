import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { findings, median, resultOf } from "../js/device/check.js";
import { isAllTheSame } from "../js/device/devanagari.js";

const folder = new URL("../locales/en/", import.meta.url);
const words = Object.assign({}, ...readdirSync(folder).map((file) => JSON.parse(readFileSync(new URL(file, folder), "utf8"))));

const GOOD = {
  isSecure: true, lacking: [], storageMs: 8, isPersistent: true, roomBytes: 1e9, clockOffMs: 200, roundTripMs: 20,
  lacksDevanagari: false, screen: { width: 1280, height: 800 },
};
/** Measurements of which each is judged otherwise than the good one. */
const OTHERS = [
  [{ isSecure: false }, "problem"], [{ lacking: ["IndexedDB"] }, "problem"], [{ storageMs: null }, "problem"],
  [{ storageMs: 900 }, "note"], [{ isPersistent: false }, "note"], [{ isPersistent: null }, "note"], [{ roomBytes: null }, "note"],
  [{ roomBytes: 1e8 }, "note"], [{ roomBytes: 1e7 }, "problem"], [{ clockOffMs: null }, "note"], [{ clockOffMs: -86_400_000 }, "note"],
  [{ roundTripMs: null }, "problem"], [{ roundTripMs: 3_000 }, "note"], [{ lacksDevanagari: true }, "problem"],
  [{ screen: { width: 300, height: 600 } }, "note"],
];

test("a good device has nothing to note", () => {
  const found = findings(GOOD);
  assert.ok(found.every(({ state }) => state === "ok"));
  assert.equal(resultOf(found).text, "checkGood");
});

test("each thing that is amiss is one finding, and the result counts it", () => {
  for (const [change, state] of OTHERS) {
    const found = findings({ ...GOOD, ...change });
    assert.deepEqual(found.filter((each) => each.state !== "ok").map((each) => each.state), [state], JSON.stringify(change));
    const result = resultOf(found);
    assert.deepEqual([result.state, result.values.count], [state, 1]);
  }
});

test("problems stand above notes", () => {
  const found = findings({ ...GOOD, isSecure: false, lacksDevanagari: true, isPersistent: false });
  assert.deepEqual(resultOf(found), { text: "checkBad", state: "problem", values: { count: 2 } });
});

test("every finding has its words and all that stands in them", () => {
  for (const [change] of [[{}], ...OTHERS]) {
    for (const { name, text, values = {} } of findings({ ...GOOD, ...change })) {
      assert.ok(words[name], name);
      for (const [, place] of words[text].matchAll(/\{(\w+)\}/gu)) assert.ok(place in values, `${text}: ${place}`);
    }
  }
});

test("a clock that is off by more than a day tells the days", () => {
  const clock = (clockOffMs) => findings({ ...GOOD, clockOffMs }).find(({ name }) => name === "checkClock");
  assert.equal(clock(86_400_000 + 3_661_000).values.time, "1:01:01:01");
  assert.equal(clock(-61_000).values.time, "0:01:01");
});

test("the median is the one in the middle", () => {
  assert.equal(median([]), null);
  assert.equal(median([9, 1, 5]), 5);
});

test("letters are missing where all look alike", () => {
  assert.equal(isAllTheSame([24, 24.001, 24]), true);
  assert.equal(isAllTheSame([24, 19, 30]), false);
});
