// A text: kept half a second after the last key, when the field is left, and now and then while somebody types on.
import { h, setText } from "../../dom.js";
import { charsOf, cleaned, text } from "./responses.js";

const PAUSE_MS = 500;
/** Somebody who never rests is saved all the same. */
const PAUSE_MAX_MS = 5_000;
/** So near to the end every key is saved at once. */
const SOON_MS = 5_000;
/** From here on a screen reader is told of what is left. */
const FEW = [50, 10, 0];
/** Within a line of text it is not shown before. */
const INLINE_FEW = 5;

/**
 * The field.
 * @param {import("../ask.js").Ask<{text: import("../paper.js").TextField}>} ask
 * @returns {import("../ask.js").Field}
 */
export function textField(ask) {
  const { name, say, label, isInline, remaining, announce } = ask;
  const { lines, chars_max: max, chars_expected: expected } = ask.kind.text;
  const isLong = lines > 1;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let since = 0;
  let leftBefore = max;

  const left = h("span", { class: "hint", id: `${name}-left` });
  const input = h(isLong ? "textarea" : "input", {
    type: !isLong && "text", rows: isLong && lines, size: !isLong && Math.min(expected ?? 30, 60), autocomplete: "off",
    spellcheck: "false", "data-text": true, "aria-describedby": left.id,
    input: (event) => typed(event.isComposing), compositionend: () => typed(false), blur: () => flush(),
  });

  function showLeft() {
    const count = max - charsOf(input.value);
    setText(left, say("charsLeft", { count }));
    left.hidden = !isLong && count > (isInline ? INLINE_FEW : FEW[0]);
    const passed = FEW.find((few) => count <= few && leftBefore > few);
    if (passed !== undefined) announce(say("charsLeft", { count }));
    leftBefore = count;
  }

  /** @param {boolean} isComposing */
  function typed(isComposing) {
    // What an input method is still making is left alone; what is given is cut in any case.
    const fitting = cleaned(input.value, max);
    if (!isComposing && fitting !== input.value) input.value = fitting;
    showLeft();
    if (timer === undefined) since = performance.now();
    clearTimeout(timer);
    const isEnding = (remaining() ?? Infinity) < SOON_MS;
    timer = setTimeout(flush, isEnding || performance.now() - since > PAUSE_MAX_MS ? 0 : PAUSE_MS);
  }

  function flush() {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    ask.give(text(input.value, max));
  }

  /** @param {import("../response.js").ItemResponse | null} response */
  function set(response) {
    // What was typed and is not given yet is newer.
    if (timer !== undefined) return;
    input.value = response?.text ?? "";
    leftBefore = max - charsOf(input.value);
    showLeft();
  }

  function clear() {
    clearTimeout(timer);
    timer = undefined;
    set(null);
  }

  const words = h("span", { class: isInline && "unseen" }, label ?? say("writeText"));
  const frame = h("label", { class: isInline ? "inline" : "wide" }, words, input);
  return {
    kind: "text", elements: [frame, left], set, clear, flush,
    freeze: (isFrozen) => {
      input.disabled = isFrozen;
    },
  };
}
