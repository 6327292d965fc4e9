// Opens a sealed paper: a header of 22 bytes, then AES-256-GCM chunks, gzip inside, JSON inside that. Nothing is shown
// of a paper whose bytes, key or number do not fit.

const HEADER_BYTES = 22;
const TAG_BYTES = 16;
const MAGIC = [0x50, 0x4b, 0x53, 1];
/** What opening a paper may take of memory, whatever its gzip claims. */
const PLAIN_BYTES_MAX = 64 * 1024 * 1024;

/** A paper that does not open. `reason`: not-sealed | wrong-length | does-not-open | other-paper | content. */
export class SealedError extends Error {
  /** @param {string} reason */
  constructor(reason) {
    super(`the sealed paper cannot be opened: ${reason}`);
    this.name = "SealedError";
    this.reason = reason;
  }
}

/**
 * @typedef {import("../question/paper.js").Paper} Paper
 * @typedef {import("../question/paper.js").PaperRef} PaperRef
 * @typedef {{chunkBytes: number, plainBytes: number, paper: PaperRef}} Header
 */

/**
 * The header's fields.
 * @param {Uint8Array} bytes
 * @returns {Header}
 */
export function parseHeader(bytes) {
  if (bytes.length < HEADER_BYTES || MAGIC.some((byte, index) => bytes[index] !== byte)) {
    throw new SealedError("not-sealed");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const header = {
    chunkBytes: view.getUint32(4),
    plainBytes: Number(view.getBigUint64(8)),
    paper: { paper: view.getUint32(16), version: view.getUint16(20) },
  };
  if (header.chunkBytes === 0) throw new SealedError("not-sealed");
  const promised = HEADER_BYTES + header.plainBytes + chunkCount(header) * TAG_BYTES;
  if (promised !== bytes.length) throw new SealedError("wrong-length");
  return header;
}

/** @param {Header} header */
const chunkCount = (header) => Math.ceil(header.plainBytes / header.chunkBytes);

/** @param {number} chunk */
function nonce(chunk) {
  const bytes = new Uint8Array(12);
  new DataView(bytes.buffer).setBigUint64(4, BigInt(chunk));
  return bytes;
}

/**
 * Opens `sealed` with `key` (base64) as the paper that is expected; throws a SealedError.
 * @param {Uint8Array<ArrayBuffer>} sealed
 * @param {string} key
 * @param {PaperRef} expected
 * @returns {Promise<Paper>}
 */
export async function openPaper(sealed, key, expected) {
  const header = parseHeader(sealed);
  /** @param {PaperRef | undefined} paper */
  const isExpected = (paper) => paper?.paper === expected.paper && paper?.version === expected.version;
  if (!isExpected(header.paper)) throw new SealedError("other-paper");
  const json = await gunzip(await openChunks(sealed, key, header));
  let paper;
  try {
    paper = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
  } catch {
    throw new SealedError("content");
  }
  if (!isExpected(paper.paper)) throw new SealedError("other-paper");
  return paper;
}

/**
 * @param {Uint8Array<ArrayBuffer>} sealed
 * @param {string} key
 * @param {Header} header
 */
async function openChunks(sealed, key, header) {
  const raw = Uint8Array.from(atob(key), (letter) => letter.charCodeAt(0));
  const additionalData = sealed.subarray(0, HEADER_BYTES);
  const plain = new Uint8Array(header.plainBytes);
  try {
    const cipher = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
    for (let chunk = 0, from = HEADER_BYTES, to = 0; chunk < chunkCount(header); chunk += 1) {
      const length = Math.min(header.chunkBytes, header.plainBytes - to);
      const parameters = { name: "AES-GCM", iv: nonce(chunk), additionalData, tagLength: TAG_BYTES * 8 };
      const opened = await crypto.subtle.decrypt(parameters, cipher, sealed.subarray(from, from + length + TAG_BYTES));
      plain.set(new Uint8Array(opened), to);
      from += length + TAG_BYTES;
      to += length;
    }
  } catch {
    throw new SealedError("does-not-open");
  }
  return plain;
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function gunzip(bytes) {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const parts = [];
  let length = 0;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      length += next.value.length;
      if (length > PLAIN_BYTES_MAX) throw new SealedError("content");
      parts.push(next.value);
    }
  } catch {
    throw new SealedError("content");
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
