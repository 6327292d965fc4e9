// Finding what belongs together among equals: a line of two lists for each pair, and always one more to fill.
import { h } from "../../dom.js";
import { associations, pairs } from "./responses.js";
import { isUsedUp, usesIn } from "./uses.js";

/**
 * @import {Ask, Field} from "../ask.js"
 * @import {Choice, Select} from "../paper.js"
 * @import {ItemResponse, Pair} from "../response.js"
 */

/**
 * The field.
 * @param {Ask<{associate: Select}>} ask
 * @returns {Field}
 */
export function associateField(ask) {
  const { say, list, show, give } = ask;
  const { options, min = 0, max } = ask.kind.associate;
  const offered = list(options);
  let isFrozen = false;
  const box = h("div", { class: "pairs" });
  /** @type {ReturnType<typeof pairLine>[]} */
  let lines = [];
  const held = () => associations(lines.map((line) => line.chosen()).filter(([one, other]) => one > 0 && other > 0));

  function changed() {
    draw();
    give(held());
  }

  const addLine = () => {
    const line = pairLine(ask, offered, lines.length + 1, changed);
    lines.push(line);
    box.append(line.element);
    return line;
  };

  function draw() {
    const isOpen = lines.some((line) => line.chosen().includes(0));
    if (!isOpen && lines.length < max) addLine();
    const uses = usesIn(lines.map((line) => line.chosen()));
    for (const line of lines) line.rest(uses, isFrozen);
  }

  function empty() {
    lines = [];
    box.replaceChildren();
  }

  /** @param {ItemResponse | null} response */
  const set = (response) => {
    const given = response?.pairs ?? [];
    // The lines stay as they were filled where they say the same.
    const isHeld = held()?.pairs.join(";") === pairs(given)?.pairs.join(";");
    if (!isHeld) empty();
    if (!isHeld) for (const pair of given) addLine().set(pair);
    draw();
  };
  const clear = () => {
    empty();
    draw();
  };
  // What a list cannot show as it is formatted stands above.
  const formatted = offered.some((option) => option.body) && h("ul", {}, offered.map((option) => h("li", {}, show(option))));
  return {
    kind: "associate", prompt: say("pairAll", { min, max }), elements: [formatted, box], set, clear,
    freeze: (isNow) => {
      isFrozen = isNow;
      draw();
    },
  };
}

/**
 * The line of one pair; 0 stands for a side that is not chosen yet.
 * @param {Ask<any>} ask
 * @param {Choice[]} options
 * @param {number} no
 * @param {() => void} changed
 */
function pairLine({ say, entry }, options, no, changed) {
  /** @param {string} name */
  const side = (name) => {
    const entries = options.map((option) => entry(option));
    const none = h("option", { value: 0 }, say("choose"));
    return { select: h("select", { "aria-label": say(name, { no }), "data-pair": no, change: changed }, none, entries), entries };
  };
  const [first, second] = [side("pairFirst"), side("pairSecond")];
  /** @returns {Pair} */
  const chosen = () => [Number(first.select.value), Number(second.select.value)];
  /** @type {(list: typeof first, own: number, other: number, uses: Map<number, number>, isFrozen: boolean) => void} */
  const restSide = ({ select, entries }, own, other, uses, isFrozen) => {
    select.disabled = isFrozen;
    options.forEach((option, at) => {
      entries[at].disabled = option.id !== own && (option.id === other || isUsedUp(option, uses));
    });
  };
  return {
    element: h("div", { class: "pair" }, first.select, h("span", { "aria-hidden": "true" }, "–"), second.select),
    chosen,
    /** @param {Pair} pair */
    set: ([one, other]) => {
      first.select.value = String(one);
      second.select.value = String(other);
    },
    /**
     * @param {Map<number, number>} uses
     * @param {boolean} isFrozen
     */
    rest: (uses, isFrozen) => {
      const [one, other] = chosen();
      restSide(first, one, other, uses, isFrozen);
      restSide(second, other, one, uses, isFrozen);
    },
  };
}
