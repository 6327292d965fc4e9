// The last look before handing in: counts, the way back to each question, and the one button that ends the exam.
import { STATES, answeredOf, counts, safetyCounts } from "../attempt/palette.js";
import { h, setText, show } from "../dom.js";
import { PaletteView, legendView, sectionName, shapeOf } from "../exam/palette_view.js";
import { sectionsOf } from "../exam/sections.js";
import { sureDialog } from "../exam/sure_dialog.js";
import { stateWords, sumWords } from "../exam/words.js";

/**
 * @import {ItemState} from "../attempt/palette.js"
 * @import {Player, Screen} from "../exam/player.js"
 */

/**
 * Shows the review.
 * @param {Player} app
 * @returns {Screen}
 */
export function showReview(app) {
  const screen = new ReviewScreen(app);
  show(...screen.elements);
  screen.update();
  screen.tellRefusal(app.attempt.refusal);
  return { changed: () => screen.update(), tick: () => screen.freeze() };
}

class ReviewScreen {
  #isHandingIn = false;

  /** @param {Player} app */
  constructor(app) {
    const { say, attempt, paper, places } = app;
    this.app = app;
    this.items = places.map((place) => place.item);
    this.seen = new Set(attempt.record.seen);
    const sections = sectionsOf(new Map(paper.items.map((item) => [item.no, item])), places);
    this.legend = legendView(say);
    this.bySection = sections.length > 1 ? sections.map((section) => ({ section, row: h("tr", {}) })) : [];
    this.sum = h("p", { role: "status", class: "sum" });
    this.trouble = h("div", { role: "status" });
    this.status = h("div", { role: "status" });
    this.palette = new PaletteView(app, { sections, heading: "h3", go: (position) => app.openItem(position) });
    /** @type {(name: string, click: () => void, props?: Record<string, string>) => HTMLButtonElement} */
    const button = (name, click, props) => h("button", { type: "button", "data-do": name, click, ...props }, say(name));
    this.submit = button("submit", () => this.dialog.open(this.#totals()), { class: "main" });
    this.back = button("back", () => app.openItem(attempt.record.position));
    this.dialog = sureDialog(say, () => this.#handIn());
    this.elements = [
      h("h1", {}, say("reviewTitle")), this.trouble,
      h("div", { "data-view": "review" }, this.legend.element), this.#table(), this.sum,
      h("h2", {}, say("reviewItems")), ...this.palette.elements,
      h("p", { class: "notice" }, say("reviewHint")), this.status,
      h("div", { class: "row" }, this.submit, this.back), this.dialog.element,
    ];
  }

  /** How many questions of each section are in each state. */
  #table() {
    if (this.bySection.length === 0) return "";
    const { say } = this.app;
    const words = (/** @type {ItemState} */ state) => h("span", { class: "unseen" }, stateWords(say, state));
    const heads = STATES.map((state) => h("th", { scope: "col" }, shapeOf(state), words(state)));
    return h("div", { class: "wide-table", tabindex: "0", role: "region", "aria-label": say("sections") },
      h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, say("section")), heads)),
        h("tbody", {}, this.bySection.map(({ row }) => row))));
  }

  /** @param {number[]} items */
  #countsOf(items) {
    return counts(items, this.app.attempt.answers, this.seen);
  }

  #totals() {
    const all = this.#countsOf(this.items);
    return { answered: answeredOf(all), count: this.items.length };
  }

  /** Shows what is held now. */
  update() {
    const { app } = this;
    this.legend.update(this.#countsOf(this.items));
    this.palette.update(this.seen);
    for (const { section, row } of this.bySection) {
      const all = this.#countsOf(section.positions.map((position) => this.items[position]));
      const cells = STATES.map((state) => h("td", {}, String(all[state])));
      row.replaceChildren(h("th", { scope: "row" }, sectionName(app, section)), ...cells);
    }
    setText(this.sum, sumWords(app.say, safetyCounts(app.attempt.answers.values())));
    app.showTrouble(this.trouble);
    this.freeze();
  }

  freeze() {
    const { attempt } = this.app;
    this.back.disabled = attempt.isFrozen;
    this.submit.disabled = this.#isHandingIn || attempt.isElsewhere;
  }

  /** Hands in. From the candidate's "yes" on the attempt is sealed, and goes on by itself until a receipt comes. */
  async #handIn() {
    const { app } = this;
    const { say, attempt } = app;
    if (this.#isHandingIn) return;
    this.#isHandingIn = true;
    this.freeze();
    this.status.replaceChildren(h("p", { class: "notice" }, say("submitting")));
    try {
      await attempt.submit();
    } catch (/** @type {any} */ problem) {
      if (!problem.slug) return app.fault(problem);
      this.tellRefusal(problem);
    }
    this.#isHandingIn = false;
    this.freeze();
    return undefined;
  }

  /**
   * What was sealed was opened again: the candidate must know why.
   * @param {any} problem
   */
  tellRefusal(problem) {
    if (!problem) return;
    const { say } = this.app;
    const detail = problem.slug === "digest-differs" ? say("digestDiffers") : this.app.explain(problem);
    this.status.replaceChildren(h("p", { class: "error" }, say("submitFailed", { detail })));
  }
}
