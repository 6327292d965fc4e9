import assert from "node:assert/strict";
import { test } from "node:test";
import { DistrictClock, announcement, clockText } from "../js/district/timer.js";

test("time is unknown before the first measurement and then follows the monotonic clock", () => {
  const clock = new DistrictClock();
  assert.equal(clock.at(5), null);
  assert.equal(clock.remaining(1_000, 5), null);
  clock.observe(1_000_000, 100, 200);
  assert.equal(clock.at(150), 1_000_000);
  assert.equal(clock.remaining(1_000_500, 250), 400);
  assert.equal(clock.remaining(1_000_500, 9_999_999), 0);
});

test("a slow answer does not worsen a good measurement", () => {
  const clock = new DistrictClock();
  clock.observe(1_000_000, 0, 10);
  clock.observe(1_002_000, 100, 4_100);
  assert.equal(clock.at(5), 1_000_000);
});

test("after a sleep of the computer the new measurement is taken", () => {
  const clock = new DistrictClock();
  clock.observe(1_000_000, 0, 10);
  clock.observe(4_600_000, 1_000, 1_100);
  assert.equal(clock.at(1_050), 4_600_000);
});

test("a measurement does not last for ever", () => {
  const clock = new DistrictClock();
  clock.observe(1_000_000, 0, 10);
  clock.observe(1_100_000, 99_900, 100_130);
  assert.equal(clock.at(100_015), 1_100_000);
});

test("the clock shows 00:00 only when the time is over", () => {
  assert.equal(clockText(0), "00:00");
  assert.equal(clockText(1), "00:01");
  assert.equal(clockText(61_000), "01:01");
  assert.equal(clockText(3_600_000), "1:00:00");
});

test("minutes are announced once, the smallest that was passed", () => {
  assert.equal(announcement(600_100, 599_900), 10);
  assert.equal(announcement(599_900, 599_600), null);
  assert.equal(announcement(601_000, 59_000), 1);
  assert.equal(announcement(null, 59_000), null);
});
