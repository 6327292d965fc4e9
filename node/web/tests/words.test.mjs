import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { WORDS, speaker } from "../js/words.js";

const places = (text) => [...text.matchAll(/\{\w+\}/gu)].map(([name]) => name).sort();

test("every text is there in every language, with the same places to fill", () => {
  const names = Object.keys(WORDS.en).sort();
  for (const [language, words] of Object.entries(WORDS)) {
    assert.deepEqual(Object.keys(words).sort(), names, language);
    for (const name of names) assert.deepEqual(places(words[name]), places(WORDS.en[name]), `${language} ${name}`);
  }
});

test("every text that the page asks for exists", () => {
  const folder = new URL("../js/", import.meta.url);
  for (const file of readdirSync(folder)) {
    const source = readFileSync(new URL(file, folder), "utf8");
    for (const [, name] of source.matchAll(/\bsay\("([\w-]+)"/gu)) assert.ok(name in WORDS.en, `${file} asks for ${name}`);
  }
});

test("a language that is not known speaks English", () => {
  assert.equal(speaker("xx")("minutesLeft", { count: 5 }), "5 minutes left");
});
