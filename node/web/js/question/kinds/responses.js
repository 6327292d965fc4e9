// The responses of the kinds in this folder, as the protocol has them and as the node checks them. Pure.
import { canonical } from "../response.js";

/** @import {ItemResponse, Pair} from "../response.js" */

/** Bytes of a response's texts together; the node's RESPONSE_BYTES_MAX. */
export const RESPONSE_BYTES_MAX = 14 * 1024;

/** @param {string} text */
const bytesOf = (text) => new TextEncoder().encode(text).length;

/**
 * Characters as the node counts them: code points.
 * @param {string} text
 */
export const charsOf = (text) => [...text].length;

/**
 * A typed text without what the node refuses: control characters other than line ends and tabs, halves of characters,
 * and what is beyond `charsMax` characters or the bytes of a record.
 * @param {string} typed
 * @param {number} charsMax
 */
export function cleaned(typed, charsMax) {
  const plain = typed.replace(/\r\n?/gu, "\n").replace(/[\ud800-\udfff]/gu, "").replace(/(?![\n\t])\p{Cc}/gu, "");
  let chars = [...plain].slice(0, charsMax);
  while (bytesOf(chars.join("")) > RESPONSE_BYTES_MAX) chars = chars.slice(0, -1 - Math.floor(chars.length / 64));
  return chars.join("");
}

/**
 * A text; null where there is nothing but space.
 * @param {string} typed
 * @param {number} charsMax
 */
export function text(typed, charsMax) {
  const clean = cleaned(typed, charsMax);
  return clean.trim() === "" ? null : { text: clean };
}

/**
 * Options in an order; null where none stands in it.
 * @param {number[]} options
 */
export const order = (options) => (options.length === 0 ? null : { order: [...options] });

/**
 * Pairs, each once, in the order of their numbers; null where there is none.
 * @param {Pair[]} list
 */
export function pairs(list) {
  const once = new Map(list.map((pair) => [pair.join("-"), pair]));
  const sorted = [...once.values()].sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  return sorted.length === 0 ? null : { pairs: sorted };
}

/**
 * What belongs together: pairs with the smaller number first, none of an option with itself.
 * @param {Pair[]} list
 */
export const associations = (list) =>
  pairs(list.filter(([one, other]) => one !== other).map(([one, other]) => [Math.min(one, other), Math.max(one, other)]));

/**
 * The responses to parts by number, without those that have none; null where all are without.
 * @param {Record<string, ItemResponse | null | undefined>} given
 * @returns {{parts: Record<string, ItemResponse>} | null}
 */
export function parts(given) {
  const held = Object.entries(given).flatMap(([no, response]) => (response == null ? [] : [[no, response]]));
  return held.length === 0 ? null : { parts: Object.fromEntries(held) };
}

/**
 * Whether a record holds the parts' responses.
 * @param {ItemResponse | null} response
 */
export const fits = (response) =>
  Object.values(response?.parts ?? {}).reduce((sum, part) => sum + bytesOf(canonical(part)), 0) <= RESPONSE_BYTES_MAX;
