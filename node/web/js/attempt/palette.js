// What the palette says of each item. Pure. A state is told by shape, sign and words, never by colour alone.

/** @typedef {"unseen" | "unanswered" | "answered" | "marked" | "answered-marked"} ItemState */
/** @typedef {"none" | "device" | "node" | "district" | "centre" | "practice" | "refused" | "unkept"} Safety */
/**
 * @typedef {object} HeldAnswer what of an answer tells its state
 * @property {import("../question/response.js").ItemResponse | null} [response]
 * @property {boolean} [marked]
 * @property {"node" | "district" | "centre" | "practice" | null} [held] who acknowledged it; null: nobody but this device
 * @property {boolean} [delivered] whether the centre has it
 * @property {boolean} [late]
 * @property {string | null} [problem] why the district refused it
 * @property {boolean} [isUnkept] this device's disk did not take it
 */

/** The states in the order of the legend, which candidates know from other tests. */
export const STATES = /** @type {const} */ (["unseen", "unanswered", "answered", "marked", "answered-marked"]);

/** A sign for each state, shown beside the item's number. */
export const SIGNS = { unseen: "·", unanswered: "–", answered: "✓", marked: "?", "answered-marked": "✓?" };

/**
 * The state of an item from what is held of it and whether it was shown.
 * @param {HeldAnswer | undefined} answer
 * @param {boolean} wasSeen
 * @returns {ItemState}
 */
export function itemState(answer, wasSeen) {
  const isAnswered = answer?.response != null;
  if (answer?.marked) return isAnswered ? "answered-marked" : "marked";
  if (isAnswered) return "answered";
  return wasSeen ? "unanswered" : "unseen";
}

/**
 * How many items are in each state.
 * @param {number[]} items
 * @param {Map<number, HeldAnswer>} answers
 * @param {Set<number>} seen
 * @returns {Record<ItemState, number>}
 */
export function counts(items, answers, seen) {
  const result = { unseen: 0, unanswered: 0, answered: 0, marked: 0, "answered-marked": 0 };
  for (const item of items) result[itemState(answers.get(item), seen.has(item))] += 1;
  return result;
}

/**
 * How many items have an answer, marked or not: both count.
 * @param {Record<ItemState, number>} each
 */
export const answeredOf = (each) => each.answered + each["answered-marked"];

/**
 * Where an item's answer is safe; "none" where nothing was given. Only what was acknowledged is told.
 * @param {HeldAnswer | undefined} answer
 * @returns {Safety}
 */
export function safety(answer) {
  if (!answer) return "none";
  if (answer.problem) return "refused";
  if (answer.held && answer.delivered === true) return "centre";
  return answer.held ?? (answer.isUnkept ? "unkept" : "device");
}

/**
 * The sum over all answers: how many are on this device only, at the district, of these at the centre, and refused.
 * @param {Iterable<HeldAnswer>} answers
 */
export function safetyCounts(answers) {
  const result = { device: 0, held: 0, centre: 0, refused: 0 };
  for (const answer of answers) {
    const state = safety(answer);
    if (state === "device" || state === "unkept") result.device += 1;
    else if (state === "refused") result.refused += 1;
    else if (state !== "none") result.held += 1;
    if (state === "centre") result.centre += 1;
  }
  return result;
}
