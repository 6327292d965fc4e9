// The bar at the top: the time that is left, and how the page is shown (language, size of letters, colours).
import { announce, byId, h, setText } from "./dom.js";
import { announcement, clockText } from "./district/timer.js";
import { SIZES, THEMES } from "./preferences.js";
import { NAMES } from "./words.js";

/** @import {Preferences} from "./preferences.js" */

/** From here on the time is shown as short. */
const SHORT_MS = 5 * 60_000;

export class Header {
  /** @type {number | null} */
  #before = null;

  /** @param {import("./app.js").App} app */
  constructor(app) {
    this.app = app;
    this.timer = byId("timer");
    this.tools = byId("tools");
  }

  /** Forgets the time of another attempt, so that its minutes are not announced for this one. */
  restart() {
    this.#before = null;
  }

  /** Shows the time; gives whether it is over just now. */
  tick() {
    const { app, timer } = this;
    const isRunning = app.attempt && !app.attempt.isSubmitted && !app.attempt.isSealed;
    if (!isRunning) return timer.replaceChildren();
    const { say } = app;
    const left = app.attempt.remaining();
    if (!timer.firstChild) timer.append(h("span", { class: "unseen" }), h("span", { role: "timer" }));
    const [label, time] = timer.children;
    const isShort = left !== null && left < SHORT_MS;
    // The last five minutes are shown to everybody.
    const isHidden = app.preferences.isTimeHidden && !isShort;
    setText(label, left === null || isHidden ? "" : `${say("timeLeft")} `);
    setText(time, isHidden ? say("timeHidden") : left === null ? say("timeUnknown") : clockText(left));
    time.classList.toggle("short", isShort);
    const minutes = announcement(this.#before, left);
    if (minutes !== null) announce(say("minutesLeft", { count: minutes }));
    const isOverNow = left === 0 && this.#before !== 0;
    if (isOverNow) announce(say("timeOver"));
    this.#before = left;
    return isOverNow;
  }

  /** Draws the tools anew where something that they show has changed. */
  draw() {
    const { app, tools } = this;
    const key = JSON.stringify(app.preferences);
    if (tools.dataset.key === key) return;
    tools.dataset.key = key;
    const focused = document.activeElement?.id;
    const isOpen = tools.querySelector("details")?.open;
    tools.replaceChildren(this.#languageTool(), this.#displayTool(isOpen));
    if (focused && tools.querySelector(`#${focused}`)) byId(focused).focus();
  }

  #languageTool() {
    const { say, language } = this.app;
    const option = (/** @type {string} */ each) => h("option", { value: each, lang: each, selected: each === language }, NAMES[each]);
    const change = (/** @type {any} */ { target }) => this.app.prefer({ language: target.value });
    const select = h("select", { id: "language", change }, Object.keys(NAMES).map(option));
    return h("label", {}, h("span", {}, say("language")), select);
  }

  /** @param {boolean} [isOpen] */
  #displayTool(isOpen) {
    const { say, preferences } = this.app;
    /** @param {Preferences["size"]} size */
    const sizeButton = (size) => h("button", {
      type: "button", id: `size-${size}`, "aria-label": say(`size-${size}`), "aria-pressed": String(size === preferences.size),
      click: () => this.app.prefer({ size }),
    }, letters[size]);
    const letters = { small: "A−", normal: "A", large: "A+" };
    const option = (/** @type {string} */ each) => h("option", { value: each, selected: each === preferences.theme }, say(`theme-${each}`));
    const theme = h("select", { id: "theme", change: ({ target }) => this.app.prefer({ theme: target.value }) }, THEMES.map(option));
    const hide = h("input", {
      type: "checkbox", id: "hide-time", checked: preferences.isTimeHidden,
      change: ({ target }) => this.app.prefer({ isTimeHidden: target.checked }),
    });
    const box = h("details", { class: "menu", open: isOpen === true },
      h("summary", { id: "display" }, say("display")),
      h("div", { class: "menu-box" },
        h("div", { class: "row", role: "group", "aria-label": say("letters") }, SIZES.map(sizeButton)),
        h("label", {}, h("span", {}, say("colours")), theme),
        h("label", { class: "check" }, hide, h("span", {}, say("hideTime")))));
    // The menu goes as menus do.
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      box.open = false;
      box.querySelector("summary")?.focus();
    });
    return box;
  }
}
