// The answers file opens with the attempt's key and tells all that was given at the device; with another key or altered it does not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { digest } from "../js/attempt/digest.js";
import { answersFile } from "../js/device/answers_file.js";

const KEY = new Uint8Array(32).fill(7);
const base64 = (bytes) => btoa(String.fromCharCode(...bytes));

const answer = (item, { epoch = 1, held = null, ...more } = {}) => ({
  item, epoch, seq: item, response: { choice: 2 }, marked: false, held, late: false, problem: null, ...more,
});

function attemptOf(answers, more = {}) {
  return {
    isSealed: false, clock: { at: () => 1790000000000.6 }, answers: new Map(answers.map((each) => [each.item, each])),
    record: { candidate: 260101, sitting: 7, fileKey: base64(KEY), epoch: { number: 1 }, tokens: { 1: "one" }, submission: "ab", ...more.record },
    ...(more.isSealed ? { isSealed: true } : {}),
  };
}

async function opened(blob, key = KEY) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const [header, sealed] = [bytes.slice(0, 24), bytes.slice(24)];
  const cipher = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
  const packed = await crypto.subtle.decrypt({ name: "AES-GCM", iv: header.slice(12), additionalData: header }, cipher, sealed);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return { header, content: JSON.parse(await new Response(stream).text()) };
}

test("everything that was given at the device is in the file, under the attempt's number", async () => {
  const refused = answer(3, { problem: "no such option" });
  const { name, blob } = await answersFile(attemptOf([answer(1, { held: "centre" }), answer(2), refused]));
  assert.equal(name, "pariksha-260101-7.answers");
  const { header, content } = await opened(blob);
  assert.equal(new TextDecoder().decode(header.slice(0, 4)), "PKA1");
  assert.deepEqual([...header.slice(4, 12)], [0, 0, 0, 7, 0, 3, 248, 5]);
  assert.deepEqual(content, {
    version: 1, tokens: { 1: "one" }, submission: null, digest: null, made_at: 1790000000001,
    responses: [1, 2].map((item) => ({ epoch: 1, item, seq: item, response: { choice: 2 }, marked: false })),
  });
});

test("what was adopted from a node stays out of the file, and counts in the digest", async () => {
  const answers = [answer(1, { held: "node", isAdopted: true }), answer(2)];
  const { blob } = await answersFile(attemptOf(answers, { isSealed: true }));
  const { content } = await opened(blob);
  assert.deepEqual(content.responses.map(({ item }) => item), [2]);
  assert.equal(content.digest, await digest(answers));
});

test("a sealed attempt's file carries the submission", async () => {
  const answers = [answer(1), answer(2)];
  const { blob } = await answersFile(attemptOf(answers, { isSealed: true }));
  const { content } = await opened(blob);
  assert.deepEqual([content.submission, content.digest], ["ab", await digest(answers)]);
});

test("two files of an attempt have nothing in common but its number, and another key opens none", async () => {
  const attempt = attemptOf([answer(1)]);
  const [one, other] = await Promise.all([answersFile(attempt), answersFile(attempt)]);
  const nonce = async ({ blob }) => [...new Uint8Array(await blob.arrayBuffer()).slice(12, 24)].join();
  assert.notEqual(await nonce(one), await nonce(other));
  await assert.rejects(opened(one.blob, new Uint8Array(32).fill(8)));
});

test("of more stays than a node takes those stay that the district lacks something of", async () => {
  const count = 100;
  const answers = Array.from({ length: count }, (_, index) => answer(index + 1, { epoch: index + 1, held: index < 3 ? null : "node" }));
  const tokens = Object.fromEntries(answers.map(({ epoch }) => [epoch, `t${epoch}`]));
  const { blob } = await answersFile(attemptOf(answers, { record: { tokens, epoch: { number: count } } }));
  const { content } = await opened(blob);
  const stays = new Set(content.responses.map(({ epoch }) => epoch));
  assert.equal(Object.keys(content.tokens).length, 64);
  assert.deepEqual([1, 2, 3, count].map((epoch) => stays.has(epoch)), [true, true, true, true]);
  assert.deepEqual([...stays].filter((epoch) => !(epoch in content.tokens)), []);
});

test("without a key there is no file", async () => {
  await assert.rejects(answersFile(attemptOf([answer(1)], { record: { fileKey: undefined } })), /no key/u);
});
