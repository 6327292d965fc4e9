// What is answered within the text: gaps that take a word of a list, and words that can be chosen.
import { h } from "../../dom.js";
import { choices } from "../response.js";
import { pairs } from "./responses.js";
import { limitWords } from "./select.js";
import { isUsedUp, usesAt } from "./uses.js";

/**
 * @import {Ask, Field} from "../ask.js"
 * @import {Gaps, Hottexts} from "../paper.js"
 * @import {ItemResponse, Pair} from "../response.js"
 */

/**
 * The field for gaps: a list in each gap's place. Gaps that the text has no place for stand below it.
 * @param {Ask<{gaps: Gaps}>} ask
 * @returns {Field}
 */
export function gapsField(ask) {
  const { say, list, show, entry, give } = ask;
  const { words, gaps } = ask.kind.gaps;
  const offered = list(words, "words");
  let isFrozen = false;
  /** @returns {Pair[]} */
  const held = () => [...selects].flatMap(([gap, { value }]) => (value === "" ? [] : [[Number(value), gap]]));

  function rest() {
    const uses = usesAt(held(), 0);
    for (const select of selects.values()) {
      select.disabled = isFrozen;
      for (const [at, word] of offered.entries()) {
        select.options[at + 1].disabled = select.value !== String(word.id) && isUsedUp(word, uses);
      }
    }
  }

  const changed = () => {
    rest();
    give(pairs(held()));
  };
  /** @param {number} no */
  const gapOf = (no) => h("select", { "aria-label": say("gap", { no }), "data-gap": no, class: "gap", change: changed },
    h("option", { value: "" }, say("gapEmpty", { no })), offered.map((word) => entry(word)));
  const numbers = Array.from({ length: gaps }, (_, index) => index + 1);
  const selects = new Map(numbers.map((no) => [no, gapOf(no)]));
  const waiting = new Set(numbers);
  /** @param {ItemResponse | null} response */
  const set = (response) => {
    const wordIn = new Map((response?.pairs ?? []).map(([word, gap]) => [gap, word]));
    for (const [gap, select] of selects) select.value = String(wordIn.get(gap) ?? "");
    rest();
  };
  /** @param {number} no */
  const line = (no) => h("div", { class: "pair" }, h("span", {}, say("gap", { no })), selects.get(no));
  // What a list cannot show as it is formatted stands below the text.
  const formatted = offered.some((word) => word.body) && h("ul", {}, offered.map((word) => h("li", {}, show(word))));
  return {
    kind: "gaps", prompt: say("gapAll"), elements: formatted, set, clear: () => set(null),
    places: { gap: (no) => (waiting.delete(no) ? selects.get(no) : null) },
    after: () => [...waiting].map(line),
    freeze: (isNow) => {
      isFrozen = isNow;
      rest();
    },
  };
}

/**
 * The field for words of the text: buttons that are pressed or not.
 * @param {Ask<{hottext: Hottexts}>} ask
 * @returns {Field}
 */
export function hottextField(ask) {
  const { say, announce, give } = ask;
  const { count, max } = ask.kind.hottext;
  /** @type {Map<number, HTMLButtonElement>} */
  const buttons = new Map();
  /** @type {number[]} */
  let chosen = [];
  let isFrozen = false;

  function draw() {
    for (const [no, button] of buttons) {
      const isChosen = chosen.includes(no);
      button.setAttribute("aria-pressed", String(isChosen));
      button.disabled = isFrozen || (max > 1 && chosen.length >= max && !isChosen);
    }
  }

  /** @param {number} no */
  function press(no) {
    const others = chosen.filter((other) => other !== no);
    if (others.length < chosen.length) chosen = others;
    else chosen = max === 1 ? [no] : [...others, no];
    draw();
    if (max > 1 && chosen.length >= max && max < count) announce(say("fullNow", { max }));
    give(choices(chosen));
  }

  /**
   * @param {number} no
   * @param {Node[]} said
   */
  const hottext = (no, said) => {
    const button = h("button", { type: "button", class: "hottext", "data-option": no, "aria-pressed": "false", click: () => press(no) }, said);
    buttons.set(no, button);
    return button;
  };
  /** @param {ItemResponse | null} response */
  const set = (response) => {
    chosen = [...(response?.choices ?? [])];
    draw();
  };
  return {
    kind: "hottext", prompt: `${say("inText")} ${limitWords(ask, count, 0, max)}`, elements: [], places: { hottext }, set,
    clear: () => set(null),
    freeze: (isNow) => {
      isFrozen = isNow;
      draw();
    },
  };
}
