// What the page's modules are held to: ESLint's recommended rules, and a few that catch what is easily done wrong in such a page.
import js from "@eslint/js";
import globals from "globals";

/** A paper or a roster must never become markup or code. */
const MARKUP = [
  { property: "innerHTML" }, { property: "outerHTML" }, { property: "insertAdjacentHTML" }, { property: "setHTMLUnsafe" },
  { object: "document", property: "write" },
].map((way) => ({ ...way, message: "texts become text nodes: h() of dom.js" }));

/** What browsers of old computers lack (Chromium 109 is the last for Windows 7) and the library of the type checker does not show. */
const TOO_NEW = [
  { object: "URL", property: "canParse" }, { object: "URL", property: "parse" }, { object: "AbortSignal", property: "any" },
].map((way) => ({ ...way, message: "Chromium 109 has it not" }));

const rules = {
  ...js.configs.recommended.rules,
  "array-callback-return": "error",
  curly: ["error", "multi-line"],
  eqeqeq: ["error", "always", { null: "ignore" }],
  "guard-for-in": "error",
  "no-duplicate-imports": "error",
  "no-else-return": "error",
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-new-func": "error",
  "no-restricted-properties": ["error", ...MARKUP, ...TOO_NEW],
  "no-self-compare": "error",
  // A field of a form names its variables as the responses' makers are named.
  "no-shadow": ["error", { allow: ["text", "number", "choice", "choices", "order", "pairs"] }],
  "no-template-curly-in-string": "error",
  "no-throw-literal": "error",
  "no-unmodified-loop-condition": "error",
  "no-unused-expressions": "error",
  "no-unused-vars": ["error", { caughtErrors: "all" }],
  "no-useless-return": "error",
  "no-var": "error",
  "object-shorthand": "error",
  "prefer-const": "error",
  "prefer-template": "error",
  "require-unicode-regexp": "error",
};
const linterOptions = { reportUnusedDisableDirectives: "error" };
const ecmaVersion = 2022;

export default [
  {
    files: ["**/*.js"],
    languageOptions: { ecmaVersion, sourceType: "module", globals: globals.browser },
    linterOptions,
    rules: { ...rules, "no-alert": "error", "no-console": ["error", { allow: ["error"] }] },
  },
  { files: ["**/js/sw.js"], languageOptions: { sourceType: "script", globals: globals.serviceworker } },
  { files: ["**/*.mjs"], languageOptions: { ecmaVersion, sourceType: "module", globals: globals.node }, linterOptions, rules },
];
