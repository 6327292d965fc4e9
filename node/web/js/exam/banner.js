// The quiet line at the lower edge: the district does not answer, or time was added. It lies over the page, so that nothing
// moves under a finger; it takes no focus and stops nothing.
import { byId, h, setText } from "../dom.js";
import { EXTENDED_MS, connectionLine } from "./banner_rules.js";
import { extensionWords } from "./words.js";

/**
 * @import {Line} from "./banner_rules.js"
 * @import {PlayedAttempt, Player} from "./player.js"
 *
 * The page, also where no attempt is open.
 * @typedef {Pick<Player, "say" | "language" | "saveAnswersFile"> & {attempt: PlayedAttempt | null}} Page
 */

/** @type {Record<Exclude<Line["kind"], "none">, string>} */
const TEXTS = { lost: "connectionLost", long: "connectionLong", back: "connectionBack" };

class Banner {
  /** @type {Line} */
  #line = { kind: "none", until: 0 };
  #extended = { ms: 0, until: 0 };
  /** @type {PlayedAttempt | null} */
  #attempt = null;
  #hasFileFailed = false;
  #shown = "";
  #box = byId("banner");
  /** How many answers wait: seen at any time, told only with the rest. */
  #waiting = h("span", { "aria-live": "off" });

  /** @param {Page} app */
  update(app) {
    const now = performance.now();
    this.#listen(app.attempt);
    this.#line = app.attempt ? connectionLine(this.#line, app.attempt.connection, now) : { kind: "none", until: 0 };
    const isExtended = now < this.#extended.until;
    const { kind } = this.#line;
    if (kind !== "long") this.#hasFileFailed = false;
    const extended = isExtended && this.#extended.ms;
    const shown = JSON.stringify([kind, extended, app.attempt?.isFrozen, this.#hasFileFailed, app.language]);
    this.#updateWaiting(app);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const hadFocus = this.#box.contains(document.activeElement);
    this.#box.replaceChildren(...this.#parts(app, kind, isExtended));
    if (hadFocus) this.#box.querySelector("button")?.focus();
    document.documentElement.classList.toggle("with-banner", this.#box.hasChildNodes());
  }

  /** Time that is added is told by the attempt that is open now. */
  #listen(/** @type {PlayedAttempt | null} */ attempt) {
    if (attempt === this.#attempt) return;
    this.#attempt = attempt;
    this.#extended = { ms: 0, until: 0 };
    attempt?.addEventListener("extended", (event) => {
      if (attempt === this.#attempt) this.#extended = { ms: event.detail.ms, until: performance.now() + EXTENDED_MS };
    });
  }

  /** @param {Page} app */
  #updateWaiting({ say, attempt }) {
    const count = attempt?.connection?.waiting ?? 0;
    const isTold = count > 0 && (this.#line.kind === "lost" || this.#line.kind === "long");
    setText(this.#waiting, isTold ? say(count === 1 ? "waitingOne" : "waitingMany", { count }) : "");
  }

  /**
   * @param {Page} app
   * @param {Line["kind"]} kind
   * @param {boolean} isExtended
   */
  #parts(app, kind, isExtended) {
    const { say, attempt } = app;
    const parts = [];
    if (isExtended) parts.push(h("p", { "data-extended": true }, extensionWords(say, this.#extended.ms)));
    if (kind === "none") return parts;
    /** @type {(string | Node)[]} */
    const line = [say(TEXTS[kind]), " "];
    if (kind !== "back") line.push(say(attempt?.isFrozen ? "keepOpen" : "goOnAnswering"), " ", this.#waiting);
    parts.push(h("p", { "data-connection": kind }, line));
    if (kind !== "long") return parts;
    parts.push(h("p", {}, say("raiseHand")), this.#fileButton(app));
    if (this.#hasFileFailed) parts.push(h("p", { class: "error" }, say("fileFailed")));
    return parts;
  }

  #fileButton(/** @type {Page} */ app) {
    if (!app.saveAnswersFile) return "";
    const save = () => app.saveAnswersFile?.().then(() => this.#fileTold(app, false), () => this.#fileTold(app, true));
    return h("button", { type: "button", "data-do": "save-file", click: save }, app.say("saveFile"));
  }

  /**
   * @param {Page} app
   * @param {boolean} hasFailed
   */
  #fileTold(app, hasFailed) {
    this.#hasFileFailed = hasFailed;
    this.update(app);
  }
}

/** @type {Banner | null} */
let banner = null;

/**
 * Shows what is to be said now; called with every change and four times a second.
 * @param {Page} app
 */
export function updateBanner(app) {
  banner ??= new Banner();
  banner.update(app);
}
