import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { NAMES, speaker } from "../js/words.js";

const web = new URL("../", import.meta.url);
const read = (path) => readFileSync(new URL(path, web), "utf8");
const areas = readdirSync(new URL("locales/en/", web));
const words = (language) => Object.assign({}, ...areas.map((area) => JSON.parse(read(`locales/${language}/${area}`))));
const places = (text) => [...text.matchAll(/\{\w+\}/gu)].map(([name]) => name).sort();

test("every text is there in every language, with the same places to fill", () => {
  const english = words("en");
  for (const language of Object.keys(NAMES)) {
    const these = words(language);
    assert.deepEqual(Object.keys(these).sort(), Object.keys(english).sort(), language);
    for (const [name, text] of Object.entries(these)) assert.deepEqual(places(text), places(english[name]), `${language} ${name}`);
  }
});

test("every text that the page asks for exists, and every text is asked for", () => {
  const english = words("en");
  const folder = new URL("js/", web);
  const files = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith(".js"));
  const sources = files.map((file) => [file, readFileSync(new URL(file, folder), "utf8")]);
  for (const [file, source] of sources) {
    for (const [, name] of source.matchAll(/\bsay\("([\w-]+)"/gu)) assert.ok(name in english, `${file} asks for ${name}`);
  }
  const all = sources.map(([, source]) => source).join("\n") + read("../templates/shell.html").replaceAll("needs_script", "needsScript");
  for (const name of Object.keys(english)) {
    const isNamed = new RegExp(`["'\\s.{]${name}\\b`, "u").test(all);
    // Some are put together, as `size-${size}`.
    const isMade = name.includes("-") && all.includes(`\`${name.split("-")[0]}-\${`);
    assert.ok(isNamed || isMade, `nobody asks for ${name}`);
  }
});

test("digits are latin in every language", () => {
  for (const language of Object.keys(NAMES)) {
    for (const [name, text] of Object.entries(words(language))) assert.ok(!/[०-९]/u.test(text), `${language} ${name}`);
  }
});

test("places are filled", () => {
  assert.equal(speaker({ left: "{count} minutes left" })("left", { count: 5 }), "5 minutes left");
});
