import assert from "node:assert/strict";
import { test } from "node:test";
import { BACK_MS, connectionLine } from "../js/exam/banner_rules.js";
import { groupsOf, sectionsOf } from "../js/exam/sections.js";
import { wayOn } from "../js/exam/way_on.js";
import { extensionWords } from "../js/exam/words.js";

const items = (names) => new Map(names.map((section, index) => [index + 1, { section }]));
const places = (numbers) => numbers.map((item) => ({ item }));

test("sections come in the order in which the candidate meets them", () => {
  const found = sectionsOf(items(["A", "A", "B"]), places([3, 1, 2]));
  assert.deepEqual(found, [{ name: "B", positions: [0] }, { name: "A", positions: [1, 2] }]);
  assert.deepEqual(groupsOf(found), found);
});

test("sections that are mixed share one group, so that numbers ascend", () => {
  const found = sectionsOf(items(["A", "B", "A"]), places([1, 2, 3]));
  assert.deepEqual(found.map((section) => section.positions), [[0, 2], [1]]);
  assert.deepEqual(groupsOf(found), [{ name: "", positions: [0, 1, 2] }]);
});

test("a paper without sections has one of no name", () => {
  assert.deepEqual(sectionsOf(new Map([[1, {}]]), places([1])), [{ name: "", positions: [0] }]);
});

test("Save & Next goes on, and from the last question to the first that has no answer", () => {
  assert.deepEqual(wayOn(0, [false, false, true]), { position: 1, news: null });
  assert.deepEqual(wayOn(2, [true, false, true]), { position: 1, news: "backToOpen" });
  assert.deepEqual(wayOn(2, [true, true, true]), { position: 2, news: "lastOfAll" });
  assert.deepEqual(wayOn(2, [true, true, false]), { position: 2, news: "lastOpen" });
  assert.deepEqual(wayOn(0, [true]), { position: 0, news: "lastOfAll" });
});

test("the banner comes with a cut and says for a moment that it is over", () => {
  const none = { kind: "none", until: 0 };
  assert.equal(connectionLine(none, null, 0), none);
  assert.equal(connectionLine(none, { state: "ok" }, 0), none);
  const lost = connectionLine(none, { state: "lost" }, 0);
  assert.equal(lost.kind, "lost");
  assert.equal(connectionLine(lost, { state: "long" }, 0).kind, "long");
  const back = connectionLine(lost, { state: "ok" }, 1000);
  assert.deepEqual(back, { kind: "back", until: 1000 + BACK_MS });
  assert.equal(connectionLine(back, { state: "ok" }, 999 + BACK_MS), back);
  assert.equal(connectionLine(back, { state: "ok" }, 1000 + BACK_MS).kind, "none");
  assert.equal(connectionLine(back, { state: "lost" }, 2000).kind, "lost");
});

test("time that was added is told in minutes, and in seconds where they are not whole", () => {
  const say = (name, { count }) => `${name} ${count}`;
  assert.equal(extensionWords(say, 600_000), "extendedMinutes 10");
  assert.equal(extensionWords(say, 90_000), "extendedSeconds 90");
});
