// The last look before handing in: counts, the way back to each question, and the one button that ends the exam.
import { h, setText, show } from "./dom.js";
import { STATES, counts, itemState, safetyCounts } from "./palette.js";
import { stateWords } from "./screen_exam.js";

/** Shows the review. */
export function showReview(app) {
  const { say, attempt } = app;
  const { places: order } = app;
  const { seen } = attempt.record;
  const isSeen = new Set(seen);
  const stateOf = (place) => itemState(attempt.answers.get(place.item), isSeen.has(place.item));
  const table = h("dl", { "data-view": "review" });
  const sum = h("p", { role: "status", class: "sum" });
  const trouble = h("div", { role: "status" });
  const status = h("div", { role: "status" });
  const button = (name, click, props) => h("button", { type: "button", "data-do": name, click, ...props }, say(name));
  const dialog = sureDialog(app, () => handIn(app, submit, status));
  const submit = button("submit", () => dialog.showModal(), { class: "main" });
  const back = button("back", () => app.openItem(attempt.record.position));
  const openItems = order.map((place, index) => openItem(app, index, stateOf(place)));
  const open = openItems.filter((_, index) => stateOf(order[index]) !== "answered");
  const changed = () => {
    const all = counts(order.map((place) => place.item), attempt.answers, isSeen);
    const line = (state) => [h("dt", {}, stateWords(say, state)), h("dd", { "data-count": state }, String(all[state]))];
    table.replaceChildren(...STATES.flatMap(line));
    setText(sum, say("sum", safetyCounts(attempt.answers.values())));
    app.showTrouble(trouble);
  };
  show(
    h("h1", {}, say("reviewTitle")), trouble, table, sum,
    open.length > 0 ? h("ul", { class: "palette" }, open) : "",
    h("p", { class: "notice" }, say("reviewHint")), status, h("div", { class: "row" }, submit, back), dialog,
  );
  changed();
  return { changed, tick: () => { back.disabled = attempt.isFrozen; } };
}

/** The way back to a question that is not simply answered. */
function openItem(app, index, state) {
  const label = app.say("item", { place: index + 1, state: stateWords(app.say, state) });
  const props = { type: "button", "data-state": state, "aria-label": label, click: () => app.openItem(index) };
  return h("li", {}, h("button", props, String(index + 1)));
}

function sureDialog(app, yes) {
  const { say } = app;
  const agree = () => {
    dialog.close();
    yes();
  };
  const dialog = h("dialog", { "aria-labelledby": "sure" },
    h("p", { id: "sure" }, say("submitSure")),
    h("div", { class: "row" },
      h("button", { type: "button", class: "main", click: agree }, say("submitYes")),
      h("button", { type: "button", click: () => dialog.close() }, say("submitNo"))));
  return dialog;
}

async function handIn(app, submit, status) {
  const { say, attempt } = app;
  submit.disabled = true;
  status.replaceChildren(h("p", { class: "notice" }, say("submitting")));
  try {
    await attempt.submit();
  } catch (problem) {
    if (!problem.slug) return app.fault(problem);
    const detail = problem.slug === "digest-differs" ? say("digestDiffers") : app.explain(problem);
    status.replaceChildren(h("p", { class: "error" }, say("submitFailed", { detail })));
    submit.disabled = false;
  }
  return undefined;
}
