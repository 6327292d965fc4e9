// The buttons below a question, those of Indian computer tests. Every selection is saved when it is made; "Save & Next" only
// goes on. "Clear Response" takes the mark away with the answer, as known tests do; a marked question has a button that takes
// the mark alone.
import { h, setText } from "../dom.js";

/**
 * @param {import("./player.js").Player} app
 * @param {{next: () => void, mark: () => void, clear: () => void, previous: () => void}} act
 */
export function controls(app, act) {
  const { say } = app;
  /** @type {(name: string, click: () => void, props?: Record<string, string>) => HTMLButtonElement} */
  const button = (name, click, props) => h("button", { type: "button", "data-do": name, click, ...props }, say(name));
  const mark = button("mark", act.mark);
  const clear = button("clear", act.clear);
  const previous = button("previous", act.previous);
  const next = button("next", act.next, { class: "main" });
  const review = button("review", () => app.openReview());
  return {
    element: h("div", { class: "controls" }, h("div", {}, next, mark, clear), h("div", {}, previous, review)),
    /** @param {{isMarked: boolean, isFrozen: boolean, isFirst: boolean}} now */
    update({ isMarked, isFrozen, isFirst }) {
      setText(mark, say(isMarked ? "unmark" : "mark"));
      mark.dataset.marked = String(isMarked);
      mark.disabled = isFrozen;
      clear.disabled = isFrozen;
      previous.disabled = isFirst;
    },
  };
}
