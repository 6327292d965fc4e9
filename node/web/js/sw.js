// The service worker: keeps the page on this device, so that a reload shows the exam while the LAN is down. It keeps the
// document and the files of its version, never an answer of the API and nothing of another origin; and two versions at
// most, so that a page that is open while a node is renewed still finds its own files.
//
// A classic script: some browsers run no modules here. The node puts in the version and the names of its files.

const VERSION = "%VERSION%";
/** @type {any} */
const NAMES = "%FILES%";

const PREFIX = "pariksha-page-";
const OWN = PREFIX + VERSION;
const HOME = `/v/${VERSION}/`;
const SHELL = "/";
/** For devices that cannot show Devanagari; kept where the page has asked for it. */
const FONT = "/fonts/devanagari";

/** Requests at a time: answers of the candidate must not stand in a queue behind the files. */
const FILES_AT_ONCE = 3;
/** So long the node may take for the document before the kept one is shown. */
const SHELL_LIMIT_MS = 3_000;
const VERSIONS_MAX = 2;
const MATCH = { ignoreSearch: true, ignoreVary: true };

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

worker.addEventListener("install", (event) => {
  event.waitUntil(Promise.all([passApi(event), install()]));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(removeOld().then(() => worker.clients.claim()));
});

worker.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin) return;
  if (pathname === SHELL && mode === "navigate") event.respondWith(shell(event));
  else if (pathname.startsWith("/v/")) event.respondWith(file(event.request));
  else if (pathname === FONT) event.respondWith(font(event.request));
});

/**
 * Where the browser can do that, requests to the API do not even wake the worker.
 * @param {any} event
 */
async function passApi(event) {
  try {
    await event.addRoutes?.({ condition: { urlPattern: "/api/*" }, source: "network" });
  } catch {
    // They pass through the worker then, which leaves them alone.
  }
}

/** Fetches all files of this version, the document last: whoever has it has all. */
async function install() {
  const cache = await caches.open(OWN);
  const waiting = [...NAMES];
  const takeTurns = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await cache.add(HOME + name);
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, takeTurns));
  if (!(await keepShell(await fetch(SHELL)))) throw new Error("the node serves another version by now");
  await worker.skipWaiting();
}

/** Removes all versions but this one and the one that came last before it. */
async function removeOld() {
  const others = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== OWN);
  await Promise.all(others.slice(0, 1 - VERSIONS_MAX).map((name) => caches.delete(name)));
}

/**
 * Keeps the document if it is of this version; gives whether it is.
 * @param {Response} response
 */
async function keepShell(response) {
  if (!response.ok || response.redirected) return false;
  const [kept, read] = [response.clone(), response.clone()];
  if (!(await read.text()).includes(HOME)) return false;
  const cache = await caches.open(OWN);
  await cache.put(SHELL, kept);
  return true;
}

/**
 * The document: the node's, or the kept one where the node does not answer in time.
 * @param {FetchEvent} event
 */
async function shell(event) {
  const asked = fetch(event.request);
  event.waitUntil(asked.then(keepShell).catch(() => {}));
  const kept = await found(SHELL, OWN);
  if (!kept) return asked;
  const answered = asked.then((response) => (response.ok ? response : kept), () => kept);
  return Promise.race([answered, new Promise((resolve) => setTimeout(resolve, SHELL_LIMIT_MS, kept))]);
}

/**
 * A file of any version that is kept: its address says which.
 * @param {Request} request
 */
async function file(request) {
  return (await found(request)) ?? fetch(request);
}

/** @param {Request} request */
async function font(request) {
  const kept = await found(FONT, OWN);
  if (kept) return kept;
  const response = await fetch(request);
  const copy = response.clone();
  if (response.ok) await caches.open(OWN).then((cache) => cache.put(FONT, copy)).catch(() => {});
  return response;
}

/**
 * What is kept under an address. A cache that is broken holds nothing: it never stands between the page and the node.
 * @param {RequestInfo} request
 * @param {string} [cacheName] the cache, or all
 */
function found(request, cacheName) {
  return caches.match(request, { ...MATCH, cacheName }).catch(() => undefined);
}
