import assert from "node:assert/strict";
import { test } from "node:test";
import { digestText } from "../js/attempt/digest.js";
import { canonical, isSame } from "../js/question/response.js";
import { RESPONSE_BYTES_MAX, associations, cleaned, fits, order, pairs, parts, text } from "../js/question/kinds/responses.js";

test("canonical texts are what the API promises", () => {
  // The same examples as the protocol's own test has.
  for (const [json, expected] of [
    ['{"choice":2}', "c2"],
    ['{"choices":[1,3]}', "m1,3"],
    ['{"number":"3.5"}', "n3.5"],
    ['{"text":"नदी;1=c2"}', "t14:नदी;1=c2"],
    ['{"order":[3,1,2]}', "o3,1,2"],
    ['{"pairs":[[1,2],[3,2]]}', "r1-2,3-2"],
    ['{"parts":{"1":{"choice":2},"3":{"text":"a"}}}', "p1=c2;3=t1:a"],
  ]) assert.equal(canonical(JSON.parse(json)), expected);
});

test("canonical texts do not depend on the order in which something was said", () => {
  assert.equal(canonical({ pairs: [[3, 2], [1, 12], [1, 2]] }), "r1-2,1-12,3-2");
  assert.equal(canonical({ parts: { 10: { choice: 1 }, 2: { number: "7" } } }), "p2=n7;10=c1");
  assert.equal(isSame({ pairs: [[2, 1], [1, 1]] }, { pairs: [[1, 1], [2, 1]] }), true);
  assert.equal(isSame({ order: [2, 1] }, { order: [1, 2] }), false);
});

test("all kinds stand in the digest's text", () => {
  const answers = [{ item: 2, response: { text: "a\nb" } }, { item: 1, response: { order: [2, 1] } }];
  assert.equal(digestText(answers), "1:o2,1\n2:t3:a\nb\n");
});

test("a text loses what the node refuses, and no more", () => {
  assert.equal(cleaned("a\u0000b\u0007\tc\r\nd\u0085", 100), "ab\tc\nd");
  assert.equal(cleaned("x\ud83dy", 100), "xy", "half of a character");
  assert.equal(cleaned("😀😀😀", 2), "😀😀", "characters are code points");
  assert.equal(cleaned("नदी", 3), "नदी");
  const bytes = new TextEncoder().encode(cleaned("😀".repeat(5000), 4500)).length;
  assert.ok(bytes <= RESPONSE_BYTES_MAX && bytes > RESPONSE_BYTES_MAX * 0.95, String(bytes));
});

test("nothing is null, never an empty response", () => {
  assert.equal(text(" \n", 10), null);
  assert.deepEqual(text(" a ", 10), { text: " a " });
  assert.equal(order([]), null);
  assert.equal(pairs([]), null);
  assert.equal(associations([[2, 2]]), null);
  assert.equal(parts({ 1: null }), null);
  assert.deepEqual(parts({ 1: null, 2: { choice: 1 } }), { parts: { 2: { choice: 1 } } });
});

test("pairs stand once, and those of equals with the smaller number first", () => {
  assert.deepEqual(pairs([[3, 2], [1, 2], [3, 2]]), { pairs: [[1, 2], [3, 2]] });
  assert.deepEqual(associations([[3, 1], [1, 3], [2, 12]]), { pairs: [[1, 3], [2, 12]] });
});

test("parts whose texts are beyond a record together do not fit", () => {
  const long = { text: "x".repeat(9_000) };
  assert.equal(fits(null), true);
  assert.equal(fits({ parts: { 1: long } }), true);
  assert.equal(fits({ parts: { 1: long, 2: long } }), false);
});
