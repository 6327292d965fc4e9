// The texts of the page. Those of a language are one file, made of locales/<language>/*.json when the node is built; what a
// language lacks fails that build. A language is fetched once; `{name}` in a text is replaced.
import { unreachable } from "./district/problems.js";

/** @import {Say} from "./question/ask.js" */

/** @type {Record<string, string>} */
export const NAMES = { en: "English", hi: "हिन्दी", mr: "मराठी" };

/** @type {Map<string, Say>} */
const loaded = new Map();

/**
 * The function that gives texts in a language, fetched where it was not yet. Throws a Problem where that does not work.
 * @param {string} language
 */
export async function speakerOf(language) {
  const known = loaded.get(language);
  if (known) return known;
  const response = await fetch(new URL(`../locales/${language}.json`, import.meta.url)).catch(() => null);
  const words = response?.ok ? await response.json().catch(() => null) : null;
  if (!words) throw unreachable();
  const say = speaker(words);
  loaded.set(language, say);
  return say;
}

/**
 * The function that gives these texts.
 * @param {Record<string, string>} words
 * @returns {(name: string, values?: Record<string, any>) => string}
 */
export function speaker(words) {
  return (name, values = {}) => words[name].replace(/\{(\w+)\}/gu, (_, key) => String(values[key] ?? ""));
}
