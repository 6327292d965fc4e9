import assert from "node:assert/strict";
import { test } from "node:test";
import { digest, digestText } from "../js/attempt/digest.js";
import { choice, choices, isSame, number } from "../js/question/response.js";

test("the digest is the SHA-256 of the canonical lines in the order of items", async () => {
  const answers = [
    { item: 10, response: { choices: [3, 1] } },
    { item: 3, response: { number: "3.5" } },
    { item: 2, response: null },
    { item: 1, response: { choice: 2 } },
  ];
  assert.equal(digestText(answers), "1:c2\n3:n3.5\n10:m1,3\n");
  // What `printf '1:c2\n3:n3.5\n' | sha256sum` gives.
  assert.equal(await digest(answers.slice(1)), "96e27f216d2a7ab61584347ba70954478ad73027cfd778b4bd97fdae6ee3068c");
  assert.equal(await digest([]), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});

test("an empty selection is no response", () => {
  assert.equal(choices([]), null);
  assert.deepEqual(choices([4, 1, 4]), { choices: [1, 4] });
  assert.equal(isSame(choices([]), null), true);
  assert.equal(isSame(choice(1), choice(2)), false);
});

test("numbers are plain decimals, in any digits that are typed here", () => {
  for (const good of ["1", "-2.50", ".5", "+7", "10."]) assert.deepEqual(number(good), { response: { number: good } }, good);
  for (const bad of ["-", ".", "1e5", "1 2", "NaN", "1.2.3", "1".repeat(41)]) assert.deepEqual(number(bad), { invalid: true }, bad);
  assert.deepEqual(number(" −१२.५ "), { response: { number: "-12.5" } });
  assert.deepEqual(number("  "), { response: null });
});
