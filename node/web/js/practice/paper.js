// The practice paper: six questions of no consequence, in the form in which a sealed paper opens.

/**
 * @typedef {import("../question/paper.js").Text} Text
 * @typedef {import("../question/paper.js").Choice} Choice
 * @typedef {import("../question/paper.js").ItemKind} ItemKind
 * @typedef {import("../question/paper.js").Paper} Paper
 * @typedef {import("../question/paper.js").Place} Place
 * @typedef {(name: string) => Text} Texts Gives a text of the page in all languages.
 */

/** The languages in which the practice paper is complete, the main one first. */
const LANGUAGES = ["en", "hi", "mr"];

/** A number or sign is the same in every language. */
const same = (/** @type {string} */ text) => Object.fromEntries(LANGUAGES.map((language) => [language, text]));

/** Options with ids from 1. */
const options = (/** @type {Text[]} */ ...texts) => texts.map((text, at) => ({ id: at + 1, text }));

const numbers = (/** @type {string[]} */ ...each) => options(...each.map(same));

/**
 * The paper.
 * @param {Texts} texts
 * @returns {Paper}
 */
export function practicePaper(texts) {
  /**
   * @param {number} no
   * @param {string} section
   * @param {string} stem
   * @param {ItemKind} kind
   */
  const item = (no, section, stem, kind, penalty = "0") => ({ no, section, kind, stem: texts(stem), marks: "1", penalty });
  const onceEach = (/** @type {Choice[]} */ rows) => rows.map((row) => ({ ...row, uses_max: 1 }));
  return {
    paper: { paper: 0, version: 1 }, title: texts("practiceTitle"), languages: LANGUAGES, order: "fixed",
    items: [
      item(1, "A", "practiceSum", { choice: numbers("10", "11", "12", "13") }, "0.25"),
      item(2, "A", "practiceMonth", {
        choice: options(texts("monthFebruary"), texts("monthApril"), texts("monthJune"), texts("monthDecember")),
      }, "0.25"),
      item(3, "A", "practiceEven", { choices: numbers("4", "7", "10", "15") }),
      item(4, "B", "practiceClass", "number"),
      item(5, "B", "practiceDouble", {
        match: { rows: onceEach(numbers("2", "3", "5")), columns: onceEach(numbers("6", "10", "4")), max: 3 },
      }),
      item(6, "B", "practiceOrder", { order: { options: numbers("30", "12", "21", "7"), max: 4 } }),
    ],
  };
}

/**
 * The places of the paper in its own order.
 * @param {Paper} paper
 * @returns {Place[]}
 */
export function practiceOrder({ items }) {
  return items.map(({ no, kind }) => {
    const shown = kind === "number" ? [] : kind.choice ?? kind.choices ?? kind.order?.options ?? [];
    return { item: no, options: shown.map(({ id }) => id) };
  });
}
