// What the player's screens take for the page while somebody practises: the page's own where that is the same, the practice's
// where it is not. It never touches a node or the disk.
import { clockText } from "../district/timer.js";
import { announce, byId, h, setText } from "../dom.js";
import { kindsFor } from "../question/fields.js";
import { showExam } from "../screens/exam.js";
import { showReview } from "../screens/review.js";
import { NAMES, speakerOf } from "../words.js";
import { PracticeAttempt } from "./attempt.js";
import { practiceOrder, practicePaper } from "./paper.js";

/** @typedef {import("../app.js").App} App */

/**
 * What an exam's screens say otherwise where nothing is kept.
 * @type {Record<string, string>}
 */
const OTHER_WORDS = { safeDevice: "safePractice", sum: "safePractice", timeOver: "practiceOver" };

export class Practice {
  /** @type {{changed?: () => void, tick?: () => void, leave?: () => void}} */
  screen = {};

  /**
   * Loads what the practice needs. Throws a Problem where that cannot be fetched.
   * @param {App} app
   * @param {() => void} again Shows the practice anew.
   */
  static async load(app, again) {
    const languages = Object.keys(NAMES);
    const says = await Promise.all(languages.map(speakerOf));
    const texts = (/** @type {string} */ name) => Object.fromEntries(languages.map((language, at) => [language, says[at](name)]));
    const paper = practicePaper(texts);
    return new Practice(app, again, paper, await kindsFor(paper));
  }

  /**
   * @param {App} app
   * @param {() => void} again
   * @param {import("../question/paper.js").Paper} paper
   * @param {any} kinds
   */
  constructor(app, again, paper, kinds) {
    this.app = app;
    this.again = again;
    this.paper = paper;
    this.kinds = kinds;
    this.attempt = new PracticeAttempt(practiceOrder(paper));
    this.attempt.addEventListener("change", () => this.screen.changed?.());
    this.attempt.addEventListener("ended", () => again());
  }

  /** Says what an exam says, but for what would not be true here. */
  get say() {
    /** @type {App["say"]} */
    return (name, values) => this.app.say(OTHER_WORDS[name] ?? name, values);
  }

  get language() {
    return this.app.language;
  }

  get preferences() {
    return this.app.preferences;
  }

  get session() {
    return this.app.session;
  }

  get places() {
    const { order } = this.attempt.record;
    return this.kinds?.placesOf(this.paper, order) ?? order;
  }

  /** Shows the question or the review, with the practice's own bar above. */
  show() {
    const { attempt } = this;
    /** @type {any} */
    const face = this;
    const screen = attempt.record.view === "review" ? showReview(face) : showExam(face);
    const bar = this.#bar();
    byId("main").prepend(bar.element);
    scrollTo(0, 0);
    let wasOver = attempt.isOver;
    const tick = () => {
      screen.tick?.();
      bar.tick();
      if (attempt.isOver && !wasOver) announce(this.app.say("practiceOver"));
      wasOver = attempt.isOver;
    };
    this.screen = { ...screen, tick };
    return this.screen;
  }

  /** What stands above the practice: that it is one, the time, and the way out. */
  #bar() {
    const { attempt, say } = this;
    const time = h("span", { role: "timer" });
    const end = h("button", { type: "button", "data-do": "end-practice", click: () => attempt.submit() }, say("practiceEnd"));
    const element = h("div", { class: "practice-bar" },
      h("p", {}, h("b", {}, say("safePractice")), ` · ${say("timeLeft")} `, time), end);
    return { element, tick: () => setText(time, clockText(attempt.remaining())) };
  }

  /** @param {number} position */
  openItem(position) {
    Object.assign(this.attempt.record, { position, view: "item" });
    this.again();
  }

  openReview() {
    this.attempt.openReview().then(this.again);
  }

  /** @param {unknown} problem */
  explain(problem) {
    return this.app.explain(problem);
  }

  /** @param {HTMLElement} box */
  showTrouble(box) {
    const text = this.attempt.isOver ? this.say("timeOver") : "";
    if (box.dataset.text === text) return;
    box.dataset.text = text;
    box.replaceChildren(...(text ? [h("p", { class: "notice" }, text)] : []));
  }

  notKept() {}

  /** @param {unknown} error */
  fault(error) {
    this.app.fault(error);
  }
}
