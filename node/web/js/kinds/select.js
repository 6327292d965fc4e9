// Choosing several within a limit, and choosing one from a list within a line of text.
import { h } from "../dom.js";
import { freezeAll, optionsField } from "../fields.js";
import { choice, choices } from "../response.js";

/** What is asked where several may be chosen. */
export function limitWords({ say, tell }, count, min, max) {
  if (max === 1) return say("chooseOne");
  if (min > 1) return tell(min === max ? "chooseExactly" : "chooseBetween", { min, max });
  return max < count ? tell("chooseUpTo", { max }) : say("chooseAny");
}

/** Checkboxes of which `max` may be chosen: then the others rest, and that is said. Radio buttons where one may. */
export function selectField(ask) {
  const { options, min = 0, max } = ask.kind.select;
  return limited(ask, { kind: "select", options, min, max });
}

/** The same for what is chosen elsewhere too, under the name of `kind`. */
export function limited(ask, { kind, options, min, max }) {
  const { tell, announce } = ask;
  let isFrozen = false;
  const rest = () => {
    const isFull = max > 1 && field.inputs.filter((input) => input.checked).length >= max;
    for (const input of field.inputs) input.disabled = isFrozen || (isFull && !input.checked);
    return isFull;
  };
  const give = (response) => {
    const isFull = rest();
    if (isFull && max < options.length) announce(tell("fullNow", { max }));
    ask.give(response);
  };
  const field = optionsField({ ...ask, give }, options, {
    kind, prompt: limitWords(ask, options.length, min, max), respond: choices, type: max === 1 ? "radio" : "checkbox",
  });
  const set = (response) => {
    field.set(response);
    rest();
  };
  const freeze = (isNow) => {
    isFrozen = isNow;
    rest();
  };
  return { ...field, set, clear: () => set(null), freeze };
}

/** A list to choose one from. */
export function dropdownField(ask) {
  const { tell, label, list, plain, give, isInline } = ask;
  const chosen = () => give(select.value === "" ? null : choice(Number(select.value)));
  const lines = list(ask.kind.dropdown).map((option) => h("option", { value: option.id, "data-option": option.id }, plain(option)));
  const select = h("select", { "data-choice": true, change: chosen }, h("option", { value: "" }, tell("choose")), lines);
  const words = h("span", { class: isInline && "unseen" }, label ?? tell("choose"));
  const set = (response) => {
    select.value = response?.choice ?? "";
  };
  return {
    kind: "dropdown", elements: [h("label", { class: isInline ? "inline" : "number" }, words, select)],
    set, clear: () => set(null), freeze: freezeAll([select]),
  };
}

