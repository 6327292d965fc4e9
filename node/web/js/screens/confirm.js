// Is it really this candidate? Asked once after signing in, before anything of an exam is shown.
import { h, setText, show } from "../dom.js";

/** @typedef {import("../app.js").App} App */

/**
 * What the roster tells of a candidate: the key of the word for it, and what it is. Pure.
 * @param {import("../lobby/rules.js").Candidate} candidate
 */
export function factsOf(candidate) {
  /** @type {[string, string | number | undefined][]} */
  const facts = [
    ["fullName", candidate.name], ["roll", candidate.roll], ["candidateNumber", candidate.id], ["centre", candidate.centre],
  ];
  return facts.filter(([, value]) => value !== undefined && value !== null && value !== "");
}

/**
 * Shows who signed in.
 * @param {App} app
 */
export function showConfirm(app) {
  const { say } = app;
  const { candidate } = app.session;
  const trouble = h("p", { class: "notice", role: "status", hidden: true });
  const remove = (/** @type {Event} */ { target }) => /** @type {Element} */ (target).remove();
  const alt = say("photoOf", { name: candidate.name });
  const photo = candidate.photo && h("img", { class: "photo", src: candidate.photo, alt, error: remove });
  const notMe = async () => {
    if (await app.signOut(say("notMeNotice"))) return;
    setText(trouble, say("waitToLeave"));
    trouble.hidden = false;
  };
  /** @type {(name: string, key: string, click: () => unknown) => HTMLButtonElement} */
  const button = (name, key, click) => h("button", { type: "button", "data-do": name, click }, say(key));
  const confirm = button("confirm", "thisIsMe", () => app.confirm());
  confirm.className = "main";
  const line = (/** @type {[string, unknown]} */ [key, value]) => [h("dt", {}, say(key)), h("dd", {}, String(value))];
  show(
    h("h1", {}, say("isThisYou")),
    h("div", { class: "card who" }, photo, h("dl", {}, factsOf(candidate).map(line))),
    h("p", {}, say("confirmHint")), trouble,
    h("div", { class: "row" }, confirm, button("not-me", "notMe", notMe)),
  );
  return {};
}
