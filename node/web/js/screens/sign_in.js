// Signing in: candidate number and access code.
import { Problem, backOff } from "../district/problems.js";
import { h, setText, show } from "../dom.js";
import { plainDigits } from "../question/response.js";

/** Where a hall signs in at once, a node that has too much to do is asked so often before the candidate is told. */
const TRIES = 5;

/** @typedef {import("../app.js").App} App */

/** The code as the node wants it, however it was typed: letters and digits only, capitals. */
export const plainCode = (/** @type {string} */ typed) => plainDigits(typed).replace(/[^0-9A-Za-z]/gu, "").toUpperCase();

/** The candidate number that was typed, as a number; null where it is none. */
export function plainNumber(/** @type {string} */ typed) {
  const digits = plainDigits(typed).replace(/[\s-]/gu, "");
  return /^\d{1,10}$/u.test(digits) ? Number(digits) : null;
}

/**
 * Signs in, over a moment in which the node has too much to do.
 * @param {App} app
 * @param {number} number
 * @param {string} code
 */
async function signIn(app, number, code) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await app.signIn(number, code);
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.slug !== "busy" || tries >= TRIES) throw problem;
      await new Promise((resolve) => setTimeout(resolve, backOff(tries, problem)));
    }
  }
}

/**
 * Shows the form; `app.signIn(candidate, code)` does the rest or throws a Problem.
 * @param {App} app
 * @param {string} [notice] What is said above the form.
 */
export function showSignIn(app, notice = "") {
  const { say } = app;
  const error = h("p", { class: "error", id: "sign-in-error", role: "alert", hidden: true });
  const field = (/** @type {string} */ id, /** @type {Record<string, string>} */ props) => h("input", {
    id, type: "text", required: true, autocapitalize: "off", spellcheck: "false",
    "aria-describedby": "sign-in-error", ...props,
  });
  const candidate = field("candidate", { inputmode: "numeric", autocomplete: "username" });
  const described = { "aria-describedby": "code-hint sign-in-error" };
  const code = field("code", { autocomplete: "off", autocapitalize: "characters", ...described });
  const button = h("button", { class: "main", type: "submit" }, say("signIn"));
  // Taken away it would lose the focus.
  const isBusy = () => button.getAttribute("aria-disabled") === "true";
  const tell = (/** @type {string} */ text, /** @type {HTMLInputElement | undefined} */ input) => {
    setText(error, text);
    error.hidden = text === "";
    for (const each of [candidate, code]) each.removeAttribute("aria-invalid");
    input?.setAttribute("aria-invalid", "true");
    input?.focus();
  };
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (isBusy()) return undefined;
    const number = plainNumber(candidate.value);
    if (number === null) return tell(say("numberNeeded"), candidate);
    if (plainCode(code.value) === "") return tell(say("codeNeeded"), code);
    tell("", undefined);
    button.setAttribute("aria-disabled", "true");
    try {
      await signIn(app, number, plainCode(code.value));
    } catch (problem) {
      if (!(problem instanceof Problem)) return app.fault(problem);
      // What the network did is no fault of what was typed.
      if (problem.slug === "sign-in-refused") tell(say("refusedSignIn"), code);
      else tell(app.explain(problem), undefined);
    } finally {
      button.setAttribute("aria-disabled", "false");
    }
    return undefined;
  };
  show(
    h("h1", {}, say("signIn")),
    notice && h("p", { class: "notice" }, notice),
    h("form", { class: "stack", novalidate: true, submit },
      h("label", {}, say("candidateNumber"), candidate),
      h("label", {}, say("accessCode"), code, h("span", { class: "hint", id: "code-hint" }, say("accessCodeHint"))),
      error, button),
    h("p", { class: "aside" }, h("button", { type: "button", "data-do": "check", click: () => app.openCheck() }, say("checkTitle"))),
  );
  // The admit card's QR code holds the number.
  candidate.value = /^#c=(\d{1,10})$/u.exec(location.hash)?.[1] ?? "";
  // A notice is read before anything is typed.
  if (!notice) (candidate.value ? code : candidate).focus();
  return {};
}
