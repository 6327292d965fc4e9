// An item of several parts, each with its own field. A part stands at its place in the text, or below it.
import { h, setText } from "../../dom.js";
import { fits, parts } from "./responses.js";

/**
 * @import {Child} from "../../dom.js"
 * @import {Ask, Field, Give} from "../ask.js"
 * @import {FlowNode, ItemKind, Part} from "../paper.js"
 * @import {ItemResponse} from "../response.js"
 *
 * A part's field, with what the part says.
 * @typedef {{field: Field, label: string, body: Child}} PartField
 * @typedef {PartField & {no: number, isInline: boolean}} Placed
 */

/** Kinds that stand within a line of text. */
const INLINE = new Set(["dropdown", "text", "number"]);
/** @param {ItemKind} kind */
const kindName = (kind) => (typeof kind === "string" ? kind : Object.keys(kind)[0]);

/**
 * The field; `partOf` makes a part's.
 * @param {Ask<{parts: Part[]}>} ask
 * @param {(part: Part, no: number, isInline: boolean, give: Give) => PartField} partOf
 * @returns {Field}
 */
export function partsField(ask, partOf) {
  const { say, give, name, placed } = ask;
  /** @type {Record<string, ItemResponse | null>} */
  let given = {};
  const error = h("p", { class: "error", id: `${name}-parts`, role: "alert", hidden: true });
  /**
   * @param {number} no
   * @returns {Give}
   */
  const take = (no) => (response) => {
    const next = parts({ ...given, [no]: response });
    const isTooLong = !fits(next);
    setText(error, isTooLong ? say("tooLong") : "");
    error.hidden = !isTooLong;
    if (isTooLong) return;
    given = next?.parts ?? {};
    give(next);
  };
  const list = ask.kind.parts.map((part, index) => {
    const no = index + 1;
    const isLong = part.kind !== "number" && (part.kind.text?.lines ?? 1) > 1;
    const isInline = Boolean(placed?.has(no)) && INLINE.has(kindName(part.kind)) && !isLong;
    return { no, isInline, ...partOf(part, no, isInline, take(no)) };
  });
  const waiting = new Set(list);
  /** @param {Placed} part */
  const block = ({ no, field, body, label }) =>
    h("div", { class: "part", role: "group", "aria-label": label, "data-part": no }, h("p", { class: "hint" }, label), body,
      field.prompt && h("p", { class: "hint" }, field.prompt), field.elements, field.after?.());
  /** @param {Placed} part */
  const inline = ({ no, field }) => h("span", { "data-part": no }, field.elements);
  /** @param {number} no */
  const part = (no) => {
    const found = list[no - 1];
    if (!waiting.delete(found)) return null;
    return found.isInline ? inline(found) : block(found);
  };
  /** @param {(field: Field, no: number) => void} act */
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

/**
 * The numbers of the parts that content has places for. Pure.
 * @param {FlowNode[]} content
 * @param {Set<number>} [found]
 */
export function placedIn(content, found = new Set()) {
  for (const node of content) {
    if (typeof node === "string") continue;
    if (node.part !== undefined) found.add(node.part);
    if (node.content) placedIn(node.content, found);
  }
  return found;
}
