// Choosing several within a limit, and choosing one from a list within a line of text.
import { h } from "../../dom.js";
import { freezeAll, optionsField } from "../fields.js";
import { choice, choices } from "../response.js";

/**
 * @import {Ask, Field, Say} from "../ask.js"
 * @import {Area, Choice, ItemKind, Select} from "../paper.js"
 * @import {ItemResponse} from "../response.js"
 */

/**
 * What is asked where several may be chosen.
 * @param {{say: Say}} page
 * @param {number} count
 * @param {number} min
 * @param {number} max
 */
export function limitWords({ say }, count, min, max) {
  if (max === 1) return say("chooseOne");
  if (min > 1) return say(min === max ? "chooseExactly" : "chooseBetween", { min, max });
  return max < count ? say("chooseUpTo", { max }) : say("chooseAny");
}

/**
 * Checkboxes of which `max` may be chosen: then the others rest, and that is said. Radio buttons where one may.
 * @param {Ask<{select: Select}>} ask
 */
export function selectField(ask) {
  const { options, min = 0, max } = ask.kind.select;
  return limited(ask, { kind: "select", options, min, max });
}

/**
 * The same for what is chosen elsewhere too, under the name of `kind`.
 * @param {Ask<ItemKind>} ask
 * @param {{kind: string, options: (Choice | Area)[], min: number, max: number}} what
 * @returns {Field & {inputs: HTMLInputElement[]}}
 */
export function limited(ask, { kind, options, min, max }) {
  const { say, announce } = ask;
  let isFrozen = false;
  const rest = () => {
    const isFull = max > 1 && field.inputs.filter((input) => input.checked).length >= max;
    for (const input of field.inputs) input.disabled = isFrozen || (isFull && !input.checked);
    return isFull;
  };
  /** @param {ItemResponse | null} response */
  const give = (response) => {
    const isFull = rest();
    if (isFull && max < options.length) announce(say("fullNow", { max }));
    ask.give(response);
  };
  const field = optionsField({ ...ask, give }, options, {
    kind, prompt: limitWords(ask, options.length, min, max), respond: choices, type: max === 1 ? "radio" : "checkbox",
  });
  /** @param {ItemResponse | null} response */
  const set = (response) => {
    field.set(response);
    rest();
  };
  /** @param {boolean} isNow */
  const freeze = (isNow) => {
    isFrozen = isNow;
    rest();
  };
  return { ...field, set, clear: () => set(null), freeze };
}

/**
 * A list to choose one from.
 * @param {Ask<{dropdown: Choice[]}>} ask
 * @returns {Field}
 */
export function dropdownField(ask) {
  const { say, label, list, entry, give, isInline } = ask;
  const lines = list(ask.kind.dropdown).map((option) => entry(option, { "data-option": option.id }));
  const select = h("select", {
    "data-choice": true, change: ({ target }) => give(target.value === "" ? null : choice(Number(target.value))),
  }, h("option", { value: "" }, say("choose")), lines);
  const words = h("span", { class: isInline && "unseen" }, label ?? say("choose"));
  /** @param {ItemResponse | null} response */
  const set = (response) => {
    select.value = String(response?.choice ?? "");
  };
  return {
    kind: "dropdown", elements: [h("label", { class: isInline ? "inline" : "number" }, words, select)],
    set, clear: () => set(null), freeze: freezeAll([select]),
  };
}

