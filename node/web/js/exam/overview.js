// What stands beside the question: where the answers are in sum, the palette and its legend. On a narrow screen the palette
// is folded behind a button, so that the question comes first.
import { h, setText } from "../dom.js";
import { answeredOf, counts, safetyCounts } from "../attempt/palette.js";
import { PaletteView, legendView } from "./palette_view.js";
import { sumWords } from "./words.js";

export class Overview {
  /**
   * @param {import("./player.js").Player} app
   * @param {{sections: import("./sections.js").Section[], go: (position: number) => void}} how
   */
  constructor(app, { sections, go }) {
    const { say } = app;
    this.app = app;
    this.items = app.places.map((place) => place.item);
    this.palette = new PaletteView(app, { sections, heading: "h3", go });
    this.legend = legendView(say);
    this.sum = h("p", { class: "sum" });
    /** @type {HTMLButtonElement} */
    this.fold = h("button", {
      type: "button", class: "fold", "data-do": "palette", "aria-expanded": "false", "aria-controls": "palette",
      click: () => this.#open(this.fold.getAttribute("aria-expanded") !== "true"),
    });
    this.panel = h("div", { id: "palette", class: "panel" }, this.palette.elements, this.legend.element);
    this.element = h("nav", { "aria-labelledby": "palette-title" },
      h("h2", { id: "palette-title" }, say("palette")), this.sum, this.fold, this.panel);
  }

  /** @param {boolean} isOpen */
  #open(isOpen) {
    this.fold.setAttribute("aria-expanded", String(isOpen));
    this.panel.classList.toggle("open", isOpen);
  }

  /** A question was chosen: it is what is looked at now. */
  close() {
    this.#open(false);
  }

  /**
   * Shows what is held now.
   * @param {Set<number>} seen
   * @param {number} position
   */
  update(seen, position) {
    const { say, attempt } = this.app;
    const all = counts(this.items, attempt.answers, seen);
    this.palette.update(seen, position);
    this.legend.update(all);
    setText(this.fold, say("allQuestions", { answered: answeredOf(all), count: this.items.length }));
    const sum = safetyCounts(attempt.answers.values());
    setText(this.sum, sumWords(say, sum));
    this.sum.dataset.device = String(sum.device);
  }
}
