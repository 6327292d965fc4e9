// The palette: a button for each place of the candidate's order, in groups by section, and its legend with counts.
import { h, setText } from "../dom.js";
import { SIGNS, STATES, answeredOf, counts, itemState, safety } from "../attempt/palette.js";
import { groupsOf } from "./sections.js";
import { itemWords, stateWords } from "./words.js";

/**
 * @import {HeldAnswer, ItemState} from "../attempt/palette.js"
 * @import {Say} from "../question/ask.js"
 * @import {Place} from "../question/paper.js"
 * @import {Player} from "./player.js"
 * @import {Section} from "./sections.js"
 */

/**
 * A state as the palette shows it, for legends; words stand beside it.
 * @param {ItemState} state
 */
export const shapeOf = (state) =>
  h("span", { class: "shape", "data-state": state, "aria-hidden": "true" }, h("span", { class: "sign" }, SIGNS[state]));

/**
 * The legend; `update(all)` puts in how many items are in each state.
 * @param {Say} say
 */
export function legendView(say) {
  const numbers = STATES.map((state) => h("span", { "data-count": state }));
  const lines = STATES.map((state, index) => h("li", {}, shapeOf(state), h("span", {}, stateWords(say, state)), numbers[index]));
  return {
    element: h("ul", { class: "legend" }, lines),
    /** @param {Record<ItemState, number>} all */
    update: (all) => STATES.forEach((state, index) => setText(numbers[index], String(all[state]))),
  };
}

/**
 * The name of a section; items without one have a name too where others have.
 * @param {Player} app
 * @param {Section} section
 */
export function sectionName(app, { name }) {
  return name === "" ? h("span", {}, app.say("noSection")) : h("span", { lang: app.paper.languages[0] }, name);
}

/** The buttons of all places. */
export class PaletteView {
  /**
   * @param {Player} app
   * @param {{sections: Section[], heading: "h2" | "h3", go: (position: number) => void}} how
   */
  constructor(app, { sections, heading, go }) {
    this.app = app;
    this.places = app.places;
    this.buttons = this.places.map((place, position) => this.#button(place, position, go));
    this.groups = groupsOf(sections).map((section) => ({ section, told: h("span", { class: "hint" }) }));
    this.elements = this.groups.map(({ section, told }) => {
      const list = h("ol", { class: "palette" }, section.positions.map((position) => h("li", {}, this.buttons[position])));
      if (this.groups.length === 1) return list;
      return h("div", { class: "group" }, h(heading, {}, sectionName(app, section), " ", told), list);
    });
  }

  /**
   * @param {Place} place
   * @param {number} position
   * @param {(position: number) => void} go
   */
  #button({ item }, position, go) {
    return h("button", { type: "button", "data-item": item, click: () => go(position) },
      h("span", { "aria-hidden": "true" }, String(position + 1)), h("span", { class: "sign", "aria-hidden": "true" }));
  }

  /**
   * Shows what is held now; `current` is the place that is shown, if one is.
   * @param {Set<number>} seen
   * @param {number} [current]
   */
  update(seen, current) {
    const { answers } = this.app.attempt;
    this.buttons.forEach((button, position) => {
      this.#show(button, position, seen.has(this.places[position].item), answers);
      if (position === current) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    });
    for (const { section, told } of this.groups) {
      const all = counts(section.positions.map((position) => this.places[position].item), answers, seen);
      setText(told, this.app.say("answeredOf", { answered: answeredOf(all), count: section.positions.length }));
    }
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {number} position
   * @param {boolean} wasSeen
   * @param {Map<number, HeldAnswer>} answers
   */
  #show(button, position, wasSeen, answers) {
    const answer = answers.get(this.places[position].item);
    const state = itemState(answer, wasSeen);
    const label = itemWords(this.app.say, { place: position + 1, state, answer });
    // Nothing is written that is there already: a hundred buttons are looked at with every change.
    if (button.getAttribute("aria-label") === label) return;
    button.setAttribute("aria-label", label);
    button.dataset.state = state;
    button.dataset.safety = safety(answer);
    setText(/** @type {Element} */ (button.lastElementChild), SIGNS[state]);
  }
}
