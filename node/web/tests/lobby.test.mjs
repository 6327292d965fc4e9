import assert from "node:assert/strict";
import { test } from "node:test";
import { begin } from "../js/lobby/begin.js";
import { countdownOf, dayAndHour, needsPaper, offerOf, paperDelay } from "../js/lobby/rules.js";
import { Problem } from "../js/district/problems.js";

const STATES = ["waiting", "open", "started", "submitted", "closed", "withdrawn"];

test("every state of a sitting offers something to do or says why not", () => {
  for (const state of STATES) {
    const { button, does, text } = offerOf(state);
    assert.ok(button || text, state);
    assert.equal(Boolean(button), Boolean(does), state);
  }
  assert.equal(offerOf("waiting").does, "instructions");
  assert.equal(offerOf("started").does, "resume");
  assert.deepEqual(offerOf("withdrawn"), { text: "withdrawn" });
});

test("a paper is fetched for what may still be sat", () => {
  assert.deepEqual(STATES.filter((state) => needsPaper({ state })), ["waiting", "open", "started"]);
});

test("papers are fetched at once when the opening is near, and spread over a minute when it is far", () => {
  assert.equal(paperDelay(0, () => 0.9), 0);
  assert.equal(paperDelay(119_000, () => 0.9), 0);
  assert.equal(paperDelay(Infinity, () => 0.9), 54_000);
  assert.equal(paperDelay(600_000, () => 0.5), 30_000);
});

test("a card counts down to the opening, then to the last hours in which it may be started", () => {
  const waiting = { state: "waiting" };
  assert.deepEqual(countdownOf(waiting, { opens: 5_000, closes: 9_000 }), { key: "opensIn", ms: 5_000 });
  assert.deepEqual(countdownOf(waiting, { opens: 0, closes: 9_000 }), { key: "closesIn", ms: 9_000 });
  assert.equal(countdownOf({ state: "open" }, { opens: 0, closes: 7 * 86_400_000 }), null);
  assert.equal(countdownOf({ state: "started" }, { opens: 0, closes: 9_000 }), null);
  assert.equal(countdownOf(waiting, { opens: null, closes: null }), null);
});

test("the day and hour of the opening is told in India's time, with latin digits", () => {
  const instant = Date.UTC(2026, 10, 24, 3, 30);
  for (const language of ["en", "hi", "mr"]) {
    assert.match(dayAndHour(instant, language), /24.*2026.*09:00/u, language);
    assert.doesNotMatch(dayAndHour(instant, language), /[०-९]/u, language);
  }
});

/** A page whose start fails with each of `slugs`, then works; with what its screen was told. */
function starting(slugs, { state = "open", opensIn = 0 } = {}) {
  const sitting = { id: 1, state, opens: performance.now() + opensIn };
  const told = [];
  const app = {
    session: { sittings: [sitting] }, say: (name) => name, explain: ({ slug }) => slug,
    clock: { remaining: (instant, now) => Math.max(0, instant - now) },
    client: { moveOn: () => false, patienceLeft: () => 1 },
    signedOut: () => told.push("signed out"),
    startAttempt: async ({ sealed }, { isMove }) => {
      const slug = slugs.shift();
      if (slug) throw new Problem({ slug });
      told.push(["started", sealed, isMove]);
    },
  };
  const screen = {
    isGone: () => false, busy: (isBusy) => told.push(isBusy ? "busy" : "idle"), tell: (text) => told.push(text),
    offerMove: () => told.push("may move"),
  };
  return { app, sitting, screen, told };
}

test("a start goes on by itself over what waiting heals", async () => {
  const { app, sitting, screen, told } = starting(["unreachable", "not-released"]);
  await begin(app, sitting, screen);
  assert.deepEqual(told, ["busy", "askedAgain", "not-released", ["started", undefined, false]]);
});

test("a start before the opening waits for it and takes the paper that has come meanwhile", async () => {
  const { app, sitting, screen, told } = starting([], { state: "waiting", opensIn: 60 });
  const before = performance.now();
  setTimeout(() => {
    app.session.sittings = [{ ...sitting, sealed: "the paper" }];
  }, 20);
  await begin(app, sitting, screen);
  assert.ok(performance.now() - before >= 55);
  assert.deepEqual(told, ["busy", "waitsOpen", ["started", "the paper", false]]);
});

test("a start ends where only the candidate can go on", async () => {
  const elsewhere = starting(["open-elsewhere"]);
  await begin(elsewhere.app, elsewhere.sitting, elsewhere.screen);
  assert.deepEqual(elsewhere.told, ["busy", "idle", "may move"]);
  const other = starting(["other-exam-open"]);
  await begin(other.app, other.sitting, other.screen);
  assert.deepEqual(other.told, ["busy", "idle", "other-exam-open"]);
  const expired = starting(["token-expired"]);
  await begin(expired.app, expired.sitting, expired.screen);
  assert.deepEqual(expired.told, ["busy", "signed out"]);
});

test("a move goes on by itself once the invigilator has unlocked it", async () => {
  const { app, sitting, screen, told } = starting(["unlock-needed"], { state: "started" });
  await begin(app, sitting, screen, { isMove: true });
  assert.deepEqual(told, ["busy", "unlock-needed", ["started", undefined, true]]);
});

test("a start that was left does nothing more", async () => {
  const { app, sitting, screen, told } = starting(["unreachable"]);
  let isGone = false;
  await begin(app, sitting, { ...screen, isGone: () => isGone, tell: () => {
    isGone = true;
  } });
  assert.deepEqual(told, ["busy"]);
});
