// The sections of the paper above the question, each with what is answered of it; a press leads to its first question.
import { h, setText } from "../dom.js";
import { sectionName } from "./palette_view.js";

export class SectionBar {
  /**
   * @param {import("./player.js").Player} app
   * @param {{sections: import("./sections.js").Section[], go: (position: number) => void}} how
   */
  constructor(app, { sections, go }) {
    this.app = app;
    this.entries = sections.map((section) => {
      const told = h("span", { class: "unseen" });
      const short = h("span", { class: "hint", "aria-hidden": "true" });
      const props = { type: "button", "data-section": section.name, click: () => go(section.positions[0]) };
      return { section, told, short, button: h("button", props, sectionName(app, section), " ", short, told) };
    });
    const list = h("ul", {}, this.entries.map(({ button }) => h("li", {}, button)));
    this.element = sections.length > 1 ? h("nav", { class: "sections", "aria-label": app.say("sections") }, list) : null;
  }

  /**
   * Shows what is answered now, and in which section `position` is.
   * @param {number} position
   */
  update(position) {
    const { say, places, attempt } = this.app;
    for (const { section, told, short, button } of this.entries) {
      const answered = section.positions.filter((each) => attempt.answers.get(places[each].item)?.response != null).length;
      const count = section.positions.length;
      setText(short, `${answered} / ${count}`);
      setText(told, say("answeredOf", { answered, count }));
      if (section.positions.includes(position)) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }
}
