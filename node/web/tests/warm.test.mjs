// Every file comes to the device over a line that fails; a version that the node serves no more is not asked for endlessly.
import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";

const list = JSON.stringify({ parts: [], all: ["one.js", "two.js"] });
const ordinary = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = ordinary;
  mock.timers.reset();
});

/** A page of its own, with a node that answers so; `asked` counts the requests by file. */
async function page(name, answer) {
  const asked = {};
  globalThis.fetch = async (url) => {
    const file = String(url).split("/").at(-1);
    asked[file] = (asked[file] ?? 0) + 1;
    return answer(file, asked[file]);
  };
  return { asked, ...(await import(`../js/device/warm.js?${name}`)) };
}

const ok = (file) => new Response(file === "files.json" ? list : "");

test("a file that does not come is asked for until it does, and once only", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const answers = [() => { throw new TypeError("no line"); }, () => new Response("", { status: 503 })];
  const { warm, asked } = await page("line", (file, count) => (file === "one.js" && answers[count - 1]?.()) || ok(file));
  const coming = warm();
  for (let rounds = 0; rounds < 100; rounds += 1) {
    mock.timers.tick(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await coming;
  await warm();
  assert.deepEqual(asked, { "files.json": 1, "one.js": 3, "two.js": 1 });
});

test("another version of the page at the node ends it", async () => {
  const { warm, bring, asked } = await page("version", (file) => (file === "one.js" ? new Response("", { status: 404 }) : ok(file)));
  await assert.rejects(warm(), /one.js: status 404/u);
  await assert.rejects(bring("one.js"), /status 404/u);
  assert.equal(asked["one.js"], 1);
});

test("a module is brought with all that it imports, and nothing else", async () => {
  const texts = { "a.js": 'import{x}from"./b.js";import "./c.js";import("./later.js");', "b.js": 'export*from"../js/a.js"' };
  const { bring, asked } = await page("deep", (file) => new Response(texts[file] ?? ""));
  await bring("js/a.js");
  assert.deepEqual(asked, { "a.js": 1, "b.js": 1, "c.js": 1 });
});

test("who needs a module at once is told that it does not come", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { bring } = await page("away", () => { throw new TypeError("no line"); });
  const refused = assert.rejects(bring("js/a.js"), { slug: "unreachable" });
  await new Promise((resolve) => setImmediate(resolve));
  mock.timers.tick(6_000);
  await refused;
});
