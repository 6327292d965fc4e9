import assert from "node:assert/strict";
import { createCipheriv, randomBytes } from "node:crypto";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { openPaper, parseHeader } from "../js/attempt/sealed.js";

const PAPER = { paper: 3, version: 2 };
const KEY = randomBytes(32);

// Written from the protocol's description, with another implementation of the cipher.
function seal(content, chunkBytes, number = PAPER) {
  const plain = gzipSync(JSON.stringify(content));
  const header = Buffer.alloc(22);
  header.write("PKS\x01", "latin1");
  header.writeUInt32BE(chunkBytes, 4);
  header.writeBigUInt64BE(BigInt(plain.length), 8);
  header.writeUInt32BE(number.paper, 16);
  header.writeUInt16BE(number.version, 20);
  const parts = [header];
  for (let chunk = 0; chunk * chunkBytes < plain.length; chunk += 1) {
    const nonce = Buffer.alloc(12);
    nonce.writeBigUInt64BE(BigInt(chunk), 4);
    const cipher = createCipheriv("aes-256-gcm", KEY, nonce).setAAD(header);
    const piece = plain.subarray(chunk * chunkBytes, (chunk + 1) * chunkBytes);
    parts.push(cipher.update(piece), cipher.final(), cipher.getAuthTag());
  }
  return new Uint8Array(Buffer.concat(parts));
}

const content = { paper: PAPER, title: { en: "Sample", hi: "नमूना" }, languages: ["en", "hi"], items: [], fill: randomBytes(300).toString("hex") };
const key = KEY.toString("base64");
const failsFor = (reason) => (error) => error.reason === reason;

test("a paper opens, in one chunk or in many", async () => {
  for (const chunkBytes of [65_536, 100, 1]) assert.deepEqual(await openPaper(seal(content, chunkBytes), key, PAPER), content);
});

test("altered, shortened, mixed and foreign bytes do not open", async () => {
  const sealed = seal(content, 100);
  for (const at of [23, 200, sealed.length - 1]) {
    const altered = sealed.slice();
    altered[at] ^= 1;
    await assert.rejects(openPaper(altered, key, PAPER), failsFor("does-not-open"), `byte ${at}`);
  }
  const swapped = sealed.slice();
  swapped.set(sealed.subarray(22, 138), 138);
  await assert.rejects(openPaper(swapped, key, PAPER), failsFor("does-not-open"));
  await assert.rejects(openPaper(sealed.slice(0, -116), key, PAPER), failsFor("wrong-length"));
  await assert.rejects(openPaper(new Uint8Array(40), key, PAPER), failsFor("not-sealed"));
  await assert.rejects(openPaper(sealed, randomBytes(32).toString("base64"), PAPER), failsFor("does-not-open"));
});

test("another paper than the one asked for is not shown", async () => {
  await assert.rejects(openPaper(seal(content, 100), key, { paper: 3, version: 3 }), failsFor("other-paper"));
  const inside = seal({ ...content, paper: { paper: 9, version: 9 } }, 100);
  await assert.rejects(openPaper(inside, key, PAPER), failsFor("other-paper"));
});

test("the header is read from the middle of a buffer too", () => {
  const sealed = seal(content, 100);
  const shifted = new Uint8Array(sealed.length + 3);
  shifted.set(sealed, 3);
  assert.deepEqual(parseHeader(shifted.subarray(3)).paper, PAPER);
});
