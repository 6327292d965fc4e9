// A number on a scale: a slider, and beside it a field to type the same number. Nothing is given until one of them is used.
import { h, setText } from "../../dom.js";
import { number } from "../response.js";

/** Steps of a slider; a finer scale has the field alone. */
const STEPS_MAX = 100_000n;

/**
 * A scale of decimal texts, exact; null where it is none. Pure.
 * @param {import("../paper.js").Slider} slider
 * @returns {{count: bigint, at: (index: number | string) => string, indexOf: (text: string) => number} | null}
 */
export function scaleOf({ from, to, step }) {
  const places = Math.max(...[from, to, step].map((text) => (text.split(".")[1] ?? "").length));
  const [least, greatest, width] = [from, to, step].map((text) => scaled(text, places));
  if (least === null || greatest === null || width === null || width <= 0n || greatest < least) return null;
  const count = (greatest - least) / width;
  return {
    count,
    at: (index) => decimal(least + BigInt(index) * width, places),
    indexOf: (text) => {
      const more = (text.split(".")[1] ?? "").replace(/0+$/u, "").length > places;
      const value = more ? null : scaled(text, places);
      if (value === null || value < least || value > greatest || (value - least) % width !== 0n) return -1;
      return Number((value - least) / width);
    },
  };
}

/**
 * A decimal text as a whole number of its last place; null where it is none.
 * @param {string} text
 * @param {number} places
 */
function scaled(text, places) {
  const [, sign, whole, part = ""] = /^([+-]?)(\d*)(?:\.(\d*))?$/u.exec(text) ?? [];
  if (whole === undefined || whole + part === "") return null;
  const digits = BigInt(`${whole}${part.padEnd(places, "0").slice(0, places)}` || "0");
  return sign === "-" ? -digits : digits;
}

/**
 * @param {bigint} value
 * @param {number} places
 */
function decimal(value, places) {
  const digits = String(value < 0n ? -value : value).padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places);
  return `${value < 0n ? "-" : ""}${places > 0 ? `${whole}.${digits.slice(-places)}` : whole}`;
}

/**
 * The field.
 * @param {import("../ask.js").Ask<{slider: import("../paper.js").Slider}>} ask
 * @returns {import("../ask.js").Field}
 */
export function sliderField(ask) {
  const { name, say, label, give } = ask;
  const { slider } = ask.kind;
  const scale = scaleOf(slider);
  const hasRange = scale !== null && scale.count <= STEPS_MAX;
  const words = say("sliderAsk", slider);
  const error = h("p", { class: "error", id: `${name}-scale`, role: "alert", hidden: true });
  const told = h("span", { class: "hint" });
  const range = h("input", {
    type: "range", min: 0, max: hasRange ? String(scale.count) : 0, step: 1, value: 0, "aria-label": label ?? words, hidden: !hasRange,
    input: () => chosen(), keydown: (event) => ["Enter", " "].includes(event.key) && chosen(),
  });
  const input = h("input", {
    type: "text", inputmode: "decimal", autocomplete: "off", "data-number": true, "aria-describedby": error.id,
    input: () => typed(),
  });

  /** @param {boolean} isWrong */
  const tellError = (isWrong) => {
    setText(error, isWrong ? say("sliderOff", slider) : "");
    error.hidden = !isWrong;
    input.setAttribute("aria-invalid", String(isWrong));
  };
  /** @param {string | null} text */
  const show = (text) => {
    const index = scale && text !== null ? scale.indexOf(text) : -1;
    if (hasRange) range.value = String(Math.max(0, index));
    range.classList.toggle("unset", text === null);
    const said = text ?? say("sliderUnset");
    range.setAttribute("aria-valuetext", said);
    setText(told, said);
  };
  function chosen() {
    if (!scale) return;
    const text = scale.at(range.value);
    input.value = text;
    tellError(false);
    show(text);
    give({ number: text });
  }
  function typed() {
    const { invalid, response = null } = number(input.value);
    const isOff = response && scale && scale.indexOf(response.number) < 0;
    const isWrong = Boolean(invalid || isOff);
    tellError(isWrong);
    show(isWrong ? null : response?.number ?? null);
    give(isWrong ? null : response);
  }
  /** @param {import("../response.js").ItemResponse | null} response */
  const set = (response) => {
    if (document.activeElement !== input) input.value = response?.number ?? "";
    tellError(false);
    show(response?.number ?? null);
  };
  const clear = () => {
    input.value = "";
    set(null);
  };
  const remove = h("button", { type: "button", click: () => {
    clear();
    give(null);
  } }, say("sliderClear"));
  const scaleLine = h("div", { class: "scale" }, h("span", {}, slider.from), range, h("span", {}, slider.to), told);
  return {
    kind: "slider", prompt: words, set, clear,
    elements: [scaleLine, h("label", { class: "number" }, h("span", {}, label ?? say("sliderType")), input), error, remove],
    freeze: (isFrozen) => {
      for (const each of [range, input, remove]) each.disabled = isFrozen;
    },
  };
}
