// Putting options into an order with buttons and a list of places; nothing has to be dragged.
import { h } from "../../dom.js";
import { order } from "./responses.js";

/**
 * @import {Ask, Field} from "../ask.js"
 * @import {Choice, Select} from "../paper.js"
 * @import {ItemResponse} from "../response.js"
 *
 * How an option stands: its `place` in the order (0 where it has none), the line it is in, how many are placed, how many
 * there are.
 * @typedef {{place: number, index: number, count: number, all: number, isFrozen: boolean}} Standing
 *
 * Puts an option at a place, or so many places on.
 * @typedef {(option: {id: number, text: string}, place: number, isStep: boolean) => void} Move
 */

/**
 * The order after `id` was put at `place` (from 1; 0 takes it out), within `max`. Pure.
 * @param {number[]} ids
 * @param {number} id
 * @param {number} place
 * @param {number} max
 */
export function placed(ids, id, place, max) {
  const others = ids.filter((other) => other !== id);
  if (place < 1) return others;
  return [...others.slice(0, place - 1), id, ...others.slice(place - 1)].slice(0, max);
}

/**
 * The field. All options stand in the order once one was moved, unless the item asks for a selection (`max`).
 * @param {Ask<{order: Select}>} ask
 * @returns {Field}
 */
export function orderField(ask) {
  const { say, list, announce, give } = ask;
  const { options, min = 0, max } = ask.kind.order;
  const isWhole = max >= options.length;
  /** @type {number[]} */
  let ids = [];
  let isFrozen = false;

  const rows = list(options).map((option) => rowOf(ask, option, { isWhole, max, move }));
  const lines = h("ol", { class: "order" });
  const keep = h("button", { type: "button", "data-keep": true, click: () => keepAll() }, say("keepOrder"));

  /** The rows as they stand: first those of the response. */
  const standing = () => [
    ...ids.flatMap((id) => rows.filter((row) => row.id === id)), ...rows.filter((row) => !ids.includes(row.id)),
  ];

  /** @type {Move} */
  function move({ id, text }, place, isStep) {
    const from = isWhole ? standing().map((row) => row.id) : ids;
    const now = from.indexOf(id) + 1;
    // A step beyond the last place is the last; what has none yet comes to the end.
    const wanted = isStep && now === 0 ? from.length + 1 : isStep ? now + place : place;
    change(placed(from, id, wanted, max));
    const at = ids.indexOf(id) + 1;
    announce(at > 0 ? say("movedTo", { text, place: at, count: isWhole ? ids.length : max }) : say("takenOut", { text }));
  }

  function keepAll() {
    change(standing().map((row) => row.id));
    // The button has gone.
    standing()[0].select.focus();
  }

  /** @param {number[]} next */
  function change(next) {
    ids = next;
    draw();
    give(order(ids));
  }

  function draw() {
    const all = standing();
    const focused = document.activeElement;
    const isMoved = all.some((row, index) => lines.children[index] !== row.element);
    if (isMoved) lines.append(...all.map((row) => row.element));
    all.forEach((row, index) =>
      row.show({ place: ids.indexOf(row.id) + 1, index, count: ids.length, all: all.length, isFrozen }));
    all.find((row) => row.element.contains(focused))?.focus(focused);
    keep.hidden = !isWhole || ids.length > 0;
    keep.disabled = isFrozen;
  }

  /** @param {ItemResponse | null} response */
  function set(response) {
    ids = (response?.order ?? []).filter((id) => options.some((option) => option.id === id));
    draw();
  }

  const prompt = isWhole ? say("orderAll") : say("orderSome", { min, max });
  return {
    kind: "order", prompt, elements: [lines, keep], set, clear: () => set(null),
    freeze: (isNow) => {
      isFrozen = isNow;
      draw();
    },
  };
}

/**
 * One option's line.
 * @param {Ask<any>} ask
 * @param {Choice} option
 * @param {{isWhole: boolean, max: number, move: Move}} how
 */
function rowOf({ say, show, plain }, option, { isWhole, max, move }) {
  const { id } = option;
  const text = plain(option);
  /** @type {(name: string, by: number, sign: string) => HTMLButtonElement} */
  const step = (name, by, sign) => h("button", {
    type: "button", "data-step": name, "aria-label": say(name, { text }), click: () => move({ id, text }, by, true),
  }, sign);
  const [up, down] = [step("moveUp", -1, "↑"), step("moveDown", 1, "↓")];
  const places = Array.from({ length: max }, (_, index) => h("option", { value: index + 1 }, String(index + 1)));
  const none = h("option", { value: 0 }, "–");
  const select = h("select", {
    "aria-label": say("placeOf", { text }), "data-place": id,
    change: ({ target }) => move({ id, text }, Number(target.value), false),
  }, none, places);
  const element = h("li", { "data-option": id }, select, show(option), h("span", { class: "steps" }, up, down));
  return {
    id, element, select,
    /**
     * Gives the focus back to what had it, or to the next that can have it.
     * @param {Element | null} focused
     */
    focus: (focused) => {
      const order = [up, down, select];
      (order.find((each) => each === focused && !each.disabled) ?? order.find((each) => !each.disabled))?.focus();
    },
    /** @param {Standing} standing */
    show: ({ place, index, count, isFrozen, all }) => {
      const isFull = !isWhole && place === 0 && count >= max;
      select.value = String(place);
      select.disabled = isFrozen || isFull;
      // In a whole order nothing is taken out singly; places beyond the next free one would leave a hole.
      none.disabled = none.hidden = isWhole && count > 0;
      places.forEach((each, at) => (each.disabled = !isWhole && at > count - (place > 0 ? 1 : 0)));
      up.disabled = isFrozen || isFull || (isWhole ? index === 0 : place === 1);
      down.disabled = isFrozen || (isWhole ? index === all - 1 : place === 0 || place === count);
      element.dataset.placed = String(place > 0);
    },
  };
}
