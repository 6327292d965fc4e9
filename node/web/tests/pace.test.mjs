import assert from "node:assert/strict";
import { test } from "node:test";
import { lobbyPause, pause } from "../js/district/pace.js";

const middle = () => 0.5;

test("the page looks again right after the deadline and often once it has passed", () => {
  assert.equal(pause({ remaining: 4_000, tries: 0 }, middle), 4_500);
  assert.equal(pause({ remaining: 0, tries: 0 }, middle), 1_500);
  assert.equal(pause({ remaining: null, tries: 0 }, middle), 30_000);
});

test("delivery is asked for less and less often, at least every 72 seconds", () => {
  const waits = [0, 1, 5, 50].map((tries) => pause({ isSubmitted: true, remaining: 0, tries }, middle));
  assert.deepEqual(waits.toSorted((one, other) => one - other), waits);
  assert.ok(pause({ isSubmitted: true, remaining: 0, tries: 500 }, () => 1) < 72_001);
});

test("a waiting page obeys the node within bounds, and looks often at one that says nothing", () => {
  assert.equal(lobbyPause(48_123), 48_123);
  assert.equal(lobbyPause(3), 1_000);
  assert.equal(lobbyPause(86_400_000), 120_000);
  for (const nothing of [undefined, null, 0, NaN, -5]) assert.equal(lobbyPause(nothing), 15_000);
});

test("soon after a save the centre is asked for, but not after each of many", () => {
  const saved = (sinceLookMs) => pause({ remaining: null, tries: 0, hasSaved: true, sinceLookMs }, middle);
  assert.equal(saved(25_000), 3_500);
  assert.equal(saved(2_000), 18_000);
  assert.equal(pause({ remaining: null, tries: 0, sinceLookMs: 25_000 }, middle), 5_000);
  assert.equal(saved(60_000), 0, "answers that keep coming do not put a look off for ever");
});
