// Signing in: candidate number and access code.
import { h, setText, show } from "./dom.js";
import { plainDigits } from "./response.js";

/** The code as the node wants it, however it was typed: letters and digits only, capitals. */
export const plainCode = (typed) => plainDigits(typed).replace(/[^0-9A-Za-z]/gu, "").toUpperCase();

/** Shows the form; `app.signIn(candidate, code)` does the rest or throws a Problem. */
export function showSignIn(app, notice = "") {
  const { say } = app;
  const error = h("p", { class: "error", id: "sign-in-error", role: "alert", hidden: true });
  const field = (id, props) => h("input", {
    id, type: "text", required: true, autocapitalize: "off", spellcheck: "false",
    "aria-describedby": "sign-in-error", ...props,
  });
  const candidate = field("candidate", { inputmode: "numeric", autocomplete: "username" });
  const described = { "aria-describedby": "code-hint sign-in-error" };
  const code = field("code", { autocomplete: "off", autocapitalize: "characters", ...described });
  const button = h("button", { class: "main", type: "submit" }, say("signIn"));
  const tell = (text, input) => {
    setText(error, text);
    error.hidden = text === "";
    for (const each of [candidate, code]) each.removeAttribute("aria-invalid");
    input?.setAttribute("aria-invalid", "true");
    input?.focus();
  };
  const submit = async (event) => {
    event.preventDefault();
    const typed = plainDigits(candidate.value).replace(/\s/gu, "");
    if (!/^\d{1,10}$/u.test(typed)) return tell(say("numberNeeded"), candidate);
    if (plainCode(code.value) === "") return tell(say("codeNeeded"), code);
    tell("");
    button.disabled = true;
    try {
      await app.signIn(Number(typed), plainCode(code.value));
    } catch (problem) {
      tell(problem.slug === "sign-in-refused" ? say("refusedSignIn") : app.explain(problem), code);
    } finally {
      button.disabled = false;
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
  );
  // The admit card's QR code holds the number.
  candidate.value = /^#c=(\d{1,10})$/u.exec(location.hash)?.[1] ?? "";
  (candidate.value ? code : candidate).focus();
  return {};
}
