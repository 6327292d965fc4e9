// One question at a time, with the buttons, sections and palette around it.
import { focusHeading, h, setText, show } from "../dom.js";
import { controls } from "../exam/controls.js";
import { Overview } from "../exam/overview.js";
import { QuestionView } from "../exam/question_view.js";
import { SavedLine } from "../exam/saved_line.js";
import { SectionBar } from "../exam/section_bar.js";
import { sectionsOf } from "../exam/sections.js";
import { wayOn } from "../exam/way_on.js";
import { isSame } from "../question/response.js";

/**
 * @import {Player, Screen} from "../exam/player.js"
 * @import {Item} from "../question/paper.js"
 * @import {ItemResponse} from "../question/response.js"
 */

/**
 * Shows the exam at the place where the attempt stands.
 * @param {Player} app
 * @returns {Screen}
 */
export function showExam(app) {
  const screen = new ExamScreen(app);
  show(screen.element);
  screen.go(app.attempt.record.position);
  return {
    changed: () => screen.update(),
    tick: () => screen.tick(),
    leave: () => screen.leave(),
    hide: () => screen.leave(),
  };
}

class ExamScreen {
  /** @type {QuestionView | null} */
  view = null;
  position = 0;
  /** One look at a question: how many of its changes are not written yet. */
  visit = { item: 0, pending: 0 };
  /** @type {{response: ItemResponse | null, marked: boolean}} what is shown */
  current = { response: null, marked: false };
  /** @type {boolean | null} */
  wasFrozen = null;

  /** @param {Player} app */
  constructor(app) {
    this.app = app;
    this.attempt = app.attempt;
    this.items = new Map(app.paper.items.map((item) => [item.no, item]));
    this.places = app.places;
    this.seen = new Set(this.attempt.record.seen);
    const sections = sectionsOf(this.items, this.places);
    const go = (/** @type {number} */ position) => this.go(position);
    this.sections = new SectionBar(app, { sections, go });
    this.overview = new Overview(app, { sections, go });
    this.saved = new SavedLine(app);
    this.controls = controls(app, {
      next: () => this.#goOn(), mark: () => this.#mark(), clear: () => this.#clear(), previous: () => this.go(this.position - 1),
    });
    this.question = h("div", {});
    this.marked = h("p", { class: "marked" }, app.say("marked"));
    this.note = h("p", { class: "note", role: "status" });
    this.alert = h("div", { role: "status" });
    const article = h("article", { "data-view": "item" },
      this.question, h("div", { class: "told" }, this.saved.element, this.marked), this.controls.element);
    this.element = h("div", { class: "exam" },
      h("div", {}, this.sections.element, this.alert, article, this.note, this.saved.voice), this.overview.element);
  }

  /**
   * Shows the question at a place of the candidate's order.
   * @param {number} position
   */
  go(position) {
    this.leave();
    this.position = Math.max(0, Math.min(position, this.places.length - 1));
    const place = this.places[this.position];
    const item = /** @type {Item} */ (this.items.get(place.item));
    // What is written for an earlier look at this question is not what this one waits for.
    this.visit = { item: item.no, pending: 0 };
    this.current = this.#held();
    this.seen.add(item.no);
    this.#keepPlace();
    this.view = new QuestionView(this.app, {
      item, place, position: this.position, count: this.places.length, give: (response) => this.#respond({ response }),
    });
    this.view.set(this.current.response);
    this.wasFrozen = null;
    this.question.replaceChildren(...this.view.elements);
    setText(this.note, "");
    this.saved.restart();
    this.overview.close();
    this.update();
    focusHeading(this.question);
    scrollTo(0, 0);
  }

  #keepPlace() {
    Object.assign(this.attempt.record, { position: this.position, view: "item", seen: [...this.seen] });
    this.attempt.keep().catch((error) => this.app.fault(error));
  }

  #held() {
    const answer = this.attempt.answers.get(this.visit.item);
    return { response: answer?.response ?? null, marked: answer?.marked ?? false };
  }

  #goOn() {
    // What was typed a moment ago counts as an answer already.
    this.leave();
    const isAnswered = this.places.map(({ item }, position) =>
      (position === this.position ? this.current.response : this.attempt.answers.get(item)?.response) != null);
    const { position, news } = wayOn(this.position, isAnswered);
    if (position !== this.position) this.go(position);
    setText(this.note, news ? this.app.say(news) : "");
  }

  #mark() {
    if (this.current.marked) return this.#respond({ marked: false });
    this.leave();
    this.#respond({ marked: true });
    return this.#goOn();
  }

  #clear() {
    if (this.attempt.isFrozen) return;
    this.view?.clear();
    this.#respond({ response: null, marked: false });
  }

  /** Keeps what was typed just now. */
  leave() {
    this.view?.flush();
  }

  /**
   * Keeps a change of the question that is shown.
   * @param {Partial<ExamScreen["current"]>} change
   */
  async #respond(change) {
    const next = { ...this.current, ...change };
    if (isSame(next.response, this.current.response) && next.marked === this.current.marked) return;
    if (this.attempt.isFrozen) return;
    const { visit } = this;
    this.current = next;
    visit.pending += 1;
    this.#updateQuestion();
    try {
      await this.attempt.respond(visit.item, next.response, next.marked);
    } catch {
      this.app.notKept();
    } finally {
      visit.pending -= 1;
      this.update();
    }
  }

  /** Shows what is held now. */
  update() {
    this.#updateQuestion();
    this.sections.update(this.position);
    this.overview.update(this.seen, this.position);
    this.app.showTrouble(this.alert);
  }

  #updateQuestion() {
    const { visit, attempt } = this;
    if (visit.pending > 0) {
      this.saved.saving();
    } else {
      const held = this.#held();
      if (!isSame(held.response, this.current.response)) this.view?.set(held.response);
      this.current = held;
      this.saved.update(attempt.answers.get(visit.item));
    }
    this.marked.hidden = !this.current.marked;
    this.#freeze();
  }

  /** Takes the inputs away when the time is over, and gives them back when more was granted. */
  #freeze() {
    const { isFrozen } = this.attempt;
    this.controls.update({ isMarked: this.current.marked, isFrozen, isFirst: this.position === 0 });
    if (this.wasFrozen === isFrozen) return;
    this.wasFrozen = isFrozen;
    this.view?.freeze(isFrozen);
    this.app.showTrouble(this.alert);
  }

  tick() {
    this.#freeze();
    this.saved.tick();
  }
}
