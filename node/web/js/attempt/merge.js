// The merge of what this device holds with what a node tells that it holds. Pure; attempt.js writes what comes out.
import { isSame } from "../question/response.js";

/**
 * @typedef {import("./outbox.js").Answer} Answer
 * @typedef {import("./outbox.js").Row} Row
 *
 * @typedef {object} HeldResponse what a node tells of a response that it holds
 * @property {number} item
 * @property {number} seq
 * @property {import("./outbox.js").ItemResponse | null} response
 * @property {boolean} marked
 * @property {boolean} [delivered] whether the centre has it
 */

/**
 * Brings what this device holds together with what a node holds. A row that waits stands above all: it is newer than
 * what a node can know, or the merge will say. Of the others: what the node lacks is sent again as it was given (under
 * its own epoch, so that it can never displace a later one). Where both hold something else, the greater seq is later
 * while the attempt stayed at this device (`continuous`); when another device had it in between, the node is right.
 * Gives the answers and rows to be added or replaced.
 * @param {Map<number, Answer>} answers
 * @param {Row[]} rows
 * @param {HeldResponse[]} responses
 * @param {{epoch: number, continuous: boolean}} stay
 */
export function reconcile(answers, rows, responses, { epoch, continuous }) {
  /** @type {{answers: Answer[], rows: Row[]}} */
  const result = { answers: [], rows: [] };
  const waiting = new Set(rows.map((row) => row.item));
  const held = new Map(responses.map((response) => [response.item, response]));
  for (const [item, answer] of answers) {
    if (waiting.has(item) || answer.problem) continue;
    const there = held.get(item);
    if (!there || (continuous && there.seq < answer.seq)) {
      result.answers.push({ ...answer, held: answer.held === "centre" ? "centre" : null });
      result.rows.push({
        item, epoch: answer.epoch, seq: answer.seq, response: answer.response, marked: answer.marked,
      });
    }
  }
  const again = new Set(result.rows.map((row) => row.item));
  for (const there of responses) {
    if (waiting.has(there.item) || again.has(there.item)) continue;
    const answer = heldThere(answers.get(there.item), there, epoch);
    if (answer) result.answers.push(answer);
  }
  result.rows.sort((one, other) => one.seq - other.seq);
  return result;
}

/**
 * The answer that this device shows because a node holds `there`; null where it shows that already.
 * @param {Answer | undefined} here
 * @param {HeldResponse} there
 * @param {number} epoch
 * @returns {Answer | null}
 */
function heldThere(here, { item, seq, response, marked, delivered = false }, epoch) {
  const isKnown = here && here.seq === seq && isSame(here.response, response) && here.marked === marked;
  const adopted = { item, epoch, seq, response, marked, held: null, late: false, problem: null, isAdopted: true };
  const known = isKnown ? here : adopted;
  const held = delivered ? "centre" : known.held ?? "node";
  return held === here?.held && isKnown ? null : { ...known, held };
}

/**
 * Whether the centre lacks any answer that a node acknowledged.
 * @param {Iterable<Answer>} answers
 */
export function isDeliveryAwaited(answers) {
  for (const { held } of answers) if (held && held !== "centre") return true;
  return false;
}

/**
 * Where another device was left: the item that was answered last, and those that were seen for certain.
 * @param {HeldResponse[]} responses
 */
export function whereLeft(responses) {
  const [last] = [...responses].sort((one, other) => other.seq - one.seq);
  return { lastItem: last?.item ?? null, seen: responses.map(({ item }) => item) };
}
