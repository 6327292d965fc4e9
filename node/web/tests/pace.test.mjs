import assert from "node:assert/strict";
import { test } from "node:test";
import { lobbyPause, pause } from "../js/pace.js";

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
