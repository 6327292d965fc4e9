// Fetches the page's files into the browser's cache while there is a connection: what is imported later comes from there,
// also when the LAN is down. The files' addresses hold their version, so a copy never ages.
//
// A module that failed to come is never asked for again by a browser until the page is loaded anew; so whatever is imported
// after the start is fetched here first, as often as it takes.
import { unreachable } from "../district/problems.js";

/** Requests at a time: a hall of devices does this at once. */
const AT_ONCE = 4;
/** What hangs is asked for anew. */
const LIMIT_MS = 15_000;
/** Pauses grow to so long, with jitter: 40,000 devices that lack a file ask each for little. */
const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 15_000;
/** So long a screen waits for what it needs. */
const SOON_MS = 5_000;
/** Answers after which the same file may come yet; others say that the node serves another version of the page by now. */
const MAY_COME = (/** @type {number} */ status) => status >= 500 || status === 429 || status === 408;
const IMPORTS = /\b(?:from|import)\s*"(\.[^"]+)"/gu;
/** The folder of this version of the page. */
const HOME = new URL("../../", import.meta.url);

/**
 * The files of this version: those of parts.js, and all.
 * @type {Promise<{parts: string[], all: string[]}> | null}
 */
let list = null;
/** @type {Map<string, Promise<string[]>>} The files that came or are coming, each with those that it imports. */
const here = new Map();

/**
 * Resolves once everything of the page is on this device; a file that does not come is asked for until it does. Rejects
 * where the node serves another version of the page by now: then it is loaded anew or goes on with what it has.
 */
export async function warm() {
  const { all } = await files();
  await fetchAll(all);
}

/**
 * Resolves once a module and all that it imports are on this device; throws `unreachable` where they do not come soon.
 * @param {string} name
 */
export const bring = (name) => soon(whole(name, new Set()));

/** What makes the answers file. */
export const lastResort = () => bring("js/device/answers_file.js").then(() => import("./answers_file.js"));

/**
 * @param {string} name
 * @param {Set<string>} seen
 */
async function whole(name, seen) {
  if (seen.has(name)) return;
  seen.add(name);
  const imports = await once(name);
  await Promise.all(imports.map((each) => whole(each, seen)));
}

/**
 * @template Result
 * @param {Promise<Result>} coming
 * @returns {Promise<Result>}
 */
function soon(coming) {
  const tooLong = new Promise((_resolve, reject) => {
    setTimeout(() => reject(unreachable()), SOON_MS);
  });
  return Promise.race([coming, tooLong]);
}

/** Resolves with what the page needs from the sign-in on. */
export async function loadParts() {
  const { parts } = await files();
  await fetchAll(parts);
  return import("../parts.js");
}

function files() {
  list ??= fetched("files.json").then((text) => JSON.parse(text));
  return list;
}

/** @param {string[]} names */
async function fetchAll(names) {
  const waiting = [...names];
  const takeTurns = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await once(name);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, takeTurns));
}

/** @param {string} name */
function once(name) {
  const coming = here.get(name) ?? fetched(name).then((text) => importsOf(name, text));
  here.set(name, coming);
  return coming;
}

/**
 * The files that a module's text imports before it runs.
 * @param {string} name
 * @param {string} text
 */
function importsOf(name, text) {
  const found = name.endsWith(".js") ? [...text.matchAll(IMPORTS)] : [];
  return found.map(([, path]) => new URL(path, new URL(name, HOME)).href.slice(HOME.href.length));
}

/**
 * @param {string} name
 * @returns {Promise<string>}
 */
async function fetched(name) {
  for (let tries = 0; ; tries += 1) {
    const text = await tried(name);
    if (text !== null) return text;
    const most = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** tries);
    await new Promise((resolve) => setTimeout(resolve, most * (0.5 + Math.random() / 2)));
  }
}

/**
 * A file's text; null where it did not come.
 * @param {string} name
 */
async function tried(name) {
  const response = await fetch(new URL(name, HOME), { signal: AbortSignal.timeout(LIMIT_MS) }).catch(() => null);
  if (response && !response.ok && !MAY_COME(response.status)) throw new Error(`${name}: status ${response.status}`);
  return response?.ok ? response.text().catch(() => null) : null;
}
