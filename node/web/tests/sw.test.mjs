// The service worker as it is served, in a world of its own: caches, a network and a clock that the tests hold.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const SOURCE = readFileSync(new URL("../js/sw.js", import.meta.url), "utf8");
const ORIGIN = "https://node.example";
const FILES = ["app.css", "files.json", "js/app.js"];

/** A browser's caches, shared by all versions of the worker. */
class Caches {
  all = new Map();
  isBroken = false;

  async open(name) {
    if (this.isBroken) throw new Error("the disk is full");
    if (!this.all.has(name)) this.all.set(name, new Map());
    const held = this.all.get(name);
    return {
      add: async (path) => {
        const response = await this.fetch(path);
        if (!response.ok) throw new TypeError("not ok");
        held.set(path, response);
      },
      put: async (path, response) => void held.set(path, response),
    };
  }

  async match(request, { cacheName } = {}) {
    if (this.isBroken) throw new Error("the disk is full");
    const path = pathOf(request);
    const caches = [...this.all].filter(([name]) => cacheName === undefined || name === cacheName);
    return caches.map(([, held]) => held.get(path)?.clone()).find(Boolean);
  }

  keys = async () => [...this.all.keys()];
  delete = async (name) => this.all.delete(name);
}

const pathOf = (request) => new URL(request.url ?? request, ORIGIN).pathname;

/** A worker of a version; `network.answer(path)` gives a Response, or throws where the LAN is down. */
function worker(version, { caches, network }) {
  const listeners = {};
  const timers = [];
  const fetch = async (request) => {
    network.asked.push(pathOf(request));
    return network.answer(pathOf(request));
  };
  caches.fetch = fetch;
  const self = { addEventListener: (type, listener) => (listeners[type] = listener), skipWaiting: async () => {}, clients: { claim: async () => {} } };
  const source = SOURCE.replace('"%VERSION%"', JSON.stringify(version)).replace('"%FILES%"', JSON.stringify(FILES));
  vm.runInNewContext(source, {
    self, caches, fetch, URL, location: { origin: ORIGIN }, setTimeout: (act, ms, value) => timers.push([act, ms, value]),
  });
  const happen = async (type, more = {}) => {
    const waits = [];
    let answered = null;
    listeners[type]({ ...more, waitUntil: (promise) => waits.push(promise), respondWith: (promise) => (answered = promise) });
    await Promise.all(waits);
    return answered;
  };
  return {
    happen,
    install: () => happen("install").then(() => happen("activate")),
    timeout: () => timers.splice(0).forEach(([act, , value]) => act(value)),
    /** The text that a request is answered with; null where the worker leaves it to the browser. */
    ask: async (url, { mode = "cors", method = "GET" } = {}) => {
      const answer = happen("fetch", { request: { url: new URL(url, ORIGIN).href, mode, method } });
      const response = await answer;
      return response && (await response).text();
    },
  };
}

/** A node that serves a version. */
function node(version) {
  const network = {
    asked: [], version, isDown: false,
    answer: (path) => {
      if (network.isDown) throw new TypeError("Failed to fetch");
      if (path === "/") return new Response(`<script src="/v/${network.version}/js/app.js">`);
      const isThere = path.startsWith(`/v/${network.version}/`) || path === "/fonts/devanagari";
      return new Response(path, { status: isThere ? 200 : 404 });
    },
  };
  return network;
}

const world = (version) => ({ caches: new Caches(), network: node(version) });

test("with the LAN down the document and every file come from the device", async () => {
  const here = world("one");
  const one = worker("one", here);
  await one.install();
  here.network.isDown = true;
  assert.match(await one.ask("/", { mode: "navigate" }), /v\/one/u);
  assert.match(await one.ask("/#c=17", { mode: "navigate" }), /v\/one/u);
  for (const name of FILES) assert.equal(await one.ask(`/v/one/${name}`), `/v/one/${name}`);
});

test("the API, other addresses and what is sent are left to the browser", async () => {
  const here = world("one");
  const one = worker("one", here);
  await one.install();
  here.network.asked.length = 0;
  assert.equal(await one.ask("/api/v1/attempt"), null);
  assert.equal(await one.ask("/", { mode: "navigate", method: "POST" }), null);
  assert.equal(await one.ask("https://elsewhere.example/v/one/app.css"), null);
  assert.equal(await one.ask("/sw.js"), null);
  assert.deepEqual(here.network.asked, []);
  const kept = [...here.caches.all.values()].flatMap((held) => [...held.keys()]);
  assert.deepEqual(kept.sort(), ["/", "/v/one/app.css", "/v/one/files.json", "/v/one/js/app.js"]);
});

test("kept files are not asked for again", async () => {
  const here = world("one");
  const one = worker("one", here);
  await one.install();
  here.network.asked.length = 0;
  await one.ask("/v/one/app.css");
  assert.deepEqual(here.network.asked, []);
  assert.equal(await one.ask("/v/one/other.js"), "/v/one/other.js");
  assert.deepEqual(here.network.asked, ["/v/one/other.js"]);
});

test("a node that does not answer in time is not waited for", async () => {
  const here = world("one");
  const one = worker("one", here);
  await one.install();
  let answer;
  here.network.answer = () => new Promise((resolve) => (answer = resolve));
  const asked = one.happen("fetch", { request: { url: `${ORIGIN}/`, mode: "navigate", method: "GET" } });
  await new Promise((resolve) => setTimeout(resolve, 10));
  one.timeout();
  answer(new Response("late: /v/one/"));
  assert.match(await (await asked).text(), /script/u);
});

test("a node in trouble does not take the page away", async () => {
  const here = world("one");
  const one = worker("one", here);
  await one.install();
  here.network.answer = () => new Response("busy", { status: 503 });
  assert.match(await one.ask("/", { mode: "navigate" }), /script/u);
});

test("a page that is open keeps its files when the node is renewed; the version before that goes", async () => {
  const here = world("one");
  await worker("one", here).install();
  here.network.version = "two";
  const two = worker("two", here);
  await two.install();
  assert.equal(await two.ask("/v/one/app.css"), "/v/one/app.css");
  assert.match(await two.ask("/", { mode: "navigate" }), /v\/two/u);
  here.network.version = "three";
  await worker("three", here).install();
  assert.deepEqual([...here.caches.all.keys()], ["pariksha-page-two", "pariksha-page-three"]);
});

test("a document of another version is shown and not kept", async () => {
  const here = world("one");
  const one = worker("one", here);
  await one.install();
  here.network.version = "two";
  assert.match(await one.ask("/", { mode: "navigate" }), /v\/two/u);
  here.network.isDown = true;
  assert.match(await one.ask("/", { mode: "navigate" }), /v\/one/u);
  await assert.rejects(worker("half", here).install(), "a version that is not served is not installed");
});

test("a broken cache never stands between the page and the node", async () => {
  const here = world("one");
  const one = worker("one", here);
  await one.install();
  here.caches.isBroken = true;
  assert.match(await one.ask("/", { mode: "navigate" }), /v\/one/u);
  assert.equal(await one.ask("/v/one/app.css"), "/v/one/app.css");
  assert.equal(await one.ask("/fonts/devanagari"), "/fonts/devanagari");
});

test("the font is kept once the page has asked for it", async () => {
  const here = world("one");
  const one = worker("one", here);
  await one.install();
  await one.ask("/fonts/devanagari");
  here.network.isDown = true;
  assert.equal(await one.ask("/fonts/devanagari"), "/fonts/devanagari");
});
