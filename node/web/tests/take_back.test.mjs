import assert from "node:assert/strict";
import { test } from "node:test";
import { Problem } from "../js/district/problems.js";
import { takeBack } from "../js/exam/take_back.js";

/** An attempt whose start fails with each of `slugs`, then works. */
function attemptOf(...slugs) {
  const asked = [];
  const start = async (how) => {
    asked.push(how);
    const slug = slugs.shift();
    if (slug) throw new Problem({ slug });
  };
  return { asked, start };
}

test("an attempt is taken back at once where nothing is locked", async () => {
  const attempt = attemptOf();
  assert.equal(await takeBack(attempt, { isLeft: () => false, waits: () => assert.fail("it waits") }), true);
  assert.deepEqual(attempt.asked, [{ isMove: true }]);
});

test("an attempt is asked for until it is unlocked, also over a cut", async () => {
  const attempt = attemptOf("unlock-needed", "unreachable");
  let waits = 0;
  assert.equal(await takeBack(attempt, { isLeft: () => false, waits: () => (waits += 1) }), true);
  assert.deepEqual([attempt.asked.length, waits], [3, 2]);
});

test("what waiting does not heal ends it, and so does a cut before anything is awaited", async () => {
  const screen = { isLeft: () => false, waits: () => {} };
  await assert.rejects(takeBack(attemptOf("unreachable"), screen), { slug: "unreachable" });
  await assert.rejects(takeBack(attemptOf("unlock-needed", "closed"), screen), { slug: "closed" });
});

test("a candidate who leaves is not brought back", async () => {
  const attempt = attemptOf("unlock-needed");
  let isLeft = false;
  assert.equal(await takeBack(attempt, { isLeft: () => isLeft, waits: () => (isLeft = true) }), false);
  assert.equal(attempt.asked.length, 1);
});
