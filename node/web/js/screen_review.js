// The last look before handing in: counts, the way back to each question, and the one button that ends the exam.
import { h, setText, show } from "./dom.js";
import { STATES, counts, itemState, safetyCounts } from "./palette.js";
import { stateWords } from "./screen_exam.js";

/** Shows the review. */
export function showReview(app) {
  const { say, attempt } = app;
  const { order, seen } = attempt.record;
  const isSeen = new Set(seen);
  const table = h("dl", { "data-view": "review" });
  const sum = h("p", { role: "status", class: "sum" });
  const status = h("div", { role: "status" });
  const trouble = h("div", { role: "status" });
  const submit = h("button", { type: "button", class: "main", "data-do": "submit", click: () => dialog.showModal() }, say("submit"));
  const back = h("button", { type: "button", "data-do": "back", click: () => app.openItem(attempt.record.position) }, say("back"));
  const dialog = h("dialog", { "aria-labelledby": "sure" },
    h("p", { id: "sure" }, say("submitSure")),
    h("div", { class: "row" },
      h("button", { type: "button", class: "main", "data-do": "submit-yes", click: () => { dialog.close(); hand(); } }, say("submitYes")),
      h("button", { type: "button", "data-do": "submit-no", click: () => dialog.close() }, say("submitNo"))));
  const open = order.map((place, index) => ({ index, state: itemState(attempt.answers.get(place.item), isSeen.has(place.item)) }))
    .filter(({ state }) => state !== "answered");

  async function hand() {
    submit.disabled = true;
    status.replaceChildren(h("p", { class: "notice" }, say("submitting")));
    try {
      await attempt.submit();
    } catch (problem) {
      if (!problem.slug) app.fault(problem);
      const detail = problem.slug === "digest-differs" ? say("digestDiffers") : app.explain(problem);
      status.replaceChildren(h("p", { class: "error" }, say("submitFailed", { detail })));
      submit.disabled = false;
    }
  }

  function changed() {
    const all = counts(order.map((place) => place.item), attempt.answers, isSeen);
    const rows = STATES.flatMap((state) => [h("dt", {}, stateWords(say, state)), h("dd", { "data-count": state }, String(all[state]))]);
    table.replaceChildren(...rows);
    setText(sum, say("sum", safetyCounts(attempt.answers.values())));
    app.showTrouble(trouble);
  }

  show(
    h("h1", {}, say("reviewTitle")), trouble, table, sum,
    open.length > 0 && h("ul", { class: "palette" }, open.map(({ index, state }) => h("li", {},
      h("button", { type: "button", "data-state": state, "aria-label": say("item", { place: index + 1, state: stateWords(say, state) }), click: () => app.openItem(index) }, String(index + 1))))),
    h("p", { class: "notice" }, say("reviewHint")), status, h("div", { class: "row" }, submit, back), dialog,
  );
  changed();
  return { changed, tick: () => { back.disabled = attempt.isFrozen; } };
}
