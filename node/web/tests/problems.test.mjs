import assert from "node:assert/strict";
import { test } from "node:test";
import { backOff, problemOf, reaction, unreachable } from "../js/district/problems.js";

const of = (slug, status) => problemOf(status, { type: `urn:pariksha:problem:${slug}`, detail: "do this" });

test("each problem has its reaction", () => {
  const expected = {
    retry: [["too-many-requests", 429], ["busy", 503], ["not-open", 409], ["not-released", 409]],
    "other-node": [["disk-full", 507], ["not-ready", 503], ["stopping", 503]],
    "sign-in": [["token-expired", 401], ["not-signed-in", 401], ["token-invalid", 401]],
    stop: [["sign-in-refused", 401], ["closed", 409], ["open-elsewhere", 409], ["bad-request", 400]],
    submitted: [["submitted", 409]],
    restart: [["not-started", 404]],
    unlock: [["unlock-needed", 409]],
  };
  for (const [what, problems] of Object.entries(expected)) {
    for (const [slug, status] of problems) assert.equal(reaction(of(slug, status)), what, slug);
  }
  assert.equal(reaction(unreachable()), "retry");
});

test("an answer that is not a problem document is judged by its status", () => {
  assert.equal(reaction(problemOf(502, null)), "retry");
  assert.equal(reaction(problemOf(507, null)), "other-node");
  assert.equal(reaction(problemOf(418, null)), "stop");
  assert.equal(problemOf(400, { type: "about:blank" }).slug, "status-400");
});

test("waits grow, are bounded, jittered, and never shorter than the node asked for", () => {
  assert.ok(backOff(1, null, () => 0.99) < backOff(5, null, () => 0.99));
  assert.ok(backOff(1_000, null, () => 1) <= 15_300);
  assert.notEqual(backOff(3, null, () => 0.1), backOff(3, null, () => 0.9));
  assert.ok(backOff(1, problemOf(429, { retry_after_ms: 4_000 }), () => 0) >= 4_000);
  assert.ok(backOff(1, problemOf(503, null, "2"), () => 0) >= 2_000);
  const locked = problemOf(409, { type: "urn:pariksha:problem:unlock-needed", retry_after_ms: 6_000 });
  assert.equal(backOff(50, locked, () => 1), 8_000);
});
