import assert from "node:assert/strict";
import { test } from "node:test";
import { unreachable } from "../js/district/problems.js";
import { LobbyWatch } from "../js/lobby/watch.js";

const SEALED = { url: "/api/v1/papers/1/1", bytes: 10, hash: "aa" };
const moment = (ms = 30) => new Promise((resolve) => setTimeout(resolve, ms));

/** A lobby whose opening is `opensIn` away; `look` and `fetchSealed` may be given to fail. */
function lobby({ opensIn, look, fetchSealed, state = "waiting" }) {
  const sitting = { id: 1, title: "Sample", state, opens: performance.now() + opensIn, closes: performance.now() + opensIn + 1, duration_ms: 1, sealed: SEALED };
  const done = [];
  const app = {
    session: { token: "t", sittings: [sitting] }, lobby: { tag: null, at: 0 }, papersHere: new Set(), done,
    clock: { remaining: (instant, now) => Math.max(0, instant - now) },
    client: { look: look ?? (async () => ({ body: { sittings: [sitting] }, tag: "x", lookAgainMs: 1_000 })), moveOn: () => false, patienceLeft: () => 10 },
    storage: { sealed: async () => undefined, setSetting: async () => {} },
    fetchSealed: fetchSealed ?? (async ({ hash }) => {
      done.push(`fetched ${hash}`);
      app.papersHere.add(hash);
    }),
    warm: async () => done.push("warm"),
    say: (name) => name, explain: ({ slug }) => slug,
    fault: (error) => done.push(`fault ${error.message}`), signedOut: () => done.push("signed out"),
  };
  const watch = new LobbyWatch(app, { changed: () => {}, trouble: (text) => done.push(`trouble ${text}`) });
  return { app, watch, done: () => done.filter((each) => each !== "trouble ") };
}

test("paper and page are brought at once when the opening is near", async () => {
  const { watch, done } = lobby({ opensIn: 60_000 });
  watch.run();
  await moment();
  watch.stop();
  assert.deepEqual(done(), ["fetched aa", "warm"]);
  assert.equal(watch.isWarm, true);
});

test("they are not asked for at once by a whole hall when the opening is far", async (context) => {
  context.mock.method(Math, "random", () => 0.5);
  const { watch, done } = lobby({ opensIn: 3_600_000 });
  watch.run();
  await moment();
  watch.stop();
  assert.deepEqual(done(), []);
});

test("a paper of an exam that is over is not fetched", async () => {
  const { watch, done } = lobby({ opensIn: 0, state: "withdrawn" });
  watch.run();
  await moment();
  watch.stop();
  assert.ok(!done().includes("fetched aa"));
});

test("a node that does not answer is told of, and asked again", async () => {
  let tries = 0;
  const look = async () => {
    tries += 1;
    if (tries < 3) throw unreachable();
    return { body: null, tag: "x", lookAgainMs: 1_000 };
  };
  const { watch, done } = lobby({ opensIn: 60_000, look });
  watch.run();
  await moment(80);
  watch.stop();
  assert.deepEqual(done().slice(0, 2), ["trouble askedAgain", "trouble askedAgain"]);
  assert.ok(done().includes("fetched aa"));
});

test("a full disk stops nothing", async () => {
  const fetchSealed = async () => {
    throw new Error("the disk is full");
  };
  const { watch, done } = lobby({ opensIn: 60_000, fetchSealed });
  watch.run();
  await moment();
  watch.stop();
  assert.deepEqual(done(), ["warm"]);
});
