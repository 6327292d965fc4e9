// The last resort: every answer that was given here to an attempt as an encrypted file, which an invigilator carries to a node of the district
// (`pariksha-node answers import`). Whoever finds it learns nothing; nobody without the attempt's key can make one. The format is
// that of docs/RELIABILITY.md, "The answers file".
import { digest } from "../attempt/digest.js";

/** @typedef {import("../attempt/attempt.js").Attempt} Attempt */

const MAGIC = "PKA1";
const NONCE_BYTES = 12;
/** Magic, sitting, candidate and nonce: what stands before the ciphertext, and is authenticated with it. */
const HEADER_BYTES = 12 + NONCE_BYTES;
const VERSION = 1;
/** Stays of which a node takes tokens; only a line that came and went all the time makes more. */
const STAYS_MAX = 64;

/**
 * The file of an attempt. Throws where the node that started it gave no key.
 * @param {Attempt} attempt
 * @returns {Promise<{name: string, blob: Blob}>}
 */
export async function answersFile(attempt) {
  const { candidate, sitting, fileKey } = attempt.record;
  if (!fileKey) throw new Error("the district gave no key for a file of answers");
  const header = headerOf(sitting, candidate);
  const packed = await gzip(JSON.stringify(await contentOf(attempt)));
  const sealed = await seal(packed, fileKey, header);
  const blob = new Blob([header, sealed], { type: "application/octet-stream" });
  return { name: `pariksha-${candidate}-${sitting}.answers`, blob };
}

/**
 * @param {number} sitting
 * @param {number} candidate
 */
function headerOf(sitting, candidate) {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  header.set(new TextEncoder().encode(MAGIC));
  view.setUint32(4, sitting);
  view.setUint32(8, candidate);
  crypto.getRandomValues(header.subarray(HEADER_BYTES - NONCE_BYTES));
  return header;
}

/**
 * All that was given at this device, each under the stay in which it was given. What it adopted from a node stays out: under
 * the stay of this device it would win over a change that an older device still has to send. The digest is over all that the
 * candidate saw and handed in; what is not in the file, the district has.
 * @param {Attempt} attempt
 */
async function contentOf(attempt) {
  const { record, clock } = attempt;
  const answers = [...attempt.answers.values()].filter(({ problem }) => !problem);
  const given = answers.filter(({ isAdopted }) => !isAdopted);
  const stays = staysOf(given, record.epoch.number);
  const kept = given.filter(({ epoch }) => stays.has(epoch));
  return {
    version: VERSION,
    tokens: Object.fromEntries(Object.entries(record.tokens).filter(([epoch]) => stays.has(Number(epoch)))),
    responses: kept.map(({ epoch, item, seq, response, marked }) => ({ epoch, item, seq, response, marked })),
    submission: attempt.isSealed ? record.submission : null,
    digest: attempt.isSealed ? await digest(answers.filter(({ late }) => !late)) : null,
    made_at: roundedOrNull(clock.at(performance.now())),
  };
}

/**
 * The stays that the file tells of: where they are too many, those of which the district has everything are left out first.
 * @param {import("../attempt/outbox.js").Answer[]} answers
 * @param {number} current
 */
function staysOf(answers, current) {
  const newest = [...answers].sort((one, other) => other.epoch - one.epoch);
  const inOrder = [...newest.filter(({ held }) => !held), ...newest.filter(({ held }) => held)];
  return new Set([...new Set([current, ...inOrder.map(({ epoch }) => epoch)])].slice(0, STAYS_MAX));
}

/** @param {number | null} time */
const roundedOrNull = (time) => (time === null ? null : Math.round(time));

/** @param {string} text */
async function gzip(text) {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * @param {Uint8Array<ArrayBuffer>} plain
 * @param {string} key base64
 * @param {Uint8Array<ArrayBuffer>} header
 */
async function seal(plain, key, header) {
  const raw = Uint8Array.from(atob(key), (letter) => letter.charCodeAt(0));
  const cipher = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt"]);
  const iv = header.subarray(HEADER_BYTES - NONCE_BYTES);
  return crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: header }, cipher, plain);
}
