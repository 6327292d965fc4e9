// An item of several parts, each with its own field. A part stands at its place in the text, or below it.
import { h, setText } from "../dom.js";
import { fits, parts } from "./responses.js";

/** Kinds that stand within a line of text. */
const INLINE = new Set(["dropdown", "text", "number"]);
const kindName = (kind) => (typeof kind === "string" ? kind : Object.keys(kind)[0]);

/**
 * The field. `partOf(part, no, isInline, give)` makes a part's: a field with `body`, what the part says, and `label`.
 */
export function partsField(ask, partOf) {
  const { tell, give, name, placed } = ask;
  let given = {};
  const error = h("p", { class: "error", id: `${name}-parts`, role: "alert", hidden: true });
  const take = (no) => (response) => {
    const next = parts({ ...given, [no]: response });
    const isTooLong = !fits(next);
    setText(error, isTooLong ? tell("tooLong") : "");
    error.hidden = !isTooLong;
    if (isTooLong) return;
    given = next?.parts ?? {};
    give(next);
  };
  const list = ask.kind.parts.map((part, index) => {
    const no = index + 1;
    const isLong = (part.kind.text?.lines ?? 1) > 1;
    const isInline = placed.has(no) && INLINE.has(kindName(part.kind)) && !isLong;
    return { no, isInline, ...partOf(part, no, isInline, take(no)) };
  });
  const waiting = new Set(list);
  const block = ({ no, field, body, label }) =>
    h("div", { class: "part", role: "group", "aria-label": label, "data-part": no }, h("p", { class: "hint" }, label), body,
      field.prompt && h("p", { class: "hint" }, field.prompt), field.elements, field.after?.());
  const inline = ({ no, field }) => h("span", { "data-part": no }, field.elements);
  const part = (no) => {
    const found = list[no - 1];
    if (!waiting.delete(found)) return null;
    return found.isInline ? inline(found) : block(found);
  };
  const all = (act) => list.forEach(({ field, no }) => act(field, no));
  return {
    kind: "parts", elements: [], places: { part }, after: () => [...[...waiting].map(block), error],
    set: (response) => {
      given = { ...(response?.parts ?? {}) };
      all((field, no) => field.set(given[no] ?? null));
    },
    clear: () => {
      given = {};
      all((field) => field.clear());
    },
    freeze: (isFrozen) => all((field) => field.freeze(isFrozen)),
    flush: () => all((field) => field.flush?.()),
  };
}

/** The numbers of the parts that content has places for. Pure. */
export function placedIn(content, found = new Set()) {
  for (const node of content) {
    if (node.part !== undefined) found.add(node.part);
    if (node.content) placedIn(node.content, found);
  }
  return found;
}
