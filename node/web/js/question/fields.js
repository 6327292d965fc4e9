// What an item is answered with: the kinds that most papers have. The others are in kinds/, loaded where a paper has them.
// What a field is made for, and what it has, stands in ask.js.
import { h, setText } from "../dom.js";
import { unreachable } from "../district/problems.js";
import { choice, choices, number } from "./response.js";

/**
 * @import {Field, FirstAsk} from "./ask.js"
 * @import {Choice, Item, Paper} from "./paper.js"
 * @import {ItemResponse} from "./response.js"
 */

/**
 * A text of the paper with its language, in the one asked for or else in the paper's own.
 * @template T
 * @param {Pick<Paper, "languages">} paper
 * @param {Record<string, T>} text by language
 * @param {string} language
 * @returns {{text: T | "", lang: string}}
 */
export function paperText(paper, text, language) {
  const lang = [language, ...paper.languages, ...Object.keys(text)].find((each) => text[each] !== undefined) ?? language;
  return { text: text[lang] ?? "", lang };
}

/**
 * Whether a paper needs what is in kinds/: it has formatted texts, other kinds, or an order of its own.
 * @param {Pick<Paper, "items" | "order">} paper
 */
export function isRich({ items, order }) {
  const isPlain = (/** @type {Item} */ { kind, body, stimulus, is_fixed: isFixed }) => {
    const options = kind === "number" ? [] : kind.choice ?? kind.choices;
    return options?.every((option) => !option.body && !option.is_fixed) && !body && stimulus == null && !isFixed;
  };
  return (order ?? "shuffled") !== "shuffled" || !items.every(isPlain);
}

/**
 * What shows a paper that is rich; null for others. Throws a Problem where it cannot be fetched.
 * @param {Paper} paper
 */
export function kindsFor(paper) {
  const missing = () => {
    throw unreachable();
  };
  return isRich(paper) ? import("./kinds/question.js").catch(missing) : null;
}

/**
 * The field for one of the first kinds; undefined for another.
 * @param {FirstAsk} ask
 * @returns {Field | undefined}
 */
export function firstField(ask) {
  const { kind, say } = ask;
  if (kind === "number") return numberField(ask);
  if (kind.choice) {
    return optionsField(ask, kind.choice, { kind: "choice", prompt: say("chooseOne"), respond: ([id]) => choice(id) });
  }
  if (kind.choices) return optionsField(ask, kind.choices, { kind: "choices", prompt: say("chooseAny"), respond: choices });
  return undefined;
}

/**
 * Disables or gives back.
 * @param {Iterable<{disabled: boolean}>} inputs
 */
export const freezeAll = (inputs) => (/** @type {boolean} */ isFrozen) => {
  for (const input of inputs) input.disabled = isFrozen;
};

/**
 * Options, each in a line. `respond` makes the response of the chosen ones; `type` is theirs where it is not the kind's.
 * @template {Choice} Option
 * @param {Pick<FirstAsk, "name" | "give" | "show"> & {list: (options: Option[]) => Option[]}} ask
 * @param {Option[]} options
 * @param {{kind: string, prompt: string, respond: (chosen: number[]) => ItemResponse | null, type?: string}} how
 * @returns {Field & {inputs: HTMLInputElement[]}}
 */
export function optionsField({ name, list, show, give }, options, { kind, prompt, respond, type }) {
  const changed = () => give(respond(inputs.filter((input) => input.checked).map((input) => Number(input.dataset.option))));
  /** @type {HTMLInputElement[]} */
  const inputs = [];
  const elements = list(options).map((option) => {
    const shape = type ?? (kind === "choice" ? "radio" : "checkbox");
    const input = h("input", { type: shape, name, "data-option": option.id, change: changed });
    inputs.push(input);
    return h("label", { class: "option" }, input, show(option));
  });
  const set = (/** @type {ItemResponse | null} */ response) => {
    const chosen = response?.choices ?? [response?.choice];
    for (const input of inputs) input.checked = chosen.includes(Number(input.dataset.option));
  };
  return { kind, prompt, elements, inputs, set, clear: () => set(null), freeze: freezeAll(inputs) };
}

/**
 * @param {Pick<FirstAsk, "name" | "say" | "label" | "isInline" | "give">} ask
 * @returns {Field}
 */
function numberField({ name, say, label, isInline, give }) {
  const error = h("p", { class: "error", id: `${name}-error`, role: "alert", hidden: true });
  const typed = () => {
    const { invalid, response = null } = number(input.value);
    setText(error, invalid ? say("notNumber") : "");
    error.hidden = !invalid;
    input.setAttribute("aria-invalid", String(invalid === true));
    return response;
  };
  /** @type {HTMLInputElement} */
  const input = h("input", {
    type: "text", inputmode: "decimal", autocomplete: "off", "data-number": true, "aria-describedby": error.id,
    input: () => give(typed()),
  });
  const set = (/** @type {ItemResponse | null} */ response) => {
    input.value = response?.number ?? "";
    typed();
  };
  const words = h("span", { class: isInline && "unseen" }, label ?? say("typeNumber"));
  return {
    kind: "number", elements: [h("label", { class: isInline ? "inline" : "number" }, words, input), error],
    set: (response) => document.activeElement === input || set(response), clear: () => set(null), freeze: freezeAll([input]),
  };
}
