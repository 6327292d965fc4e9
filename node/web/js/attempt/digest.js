// The digest of an attempt's responses: SHA-256 over one line `<item>:<canonical>\n` for each answered item in the order
// of item numbers. It must give what the node computes; the receipt binds it.
import { canonical } from "../question/response.js";

/**
 * What a digest is made of.
 * @typedef {{item: number, response: import("../question/response.js").ItemResponse | null}} Answered
 */

/**
 * The text that is hashed; `answers` in any order.
 * @param {Answered[]} answers
 */
export function digestText(answers) {
  return [...answers]
    .sort((one, other) => one.item - other.item)
    .map(({ item, response }) => (response == null ? "" : `${item}:${canonical(response)}\n`))
    .join("");
}

/**
 * The digest in 64 hexadecimal digits.
 * @param {Answered[]} answers
 */
export async function digest(answers) {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(digestText(answers)));
  return toHex(new Uint8Array(hash));
}

/**
 * Bytes in hexadecimal digits.
 * @param {Uint8Array} bytes
 */
export const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
