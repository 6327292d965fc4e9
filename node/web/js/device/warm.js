// Fetches the page's files into the browser's cache while there is a connection: what is imported later comes from there,
// also when the LAN is down. The files' addresses hold their version, so a copy never ages.
//
// A module that failed to come is never asked for again by a browser until the page is loaded anew; so whatever is imported
// after the start is fetched here first, as often as it takes.

/** Requests at a time: a hall of devices does this at once. */
const AT_ONCE = 4;
const RETRY_MS = 1_000;
const RETRIES_LONGER_UNTIL = 10;
/** The folder of this version of the page. */
const HOME = new URL("../../", import.meta.url);

/**
 * The files of this version: those of parts.js, and all.
 * @type {Promise<{parts: string[], all: string[]}> | null}
 */
let list = null;
/** @type {Map<string, Promise<unknown>>} */
const here = new Map();

/** Resolves once everything of the page is on this device; a file that does not come is asked for until it does. */
export async function warm() {
  const { all } = await files();
  await fetchAll(all);
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
  const coming = here.get(name) ?? fetched(name).then(() => true);
  here.set(name, coming);
  return coming;
}

/**
 * @param {string} name
 * @returns {Promise<string>}
 */
async function fetched(name) {
  for (let tries = 1; ; tries += 1) {
    const response = await fetch(new URL(name, HOME)).catch(() => null);
    const text = response?.ok ? await response.text().catch(() => null) : null;
    if (text !== null) return text;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS * Math.min(tries, RETRIES_LONGER_UNTIL) * (0.5 + Math.random())));
  }
}
