// One question as it is shown: heading, marks, the language it is read in, and its field.
import { h } from "../dom.js";
import { firstField, paperText } from "../question/fields.js";
import { NAMES } from "../words.js";

/**
 * @import {Asked, Field, Give} from "../question/ask.js"
 * @import {Item, Place, Text} from "../question/paper.js"
 * @import {ItemResponse} from "../question/response.js"
 * @import {Player} from "./player.js"
 *
 * @typedef {object} Shown
 * @property {Item} item
 * @property {Place} place
 * @property {number} position
 * @property {number} count how many questions there are
 * @property {Give} give
 */

export class QuestionView {
  /** @type {Field} */
  // @ts-expect-error: #draw sets it
  field;
  /** @type {ItemResponse | null} */
  response = null;

  /**
   * @param {Player} app
   * @param {Shown} shown
   */
  constructor(app, shown) {
    this.app = app;
    this.shown = shown;
    this.box = h("div", {});
    this.elements = [...this.#head(), this.box];
    this.#draw();
  }

  #head() {
    const { app, shown } = this;
    const { say, paper } = app;
    const { item } = shown;
    const hasPenalty = Number(item.penalty) > 0;
    const marks = say(hasPenalty ? "marks" : "marksOnly", { marks: item.marks, penalty: item.penalty });
    return [
      h("h1", { id: "place" }, say("question", { place: shown.position + 1, count: shown.count })),
      h("div", { class: "about" },
        item.section ? h("p", { class: "hint", lang: paper.languages[0] }, item.section) : null,
        h("p", { class: "hint" }, marks), this.#languages()),
    ];
  }

  /** The choice of the language in which this question is read, where it has more than one. */
  #languages() {
    const { say, paper } = this.app;
    const { item } = this.shown;
    const offered = paper.languages.filter((each) => item.stem?.[each] !== undefined || item.body?.[each] !== undefined);
    if (offered.length < 2) return null;
    const now = offered.includes(this.language) ? this.language : offered[0];
    /** @type {Record<string, string>} */
    const names = NAMES;
    const options = offered.map((each) => h("option", { value: each, lang: each, selected: each === now }, names[each] ?? each));
    /** @type {HTMLSelectElement} */
    const select = h("select", { "data-do": "view-in", change: () => this.#viewIn(select.value) }, options);
    return h("label", { class: "view-in" }, h("span", {}, say("viewIn")), select);
  }

  /** The language that was chosen for this question, else the page's. */
  get language() {
    return this.app.attempt.record.views?.[this.shown.item.no] ?? this.app.language;
  }

  /** @param {string} language */
  #viewIn(language) {
    const { app, shown } = this;
    const { attempt } = app;
    this.flush();
    const response = this.response;
    attempt.record.views = { ...attempt.record.views, [shown.item.no]: language };
    attempt.keep().catch((error) => app.fault(error));
    this.#draw();
    this.set(response);
    this.freeze(attempt.isFrozen);
  }

  #draw() {
    const { app, shown, language } = this;
    const { say, paper, kinds, attempt } = app;
    const { item, place } = shown;
    /** @type {Give} */
    const give = (response) => {
      this.response = response;
      shown.give(response);
    };
    const remaining = () => attempt.remaining();
    this.field = (kinds?.question ?? plainQuestion)({ item, place, say, paper, language, give, remaining });
    const { kind, labelledBy, elements } = this.field;
    this.box.replaceChildren(h("fieldset", { "data-item": item.no, "data-kind": kind, "aria-labelledby": labelledBy }, elements));
  }

  /**
   * Shows a response that is held.
   * @param {ItemResponse | null} response
   */
  set(response) {
    this.response = response;
    this.field.set(response);
  }

  clear() {
    this.response = null;
    this.field.clear();
  }

  /** Gives what was typed and is not given yet. */
  flush() {
    this.field.flush?.();
  }

  /** @param {boolean} isFrozen */
  freeze(isFrozen) {
    this.field.freeze(isFrozen);
  }
}

/**
 * A question of plain text, with one of the first kinds of fields.
 * @param {Asked} asked
 * @returns {Field}
 */
function plainQuestion({ item, place, say, paper, language, give }) {
  /** @type {(tag: "p" | "span", props: Record<string, string>, text: Text) => HTMLElement} */
  const said = (tag, props, text) => {
    const found = paperText(paper, text, language);
    return h(tag, { ...props, lang: found.lang }, found.text);
  };
  // A paper that is not rich has no others.
  const field = /** @type {Field} */ (firstField({
    name: "response", kind: item.kind, say, give,
    list: (options) => place.options.flatMap((id) => options.filter((option) => option.id === id)),
    show: (option) => said("span", {}, option.text),
  }));
  const hint = field.prompt && h("p", { class: "hint" }, field.prompt);
  const legend = h("legend", {}, said("p", { class: "stem" }, item.stem), hint);
  return { ...field, elements: [legend, field.elements] };
}
