import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { PracticeAttempt } from "../js/practice/attempt.js";
import { practiceOrder, practicePaper } from "../js/practice/paper.js";

const LANGUAGES = ["en", "hi", "mr"];
const words = LANGUAGES.map((language) => JSON.parse(readFileSync(new URL(`../locales/${language}/practice.json`, import.meta.url), "utf8")));
const paper = practicePaper((name) => Object.fromEntries(LANGUAGES.map((language, at) => [language, words[at][name]])));

/** All texts within something. */
const textsIn = (value) => (value?.en === undefined
  ? Object.values(Object(value)).filter((each) => typeof each === "object").flatMap(textsIn) : [value]);

test("the practice paper is complete in all languages", () => {
  const texts = textsIn(paper.items);
  assert.ok(texts.length > 20);
  for (const text of texts) for (const language of LANGUAGES) assert.ok(text[language], JSON.stringify(text));
  assert.deepEqual(paper.languages, LANGUAGES);
});

test("each question has a place with its options", () => {
  const order = practiceOrder(paper);
  assert.deepEqual(order.map(({ item }) => item), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(order[0].options, [1, 2, 3, 4]);
  assert.deepEqual(order[3].options, []);
  assert.deepEqual(order[5].options, [1, 2, 3, 4]);
});

test("a practice answer says that it is kept nowhere", async () => {
  const attempt = new PracticeAttempt(practiceOrder(paper), () => 0);
  let changes = 0;
  attempt.addEventListener("change", () => {
    changes += 1;
  });
  await attempt.respond(1, { choice: 3 }, false);
  assert.equal(attempt.answers.get(1).held, "practice");
  assert.equal(changes, 1);
});

test("the practice freezes after ten minutes and ends when it is handed in", async () => {
  let now = 0;
  const attempt = new PracticeAttempt(practiceOrder(paper), () => now);
  assert.equal(attempt.remaining(), 600_000);
  now = 600_000;
  assert.equal(attempt.isFrozen, true);
  await attempt.respond(1, { choice: 3 }, false);
  assert.equal(attempt.answers.size, 0);
  let isEnded = false;
  attempt.addEventListener("ended", () => {
    isEnded = true;
  });
  await attempt.submit();
  assert.deepEqual([isEnded, attempt.isSubmitted], [true, true]);
});
