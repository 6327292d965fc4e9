// Responses as the protocol has them: {"choice":2}, {"choices":[1,3]}, {"number":"3.5"}, {"text":"…"}, {"order":[3,1]},
// {"pairs":[[1,2]]}, {"parts":{"1":{…}}} or null. Pure; the same rules as the node's, so that nothing is kept here that the
// district would refuse. kinds/responses.js makes the last four.

/**
 * What an item was answered with: exactly one of the members is there.
 * @typedef {{
 *   choice?: number, choices?: number[], number?: string, text?: string, order?: number[], pairs?: Pair[],
 *   parts?: Record<string, ItemResponse>,
 * }} ItemResponse
 *
 * @typedef {[number, number]} Pair
 */

/** Characters of a number at most, as the protocol bounds it. */
export const NUMBER_CHARS_MAX = 40;

/**
 * A response to a choice of one.
 * @param {number} option
 */
export const choice = (option) => ({ choice: option });

/**
 * A response to a choice of several; null where none is chosen.
 * @param {number[]} options
 */
export function choices(options) {
  const sorted = [...new Set(options)].sort((one, other) => one - other);
  return sorted.length === 0 ? null : { choices: sorted };
}

/**
 * A typed number: {response} (null when the field is empty) or {invalid: true}. Devanagari digits, a typographic minus
 * and spaces around are taken as what they mean.
 * @param {string} typed
 * @returns {{response?: {number: string} | null, invalid?: true}}
 */
export function number(typed) {
  const text = plainDigits(typed).replace(/[−–]/gu, "-").trim();
  if (text === "") return { response: null };
  const isNumber = text.length <= NUMBER_CHARS_MAX && /^[+-]?(\d+\.?\d*|\.\d+)$/u.test(text);
  return isNumber ? { response: { number: text } } : { invalid: true };
}

/**
 * Devanagari digits as 0-9.
 * @param {string} text
 */
export const plainDigits = (text) => text.replace(/[०-९]/gu, (digit) => String(digit.charCodeAt(0) - 0x0966));

/**
 * The canonical text of each kind; a text is counted in bytes of UTF-8.
 * @type {Record<string, (given: any) => string>}
 */
const CANONICAL = {
  choice: (option) => `c${option}`,
  /** @param {number[]} options */
  choices: (options) => `m${[...options].sort((one, other) => one - other)}`,
  number: (text) => `n${text}`,
  text: (text) => `t${new TextEncoder().encode(text).length}:${text}`,
  order: (options) => `o${options}`,
  /** @param {Pair[]} pairs */
  pairs: (pairs) => `r${[...pairs].sort((one, other) => one[0] - other[0] || one[1] - other[1]).map((pair) => pair.join("-"))}`,
  // Members that are numbers come in ascending order.
  parts: (parts) => `p${Object.entries(parts).map(([no, part]) => `${no}=${canonical(part)}`).join(";")}`,
};

/**
 * The text that digests are made of: `c2`, `m1,3`, `n3.5`, `t9:two words`, `o3,1`, `r1-2,3-2`, `p1=c2;3=n7`.
 * @param {ItemResponse} response
 * @returns {string}
 */
export function canonical(response) {
  const [[kind, given]] = Object.entries(response);
  return CANONICAL[kind](given);
}

/**
 * Whether two responses are the same.
 * @param {ItemResponse | null | undefined} one
 * @param {ItemResponse | null | undefined} other
 */
export function isSame(one, other) {
  /** @param {ItemResponse | null | undefined} response */
  const text = (response) => (response == null ? "" : canonical(response));
  return text(one) === text(other);
}
