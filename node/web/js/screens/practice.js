// The practice paper in the same player as an exam, with an attempt that keeps nothing. Ends where it was called from.
import { h, setText, show } from "../dom.js";
import { Practice } from "../practice/player.js";
import { Problem } from "../district/problems.js";
import { showSignIn } from "./sign_in.js";

/** @typedef {import("../app.js").App} App */

/**
 * The practice that is under way; it outlives that the screen is drawn in another language.
 * @type {Practice | null}
 */
let current = null;

/**
 * Shows the practice paper where it stands.
 * @param {App} app
 */
export function showPractice(app) {
  if (!current) return showLoading(app);
  return current.attempt.isSubmitted ? showEnd(app, current) : current.show();
}

/** @param {App} app */
function showLoading(app) {
  const { say } = app;
  const notice = h("p", { role: "status" }, say("practiceComing"));
  let isGone = false;
  const load = async () => {
    try {
      const practice = await Practice.load(app, () => app.to(() => showPractice(app)));
      if (isGone) return;
      current = practice;
      app.to(() => showPractice(app));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      setText(notice, app.explain(problem));
    }
  };
  show(h("h1", {}, say("practiceTitle")), notice, h("div", { class: "row" }, backButton(app)));
  load();
  return {
    leave: () => {
      isGone = true;
    },
  };
}

/**
 * @param {App} app
 * @param {Practice} practice
 */
function showEnd(app, { attempt, paper }) {
  const { say } = app;
  const count = [...attempt.answers.values()].filter(({ response }) => response !== null).length;
  const click = () => leave(() => app.openPractice());
  const again = h("button", { type: "button", "data-do": "practice-again", click }, say("practiceAgain"));
  show(
    h("h1", {}, say("practiceEnded")), h("p", {}, say("practiceCount", { count, all: paper.items.length })),
    h("p", {}, say("practiceNext")), h("div", { class: "row" }, backButton(app), again),
  );
  return {};
}

/**
 * Forgets the practice and goes on.
 * @param {() => unknown} goOn
 */
function leave(goOn) {
  current = null;
  goOn();
}

/** @param {App} app */
function backButton(app) {
  const back = () => (app.session ? app.openSittings() : app.to(() => showSignIn(app)));
  const text = app.say(app.session ? "toExams" : "toSignIn");
  return h("button", { type: "button", class: "main", "data-do": "back", click: () => leave(back) }, text);
}
