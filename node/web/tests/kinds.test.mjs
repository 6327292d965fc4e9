import assert from "node:assert/strict";
import { test } from "node:test";
import { isRich } from "../js/question/fields.js";
import { arranged, placesOf, ranks } from "../js/question/kinds/arrange.js";
import { isWithin, middle } from "../js/question/kinds/hotspot.js";
import { placed } from "../js/question/kinds/ordering.js";
import { placedIn } from "../js/question/kinds/parts.js";
import { scaleOf } from "../js/question/kinds/slider.js";
import { isUsedUp, usesAt, usesIn } from "../js/question/kinds/uses.js";

const option = (id, more = {}) => ({ id, text: { en: `option ${id}` }, ...more });
const plain = { no: 1, section: "", kind: { choice: [option(1), option(2)] }, stem: { en: "?" } };

test("a paper of plain text in the first kinds loads nothing more", () => {
  const number = { ...plain, kind: "number" };
  assert.equal(isRich({ items: [plain, number, { ...plain, kind: { choices: [option(1)] } }] }), false);
  assert.equal(isRich({ items: [plain], order: "shuffled" }), false);
  for (const item of [
    { ...plain, kind: { text: { lines: 1, chars_max: 9 } } },
    { ...plain, kind: { dropdown: [option(1)] } },
    { ...plain, body: { en: ["?"] } },
    { ...plain, stimulus: 0 },
    { ...plain, is_fixed: true },
    { ...plain, kind: { choice: [option(1, { is_fixed: true })] } },
    { ...plain, kind: { choice: [option(1, { body: { en: ["x"] } })] } },
  ]) assert.equal(isRich({ items: [plain, item] }), true, JSON.stringify(item));
  assert.equal(isRich({ items: [plain], order: "fixed" }), true);
});

test("items stand as the paper wants them", () => {
  const items = [["A", 1], ["B", 2], ["A", 3], ["B", 4]].map(([section, no]) => ({ no, section }));
  const order = [4, 3, 2, 1].map((item) => ({ item, options: [] }));
  const numbers = (wanted) => placesOf({ items, order: wanted }, order).map((place) => place.item);
  assert.deepEqual(numbers(undefined), [4, 3, 2, 1]);
  assert.deepEqual(numbers("sections"), [3, 1, 4, 2]);
  assert.deepEqual(numbers("fixed"), [1, 2, 3, 4]);
});

test("fixed options keep their place among the others", () => {
  const options = [option(1), option(2, { is_fixed: true }), option(3), option(4, { is_fixed: true })];
  const ids = (isFixed) => arranged(options, (id) => -id, isFixed).map((each) => each.id);
  assert.deepEqual(ids(false), [3, 2, 1, 4]);
  assert.deepEqual(ids(true), [1, 2, 3, 4]);
});

test("what the node does not order is ordered the same after every reload, otherwise for others", () => {
  const items = [{ no: 1, section: "" }, { no: 2, section: "" }];
  const placeOf = (order) => placesOf({ items }, order.map((item) => ({ item, options: [] })))[0];
  const orderOf = (place, what) => [...Array(20).keys()].sort((one, other) => {
    const rank = ranks(place, 20, what);
    return rank(one) - rank(other);
  }).join();
  const [first, again] = [placeOf([1, 2]), placeOf([1, 2])];
  assert.equal(orderOf(first, "rows"), orderOf(again, "rows"));
  assert.notEqual(orderOf(first, "rows"), orderOf(first, "columns"));
  assert.notEqual(orderOf(first, "rows"), orderOf({ ...placeOf([2, 1]), item: 1 }, "rows"));
  const given = ranks({ item: 1, options: [2, 1], seed: 0 }, 2, "");
  assert.ok(given(2) < given(1), "the node's order stands where it gives one");
});

test("an option moves to a place, and out of the order", () => {
  assert.deepEqual(placed([1, 2, 3], 3, 1, 3), [3, 1, 2]);
  assert.deepEqual(placed([1, 2, 3], 1, 3, 3), [2, 3, 1]);
  assert.deepEqual(placed([1, 2], 2, 0, 3), [1]);
  assert.deepEqual(placed([1], 7, 2, 3), [1, 7]);
  assert.deepEqual(placed([1, 2], 7, 1, 2), [7, 1]);
});

test("points of a picture are within the right area", () => {
  const circle = { shape: "circle", coordinates: [50, 50, 10] };
  const rect = { shape: "rect", coordinates: [0, 0, 20, 10] };
  const poly = { shape: "poly", coordinates: [0, 0, 100, 0, 0, 100] };
  assert.ok(isWithin(circle, 57, 57) && !isWithin(circle, 58, 58));
  assert.ok(isWithin(rect, 20, 10) && !isWithin(rect, 21, 10));
  assert.ok(isWithin(poly, 40, 40) && !isWithin(poly, 60, 60));
  assert.ok(isWithin({ shape: "default", coordinates: [] }, 1, 1));
  assert.deepEqual(middle(rect, 100, 100), [10, 5]);
  assert.deepEqual(middle(poly, 100, 100), [50, 50]);
});

test("a scale is exact", () => {
  const scale = scaleOf({ from: "-0.3", to: "1", step: "0.1" });
  assert.equal(scale.count, 13n);
  assert.deepEqual([0, 1, 3, 6, 13].map((index) => scale.at(index)), ["-0.3", "-0.2", "0.0", "0.3", "1.0"]);
  assert.deepEqual(["-.3", "0", "0.30", "+1.000", "0.25", "1.1", "-0.4", "x"].map(scale.indexOf), [0, 3, 6, 13, -1, -1, -1, -1]);
  assert.equal(scaleOf({ from: "0", to: "10", step: "0" }), null);
  assert.equal(scaleOf({ from: "5", to: "1", step: "1" }), null);
});

test("an option is used up where it stands in as many pairs as it may", () => {
  const pairs = [[1, 2], [3, 2]];
  assert.ok(isUsedUp(option(2, { uses_max: 2 }), usesAt(pairs, 1)));
  assert.ok(!isUsedUp(option(2, { uses_max: 2 }), usesAt(pairs, 0)));
  assert.ok(!isUsedUp(option(2), usesIn(pairs)));
  assert.ok(isUsedUp(option(3, { uses_max: 1 }), usesIn(pairs)));
});

test("parts that content has places for are found at any depth", () => {
  const content = ["a", { tag: "p", content: [{ part: 2 }, { tag: "b", content: [{ part: 5 }] }] }, { hottext: 1, content: [{ part: 7 }] }];
  assert.deepEqual([...placedIn(content)], [2, 5, 7]);
});
