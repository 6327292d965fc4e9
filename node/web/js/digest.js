// The digest of an attempt's responses: SHA-256 over one line `<item>:<canonical>\n` for each answered item in the order
// of item numbers. It must give what the node computes; the receipt binds it.
import { canonical } from "./response.js";

/** The text that is hashed. `answers`: [{item, response}] in any order. */
export function digestText(answers) {
  return answers
    .filter((answer) => answer.response != null)
    .sort((one, other) => one.item - other.item)
    .map((answer) => `${answer.item}:${canonical(answer.response)}\n`)
    .join("");
}

/** The digest in 64 hexadecimal digits. */
export async function digest(answers) {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(digestText(answers)));
  return toHex(new Uint8Array(hash));
}

/** Bytes in hexadecimal digits. */
export const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
