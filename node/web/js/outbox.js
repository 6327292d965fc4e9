// The rules of the outbox: pure functions over answers (what this device holds, one for each item) and rows (what still
// has to be acknowledged, in the order of seq). The shell (attempt.js) writes what they return in one transaction.
//
// An answer: {item, epoch, seq, response, marked, held: null | "node" | "district", late, problem}.
// A row: {item, epoch, seq, response, marked}. `epoch` is the number of the stay in which it was given; it is sent under
// that stay's token, so that a response never becomes newer than it is.
import { isSame } from "./response.js";

/** Responses in one request at most; the node takes 200. */
export const BATCH_MAX = 100;

/** A change as an answer and a row. */
export function change({ item, epoch, seq, response, marked }) {
  const row = { item, epoch, seq, response, marked };
  return { row, answer: { ...row, held: null, late: false, problem: null } };
}

/** Rows that `row` makes needless: earlier ones to the same item that are not under way. */
export function superseded(rows, row, underWay) {
  return rows.filter((other) => other.item === row.item && other.seq < row.seq && !underWay.has(other.seq));
}

/** The next rows to send: the first in order, all of one epoch. */
export function batch(rows) {
  const epoch = rows[0]?.epoch;
  const end = rows.findIndex((row, index) => row.epoch !== epoch || index >= BATCH_MAX);
  return end < 0 ? rows : rows.slice(0, end);
}

/**
 * What an answer of the node does. Rows that it acknowledged or refused for good go; an answer is held once its own seq
 * (or, where it was superseded, a later one) is. Returns {remove: [seq], answers: [answer], again: [row], isStale}: `again`
 * are changes that need a new seq; `isStale` says that the node holds something later than this device knows.
 */
export function settle(sent, answers, { acknowledged = [], refused = [], durability }) {
  const result = { remove: [], answers: [], again: [], isStale: false };
  const rowOf = new Map(sent.map((row) => [`${row.item}/${row.seq}`, row]));
  for (const one of acknowledged) {
    const row = rowOf.get(`${one.item}/${one.seq}`);
    if (!row) continue;
    result.remove.push(row.seq);
    const answer = answers.get(row.item);
    if (answer && answer.seq === row.seq) {
      result.isStale ||= one.state === "superseded";
      result.answers.push({ ...answer, held: durability ?? "node", late: one.late === true, problem: null });
    }
  }
  for (const one of refused) {
    const row = rowOf.get(`${one.item}/${one.seq}`);
    if (!row) continue;
    result.remove.push(row.seq);
    const answer = answers.get(row.item);
    if (!answer || answer.seq !== row.seq) continue;
    if (one.problem === "sequence-reused") result.again.push(row);
    else result.answers.push({ ...answer, problem: one.detail || one.problem });
  }
  return result;
}

/**
 * Brings what this device holds together with what a node holds. A row that waits stands above all: it is newer than
 * what a node can know, or the merge will say. Of the others: what the node lacks is sent again as it was given (under
 * its own epoch, so that it can never displace a later one). Where both hold something else, the greater seq is later
 * while the attempt stayed at this device (`continuous`); when another device had it in between, the node is right.
 * Returns {answers: [answer], rows: [row]} to be added or replaced.
 */
export function reconcile(answers, rows, responses, { epoch, continuous }) {
  const result = { answers: [], rows: [] };
  const waiting = new Set(rows.map((row) => row.item));
  const held = new Map(responses.map((response) => [response.item, response]));
  for (const [item, answer] of answers) {
    if (waiting.has(item) || answer.problem) continue;
    const there = held.get(item);
    if (!there || (continuous && there.seq < answer.seq)) {
      result.answers.push({ ...answer, held: null });
      result.rows.push({
        item, epoch: answer.epoch, seq: answer.seq, response: answer.response, marked: answer.marked,
      });
    }
  }
  const again = new Set(result.rows.map((row) => row.item));
  for (const there of responses) {
    if (waiting.has(there.item) || again.has(there.item)) continue;
    const here = answers.get(there.item);
    if (here && here.seq === there.seq && isSame(here.response, there.response) && here.marked === there.marked) continue;
    result.answers.push({ ...there, epoch, held: "node", late: false, problem: null });
  }
  result.rows.sort((one, other) => one.seq - other.seq);
  return result;
}

/** The seq for the next change: above all that this device or the node used. */
export function nextSeq(answers, rows, nodeNext = 1) {
  let greatest = nodeNext - 1;
  for (const answer of answers.values()) greatest = Math.max(greatest, answer.seq);
  for (const row of rows) greatest = Math.max(greatest, row.seq);
  return greatest + 1;
}
