// The rules of the outbox: pure functions over answers (what this device holds, one for each item) and rows (what still
// has to be acknowledged, in the order of seq). The shell (attempt.js) writes what they return in one transaction.
//
// A row is sent under the token of the stay in which it was given (`epoch`), so that a response never becomes newer than it
// is. `held` says who acknowledged an answer: nobody but this device (null), one node, two machines of the district, or the
// centre. What the centre has is never taken back: another node may only not have heard of it yet.

/**
 * @typedef {import("../question/response.js").ItemResponse} ItemResponse
 * @typedef {null | "node" | "district" | "centre"} Holder
 *
 * @typedef {object} Row
 * @property {number} item
 * @property {number} epoch
 * @property {number} seq
 * @property {ItemResponse | null} response
 * @property {boolean} marked
 *
 * @typedef {object} HeldAnswer
 * @property {Holder} held
 * @property {boolean} late after the deadline, as the node judged
 * @property {string | null} problem why the district did not take it
 * @property {boolean} [isUnkept] this device's disk failed: it is in the page's memory only
 * @property {boolean} [isAdopted] a node told it, and nothing was given to the item at this device since
 *
 * @typedef {Row & HeldAnswer} Answer
 *
 * @typedef {object} Acknowledged
 * @property {number} item
 * @property {number} seq
 * @property {string} [state]
 * @property {boolean} [late]
 *
 * @typedef {object} Refused
 * @property {number} item
 * @property {number} seq
 * @property {string} problem
 * @property {string} [detail]
 */

/** Responses in one request at most; the node takes 200. */
export const BATCH_MAX = 100;
/** Bytes in one request at most; the node takes 64 KiB. `ROW_BYTES`: what a row takes besides its response. */
const BATCH_BYTES_MAX = 56 * 1024;
const ROW_BYTES = 80;

/**
 * A change as an answer and a row.
 * @param {Row} given
 * @returns {{row: Row, answer: Answer}}
 */
export function change({ item, epoch, seq, response, marked }) {
  const row = { item, epoch, seq, response, marked };
  return { row, answer: { ...row, held: null, late: false, problem: null } };
}

/**
 * Rows that `row` makes needless: earlier ones to the same item that are not under way.
 * @param {Row[]} rows
 * @param {Row} row
 * @param {Set<number>} underWay
 */
export function superseded(rows, row, underWay) {
  return rows.filter((other) => other.item === row.item && other.seq < row.seq && !underWay.has(other.seq));
}

/**
 * The next rows to send: the first in order, all of one epoch, together within what a node takes.
 * @param {Row[]} rows
 * @param {number} [most]
 */
export function batch(rows, most = BATCH_MAX) {
  const epoch = rows[0]?.epoch;
  let bytes = 0;
  const end = rows.findIndex((row, index) => {
    bytes += bytesOf(row);
    return index > 0 && (row.epoch !== epoch || index >= most || bytes > BATCH_BYTES_MAX);
  });
  return end < 0 ? rows : rows.slice(0, end);
}

/** @param {Row} row */
const bytesOf = ({ response }) => ROW_BYTES + new TextEncoder().encode(JSON.stringify(response)).length;

/**
 * What an answer of the node does. Rows that it acknowledged or refused for good go; an answer is held once its own seq
 * (or, where it was superseded, a later one) is. Returns {remove: [seq], answers: [answer], again: [row], isStale}: `again`
 * are changes that need a new seq; `isStale` says that the node holds something later than this device knows.
 * @param {Row[]} sent
 * @param {Map<number, Answer>} answers
 * @param {{acknowledged?: Acknowledged[], refused?: Refused[], durability?: "node" | "district"}} told
 */
export function settle(sent, answers, { acknowledged = [], refused = [], durability }) {
  /** @type {{remove: number[], answers: Answer[], again: Row[], isStale: boolean}} */
  const result = { remove: [], answers: [], again: [], isStale: false };
  const rowOf = new Map(sent.map((row) => [`${row.item}/${row.seq}`, row]));
  for (const one of acknowledged) {
    const row = rowOf.get(`${one.item}/${one.seq}`);
    if (!row) continue;
    result.remove.push(row.seq);
    const answer = answers.get(row.item);
    if (answer && answer.seq === row.seq) {
      result.isStale ||= one.state === "superseded";
      result.answers.push({ ...answer, held: acknowledgedBy(answer, durability), late: one.late === true, problem: null });
    }
  }
  for (const one of refused) {
    const row = rowOf.get(`${one.item}/${one.seq}`);
    if (!row) continue;
    result.remove.push(row.seq);
    const answer = answers.get(row.item);
    if (!answer || answer.seq !== row.seq) continue;
    // What was only adopted is another device's: it never gets a new place, which would put it above what that device gives.
    if (one.problem === "sequence-reused" && answer.isAdopted) result.isStale = true;
    else if (one.problem === "sequence-reused") result.again.push(row);
    else result.answers.push({ ...answer, problem: one.detail || one.problem });
  }
  return result;
}

/**
 * @param {Answer} answer
 * @param {"node" | "district"} [durability]
 */
const acknowledgedBy = (answer, durability = "node") => (answer.held === "centre" ? "centre" : durability);

/**
 * All of `sent` refused for one reason.
 * @param {Row[]} sent
 * @param {{slug: string, detail: string}} problem
 */
export const refusedAll = (sent, { slug, detail }) => ({
  refused: sent.map(({ item, seq }) => ({ item, seq, problem: slug, detail })),
});

/**
 * How many answers only this device has.
 * @param {Iterable<Answer>} answers
 */
export function waitingCount(answers) {
  let count = 0;
  for (const { held, problem, isUnkept } of answers) if (!held && !problem && !isUnkept) count += 1;
  return count;
}

/**
 * The stays of which a token may still be needed.
 * @param {Iterable<Row>} rows
 * @param {Iterable<Answer>} answers
 */
export const epochsIn = (rows, answers) => new Set([...rows, ...answers].map(({ epoch }) => epoch));

/**
 * The seq for the next change: above all that this device or the node used.
 * @param {Map<number, Answer>} answers
 * @param {Row[]} rows
 * @param {number} [nodeNext]
 */
export function nextSeq(answers, rows, nodeNext = 1) {
  let greatest = nodeNext - 1;
  for (const answer of answers.values()) greatest = Math.max(greatest, answer.seq);
  for (const row of rows) greatest = Math.max(greatest, row.seq);
  return greatest + 1;
}
