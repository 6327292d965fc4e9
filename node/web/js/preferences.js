// How a candidate wants the page: language, size of letters, colours, whether the time is shown. Kept per candidate on this
// device; before anybody signed in, for the device.
import { NAMES } from "./words.js";

/**
 * @typedef {object} Preferences
 * @property {string} language
 * @property {"small" | "normal" | "large"} size
 * @property {"system" | "light" | "dark" | "contrast"} theme
 * @property {boolean} isTimeHidden
 */

export const SIZES = /** @type {const} */ (["small", "normal", "large"]);
export const THEMES = /** @type {const} */ (["system", "light", "dark", "contrast"]);

/**
 * What is kept, with the rest as it is at first: in the first language of the browser that the page speaks.
 * @param {any} kept
 * @param {readonly string[]} browserLanguages
 * @returns {Preferences}
 */
export function preferencesFrom(kept, browserLanguages) {
  const preferred = browserLanguages.map((each) => each.slice(0, 2)).find((each) => each in NAMES) ?? "en";
  /** @type {any} */
  const known = { language: preferred, size: "normal", theme: "system", isTimeHidden: false };
  /** @type {Record<string, readonly unknown[]>} */
  const has = { language: Object.keys(NAMES), size: SIZES, theme: THEMES, isTimeHidden: [true, false] };
  for (const [name, values] of Object.entries(has)) if (values.includes(kept?.[name])) known[name] = kept[name];
  return known;
}

/**
 * The name under which they are kept.
 * @param {number} [candidate]
 */
export const preferencesKey = (candidate) => (candidate === undefined ? "preferences" : `preferences/${candidate}`);

/**
 * Shows the page as they say; `root` is the document's element.
 * @param {Preferences} preferences
 * @param {HTMLElement} root
 */
export function applyPreferences({ language, size, theme }, root) {
  root.lang = language;
  root.dataset.size = size;
  root.dataset.theme = theme;
}
