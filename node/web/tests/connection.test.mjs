import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection, LONG_MS, LOST_MS } from "../js/district/connection.js";

test("what is shorter than five seconds is nobody's business", () => {
  const connection = new Connection();
  assert.deepEqual(connection.standing(1_000), { state: "ok", lostForMs: 0 });
  connection.failed(1_000);
  assert.equal(connection.standing(1_000 + LOST_MS - 1).state, "ok");
  assert.deepEqual(connection.standing(1_000 + LOST_MS), { state: "lost", lostForMs: LOST_MS });
});

test("later failures do not begin it anew, and after three minutes the invigilator is needed", () => {
  const connection = new Connection();
  connection.failed(1_000);
  connection.failed(9_000);
  assert.equal(connection.standing(1_000 + LONG_MS - 1).state, "lost");
  assert.deepEqual(connection.standing(1_000 + LONG_MS), { state: "long", lostForMs: LONG_MS });
});

test("any answer ends it", () => {
  const connection = new Connection();
  connection.failed(1_000);
  connection.answered(20_000);
  assert.deepEqual(connection.standing(30_000), { state: "ok", lostForMs: 0 });
});

test("a request that hung while others were answered counts from the last answer", () => {
  const connection = new Connection();
  connection.answered(8_000);
  connection.failed(1_000);
  assert.equal(connection.standing(12_000).lostForMs, 4_000);
});
