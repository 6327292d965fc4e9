// The system check: what this device can do, in lines that say what to do about it. May be repeated at any time.
import { findings, resultOf } from "../device/check.js";
import { measure } from "../device/measure.js";
import { announce, h, show } from "../dom.js";
import { showSignIn } from "./sign_in.js";

/**
 * @typedef {import("../app.js").App} App
 * @typedef {import("../device/check.js").Finding} Finding
 */

/** Each state's sign and the key of its word: a state is never told by colour alone. */
const STATES = { ok: ["✓", "stateOk"], note: ["i", "stateNote"], problem: ["!", "stateProblem"] };
/** Letters with joints and signs above and below. */
const SAMPLE = "परीक्षा · क्षेत्र · ज्ञान · विद्यार्थी · ₹";

/**
 * Shows the check and begins it.
 * @param {App} app
 */
export function showCheck(app) {
  const { say } = app;
  let isGone = false;
  const result = h("p", { class: "result" }, say("checking"));
  const list = h("ul", { class: "findings" });
  const draw = (/** @type {Finding[]} */ found) => {
    const { text, state, values } = resultOf(found);
    result.dataset.result = state;
    result.replaceChildren(...signed(say, state), say(text, values));
    announce(say(text, values));
    list.replaceChildren(...found.map((finding) => line(say, finding)));
  };
  const run = async () => {
    if (again.getAttribute("aria-disabled") === "true") return;
    again.setAttribute("aria-disabled", "true");
    delete result.dataset.result;
    result.replaceChildren(say("checking"));
    announce(say("checking"));
    const found = findings(await measure(app));
    again.setAttribute("aria-disabled", "false");
    if (!isGone) draw(found);
  };
  /** @type {(name: string, key: string, click: () => unknown) => HTMLButtonElement} */
  const button = (name, key, click) => h("button", { type: "button", "data-do": name, click }, say(key));
  const again = button("check-again", "checkAgain", () => run());
  again.className = "main";
  const back = () => (app.session ? app.openSittings() : app.to(() => showSignIn(app)));
  show(
    h("h1", {}, say("checkTitle")), h("p", {}, say("checkHint")), result, list,
    h("div", { class: "row" }, again, button("practice", "practiceTitle", () => app.openPractice()),
      button("back", app.session ? "toExams" : "toSignIn", back)),
  );
  run();
  return {
    leave: () => {
      isGone = true;
    },
  };
}

/**
 * A state's sign, and its word for who does not see it.
 * @param {App["say"]} say
 * @param {Finding["state"]} state
 */
const signed = (say, state) => {
  const [sign, word] = STATES[state];
  return [h("span", { class: "mark", "data-finding": state, "aria-hidden": "true" }, sign), h("span", { class: "unseen" }, `${say(word)}: `)];
};

/**
 * @param {App["say"]} say
 * @param {Finding} finding
 */
function line(say, { name, state, text, values }) {
  return h("li", { "data-check": name, "data-judged": state },
    ...signed(say, state),
    h("span", {}, h("b", {}, say(name)), h("br"), say(text, values), name === "checkLetters" && h("span", { class: "sample", lang: "mr" }, SAMPLE)));
}
