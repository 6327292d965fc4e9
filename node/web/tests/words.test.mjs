import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { WORDS as KINDS } from "../js/kinds/words.js";
import { WORDS, speaker } from "../js/words.js";

const places = (text) => [...text.matchAll(/\{\w+\}/gu)].map(([name]) => name).sort();

test("every text is there in every language, with the same places to fill", () => {
  for (const all of [WORDS, KINDS]) {
    const names = Object.keys(all.en).sort();
    for (const [language, words] of Object.entries(all)) {
      assert.deepEqual(Object.keys(words).sort(), names, language);
      for (const name of names) assert.deepEqual(places(words[name]), places(all.en[name]), `${language} ${name}`);
    }
  }
});

test("every text that the page asks for exists", () => {
  const folder = new URL("../js/", import.meta.url);
  const files = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith(".js"));
  assert.ok(files.some((file) => file.startsWith("kinds")));
  for (const file of files) {
    const source = readFileSync(new URL(file, folder), "utf8");
    for (const [, name] of source.matchAll(/\bsay\("([\w-]+)"/gu)) assert.ok(name in WORDS.en, `${file} asks for ${name}`);
    for (const [, name] of source.matchAll(/\btell\("([\w-]+)"/gu)) assert.ok(name in KINDS.en, `${file} asks for ${name}`);
  }
});

test("a language that is not known speaks English", () => {
  assert.equal(speaker("xx")("minutesLeft", { count: 5 }), "5 minutes left");
});
