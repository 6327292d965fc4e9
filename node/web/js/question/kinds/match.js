// Matching rows with columns: a list for each row that takes one column, checkboxes for rows that take several. How often
// each may be used is kept by taking away what is used up.
import { h } from "../../dom.js";
import { pairs } from "./responses.js";
import { isUsedUp, usesAt } from "./uses.js";

/**
 * @import {Ask, Field} from "../ask.js"
 * @import {Choice, Match} from "../paper.js"
 * @import {ItemResponse, Pair} from "../response.js"
 *
 * One row's line. `rest` shows what is chosen in it and takes away what `isGone`; `swaps` says whether another choice takes
 * the place of the one that is held.
 * @typedef {object} Line
 * @property {number} id
 * @property {boolean} swaps
 * @property {HTMLElement} element
 * @property {(own: number[], isGone: (column: Choice) => boolean, isFrozen: boolean) => void} rest
 *
 * Makes a row's line; `change` takes the columns that are chosen in it.
 * @typedef {(ask: Ask<any>, row: Choice, columns: Choice[], change: (row: Choice, chosen: number[]) => void) => Line} MakeLine
 */

/**
 * The field.
 * @param {Ask<{match: Match}>} ask
 * @returns {Field}
 */
export function matchField(ask) {
  const { say, list, announce, give } = ask;
  const { rows, columns, max } = ask.kind.match;
  /** @type {Pair[]} */
  let held = [];
  let isFrozen = false;
  const offered = list(columns, "columns");
  const isPlain = offered.every((column) => !column.body) && rows.every((row) => row.uses_max === 1);
  const makeLine = isPlain ? listRow : boxesRow;
  const isLimited = max < (isPlain ? rows.length : rows.length * columns.length);

  /**
   * @param {Choice} row
   * @param {number[]} chosen
   */
  const change = ({ id }, chosen) => {
    held = held.filter(([row]) => row !== id);
    for (const column of chosen) held.push([id, column]);
    rest();
    if (held.length >= max && isLimited) announce(say("fullNow", { max }));
    give(pairs(held));
  };
  const lines = list(rows, "rows").map((row) => makeLine(ask, row, offered, change));

  function rest() {
    const uses = usesAt(held, 1);
    const isFull = held.length >= max;
    for (const line of lines) {
      const own = held.filter(([row]) => row === line.id).map(([, column]) => column);
      const isClosed = isFull && !(line.swaps && own.length > 0);
      line.rest(own, (column) => !own.includes(column.id) && (isUsedUp(column, uses) || isClosed), isFrozen);
    }
  }

  /** @param {ItemResponse | null} response */
  const set = (response) => {
    held = [...(response?.pairs ?? [])];
    rest();
  };
  return {
    kind: "match", prompt: isLimited ? say("matchUpTo", { max }) : say("matchAll"),
    elements: h("div", { class: "match" }, lines.map((line) => line.element)), set, clear: () => set(null),
    freeze: (isNow) => {
      isFrozen = isNow;
      rest();
    },
  };
}

/**
 * A row with a list of the columns.
 * @type {MakeLine}
 */
function listRow({ say, show, entry }, row, columns, change) {
  const entries = columns.map((column) => entry(column));
  const select = h("select", {
    "data-row": row.id, change: ({ target }) => change(row, target.value === "" ? [] : [Number(target.value)]),
  }, h("option", { value: "" }, say("choose")), entries);
  return {
    id: row.id, swaps: true, element: h("label", { class: "pair" }, show(row), select),
    rest: (own, isGone, isFrozen) => {
      select.value = String(own[0] ?? "");
      select.disabled = isFrozen;
      columns.forEach((column, at) => (entries[at].disabled = isGone(column)));
    },
  };
}

/**
 * A row with a checkbox for each column; where it takes one only, another takes its place.
 * @type {MakeLine}
 */
function boxesRow({ show }, row, columns, change) {
  const isOne = row.uses_max === 1;
  /**
   * @param {HTMLInputElement} changed
   * @returns {number[]}
   */
  const chosenAfter = (changed) =>
    columns.flatMap(({ id }, at) => (boxes[at].checked && (!isOne || boxes[at] === changed) ? [id] : []));
  /** @type {HTMLInputElement[]} */
  const boxes = columns.map(({ id }) => h("input", {
    type: "checkbox", "data-row": row.id, "data-option": id, change: ({ target }) => change(row, chosenAfter(target)),
  }));
  const labels = columns.map((column, at) => h("label", { class: "option" }, boxes[at], show(column)));
  return {
    id: row.id, swaps: isOne, element: h("fieldset", { class: "boxes" }, h("legend", {}, show(row)), labels),
    rest: (own, isGone, isFrozen) => boxes.forEach((box, at) => {
      box.checked = own.includes(columns[at].id);
      const isRowFull = !isOne && isUsedUp(row, new Map([[row.id, own.length]])) && !box.checked;
      box.disabled = isFrozen || isRowFull || isGone(columns[at]);
    }),
  };
}
