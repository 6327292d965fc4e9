// Where the answer of the question is: shown at once, and told to a screen reader once it stays so. Nothing is called saved
// before this device, the district or the centre has said so.
import { h, setText } from "../dom.js";
import { safety } from "../attempt/palette.js";
import { safetyWords } from "./words.js";

/** A state that lasts as long is told; a selection passes through three of them in a moment. */
const SETTLED_MS = 1_000;
/** What is told aloud: the centre's word comes seconds later and would only interrupt. */
const TOLD = new Set(["device", "node", "district", "refused"]);

export class SavedLine {
  #since = 0;
  #isNews = false;
  #state = "none";

  /** @param {import("./player.js").Player} app */
  constructor(app) {
    this.app = app;
    this.element = h("p", { class: "safety" });
    this.voice = h("p", { class: "unseen", role: "status" });
  }

  /** Another question is shown. */
  restart() {
    this.#isNews = false;
    setText(this.voice, "");
  }

  /** Something was given; it is not on the disk yet. */
  saving() {
    this.#isNews = true;
    setText(this.voice, "");
    this.#show("saving", this.app.say("saving"));
  }

  /** @param {import("../attempt/palette.js").HeldAnswer | undefined} answer */
  update(answer) {
    this.#show(safety(answer), safetyWords(this.app.say, answer));
  }

  /**
   * @param {string} state
   * @param {string} text
   */
  #show(state, text) {
    if (this.element.textContent !== text) this.#since = performance.now();
    setText(this.element, text);
    this.element.dataset.safety = state;
    this.#state = state;
  }

  /** Tells what has settled. */
  tick() {
    if (!this.#isNews || performance.now() - this.#since < SETTLED_MS || !TOLD.has(this.#state)) return;
    setText(this.voice, this.element.textContent ?? "");
  }
}
