// Asks once more before the exam is handed in. It is the only dialog of the page, and opens by the candidate's own press.
import { h, setText } from "../dom.js";

/**
 * @param {import("../question/ask.js").Say} say
 * @param {() => void} agreed
 * @returns {{element: HTMLElement, open: (totals: {answered: number, count: number}) => void}}
 */
export function sureDialog(say, agreed) {
  const agree = () => {
    dialog.close();
    agreed();
  };
  const totals = h("p", {});
  // A key that is held down opens the dialog and presses what has the focus in it: that is the way back.
  /** @type {HTMLDialogElement} */
  const dialog = h("dialog", { "aria-labelledby": "sure" },
    h("p", { id: "sure" }, say("submitSure")), totals,
    h("div", { class: "row" },
      h("button", { type: "button", class: "main", "data-do": "submit-yes", click: agree }, say("submitYes")),
      h("button", { type: "button", "data-do": "submit-no", autofocus: true, click: () => dialog.close() }, say("submitNo"))));
  const open = (/** @type {{answered: number, count: number}} */ now) => {
    setText(totals, say("submitTotals", now));
    if (!dialog.open) dialog.showModal();
  };
  return { element: dialog, open };
}
