// The words for states: of an item, and of where its answer is safe. Pure.
import { safety } from "../attempt/palette.js";

/** @typedef {import("../attempt/palette.js").ItemState} ItemState */
/** @typedef {import("../attempt/palette.js").HeldAnswer} HeldAnswer */
/** @typedef {import("../question/ask.js").Say} Say */

/**
 * The words for an item's state.
 * @param {Say} say
 * @param {ItemState} state
 */
export const stateWords = (say, state) => say(state === "marked" ? "state-marked" : state);

const SAFETY = {
  none: "safeNone", unkept: "safeUnkept", device: "safeDevice", node: "safeNode", district: "safeDistrict", centre: "safeCentre",
  practice: "safePractice",
};

/**
 * What is told of where an answer is. What came late is told so once the district has it.
 * @param {Say} say
 * @param {HeldAnswer | undefined} answer
 */
export function safetyWords(say, answer) {
  const state = safety(answer);
  if (state === "refused") return say("safeRefused", { detail: answer?.problem });
  if (answer?.late && answer.held) return say("safeLate");
  return say(SAFETY[state]);
}

/** @type {Partial<Record<import("../attempt/palette.js").Safety, string>>} */
const IN_PALETTE = { device: "onDevice", node: "inDistrict", district: "inDistrict", centre: "inCentre", refused: "notTaken" };

/**
 * An item's name for who does not see the palette: "Question 12, answered, marked for review, saved at the district".
 * @param {Say} say
 * @param {{place: number, state: ItemState, answer: HeldAnswer | undefined}} item
 */
export function itemWords(say, { place, state, answer }) {
  const words = say("item", { place, state: stateWords(say, state) });
  const where = IN_PALETTE[safety(answer)];
  return where ? `${words}, ${say(where)}` : words;
}

/**
 * Where all answers are.
 * @param {Say} say
 * @param {{held: number, device: number, centre: number, refused: number}} sum
 */
export function sumWords(say, sum) {
  const parts = [say("sum", sum)];
  if (sum.refused > 0) parts.push(say("sumRefused", sum));
  return parts.join(", ");
}

/**
 * How much time was added.
 * @param {Say} say
 * @param {number} ms
 */
export function extensionWords(say, ms) {
  const seconds = Math.round(ms / 1000);
  return seconds % 60 === 0 ? say("extendedMinutes", { count: seconds / 60 }) : say("extendedSeconds", { count: seconds });
}
