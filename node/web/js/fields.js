// What an item is answered with: the kinds that most papers have. The others are in kinds/, loaded where a paper has them.
//
// A field is made for {name, kind, say, label, isInline, list, show, give}: `name` is its own within the page, `list` puts
// options into the candidate's order, `show` gives an option's element, `give` takes the response. It has {kind, prompt,
// elements, set(response), clear(), freeze(isFrozen)}.
import { h, setText } from "./dom.js";
import { unreachable } from "./problems.js";
import { choice, choices, number } from "./response.js";

/** A text of the paper with its language, in the one asked for or else in the paper's own. */
export function paperText(paper, text, language) {
  const lang = [language, ...paper.languages, ...Object.keys(text)].find((each) => text[each] !== undefined);
  return { text: text[lang] ?? "", lang };
}

/** Whether a paper needs what is in kinds/: it has formatted texts, other kinds, or an order of its own. */
export function isRich({ items, order }) {
  const isPlain = ({ kind, body, stimulus, is_fixed: isFixed }) => {
    const options = kind === "number" ? [] : kind.choice ?? kind.choices;
    return options?.every((option) => !option.body && !option.is_fixed) && !body && stimulus == null && !isFixed;
  };
  return (order ?? "shuffled") !== "shuffled" || !items.every(isPlain);
}

/** What shows a paper that is rich; null for others. Throws a Problem where it cannot be fetched. */
export function kindsFor(paper) {
  const missing = () => {
    throw unreachable();
  };
  return isRich(paper) ? import("./kinds/question.js").catch(missing) : null;
}

/** The field for one of the first kinds; undefined for another. */
export function firstField(ask) {
  const { kind, say } = ask;
  if (kind === "number") return numberField(ask);
  if (kind.choice) return optionsField(ask, kind.choice, { kind: "choice", prompt: say("chooseOne"), respond: ([id]) => choice(id) });
  if (kind.choices) return optionsField(ask, kind.choices, { kind: "choices", prompt: say("chooseAny"), respond: choices });
  return undefined;
}

/** Disables or gives back. */
export const freezeAll = (inputs) => (isFrozen) => {
  for (const input of inputs) input.disabled = isFrozen;
};

/** Options, each in a line. `respond` makes the response of the chosen ones; `type` is theirs where it is not the kind's. */
export function optionsField({ name, list, show, give }, options, { kind, prompt, respond, type }) {
  const changed = () => give(respond(inputs.filter((input) => input.checked).map((input) => Number(input.dataset.option))));
  const inputs = [];
  const elements = list(options).map((option) => {
    const input = h("input", { type: type ?? (kind === "choice" ? "radio" : "checkbox"), name, "data-option": option.id, change: changed });
    inputs.push(input);
    return h("label", { class: "option" }, input, show(option));
  });
  const set = (response) => {
    const chosen = response?.choices ?? [response?.choice];
    for (const input of inputs) input.checked = chosen.includes(Number(input.dataset.option));
  };
  return { kind, prompt, elements, inputs, set, clear: () => set(null), freeze: freezeAll(inputs) };
}

function numberField({ name, say, label, isInline, give }) {
  const error = h("p", { class: "error", id: `${name}-error`, role: "alert", hidden: true });
  const typed = () => {
    const { invalid, response = null } = number(input.value);
    setText(error, invalid ? say("notNumber") : "");
    error.hidden = !invalid;
    input.setAttribute("aria-invalid", invalid === true);
    return response;
  };
  const input = h("input", {
    type: "text", inputmode: "decimal", autocomplete: "off", "data-number": true, "aria-describedby": error.id,
    input: () => give(typed()),
  });
  const set = (response) => {
    input.value = response?.number ?? "";
    typed();
  };
  const words = h("span", { class: isInline && "unseen" }, label ?? say("typeNumber"));
  return {
    kind: "number", elements: [h("label", { class: isInline ? "inline" : "number" }, words, input), error],
    set: (response) => document.activeElement === input || set(response), clear: () => set(null), freeze: freezeAll([input]),
  };
}
