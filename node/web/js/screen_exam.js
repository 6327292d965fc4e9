// One question at a time, and the palette of all of them.
import { focusHeading, h, setText, show } from "./dom.js";
import { firstField, paperText } from "./fields.js";
import { SIGNS, STATES, counts, itemState, safety, safetyCounts } from "./palette.js";
import { isSame } from "./response.js";

/** The words for a state. */
export const stateWords = (say, state) => say(state === "marked" ? "state-marked" : state);

/** What is told of where an answer is. */
export function safetyWords(say, answer) {
  const state = safety(answer);
  if (state === "refused") return say("safeRefused", { detail: answer.problem });
  if (answer?.late && state !== "device") return say("safeLate");
  return say({ none: "safeNone", device: "safeDevice", node: "safeNode", district: "safeDistrict" }[state]);
}

/** Shows the exam at the place where the attempt stands. */
export function showExam(app) {
  const screen = new ExamScreen(app);
  show(screen.element);
  screen.go(app.attempt.record.position);
  return {
    changed: () => screen.update(),
    tick: () => screen.freeze(),
    leave: () => screen.leave(),
  };
}

class ExamScreen {
  constructor(app) {
    this.app = app;
    this.attempt = app.attempt;
    this.items = new Map(app.paper.items.map((item) => [item.no, item]));
    this.places = app.places;
    this.seen = new Set(this.attempt.record.seen);
    this.question = h("article", { "data-view": "item" });
    this.sum = h("p", { role: "status", class: "sum" });
    this.alert = h("div", { role: "status" });
    this.buttons = this.places.map((place, index) => this.#paletteButton(place, index));
    this.legend = h("ul", { class: "legend" });
    this.element = h("div", { class: "exam" }, h("div", {}, this.alert, this.question), this.#aside());
  }

  #aside() {
    const { say } = this.app;
    return h("nav", { "aria-label": say("palette") },
      h("h2", {}, say("palette")), this.sum,
      h("ol", { class: "palette" }, this.buttons.map((button) => h("li", {}, button))), this.legend);
  }

  #paletteButton(place, index) {
    return h("button", { type: "button", "data-item": place.item, click: () => this.go(index) },
      h("span", { "aria-hidden": "true" }, String(index + 1)), h("span", { class: "sign", "aria-hidden": "true" }));
  }

  /** Shows the question at a place of the candidate's order. */
  go(position) {
    this.leave();
    this.position = Math.max(0, Math.min(position, this.places.length - 1));
    this.place = this.places[this.position];
    const item = this.items.get(this.place.item);
    const answer = this.attempt.answers.get(item.no);
    this.current = { response: answer?.response ?? null, marked: answer?.marked ?? false };
    this.pending = 0;
    this.seen.add(item.no);
    const { record } = this.attempt;
    Object.assign(record, { position: this.position, view: "item", seen: [...this.seen] });
    this.attempt.keep().catch((error) => this.app.fault(error));
    this.question.replaceChildren(...this.#questionParts(item));
    this.update();
    focusHeading(this.question);
    scrollTo(0, 0);
  }

  #questionParts(item) {
    const { app, place } = this;
    const { say, paper, language } = app;
    const heading = say("question", { place: this.position + 1, count: this.places.length });
    const hasPenalty = Number(item.penalty) > 0;
    this.safety = h("p", { class: "safety", role: "status" });
    const give = (response) => this.#respond({ response });
    const remaining = () => this.attempt.remaining();
    this.field = (app.kinds?.question ?? plainQuestion)({ item, place, say, paper, language, give, remaining });
    this.field.set(this.current.response);
    this.clearButton = h("button", { type: "button", "data-do": "clear", click: () => this.#clear() }, say("clear"));
    this.markButton = h("button", { type: "button", "data-do": "mark", click: () => this.#mark() }, say("mark"));
    return [
      h("h1", { id: "place" }, heading),
      item.section ? h("p", { class: "hint", lang: paper.languages[0] }, item.section) : "",
      h("p", { class: "hint" }, say(hasPenalty ? "marks" : "marksOnly", { marks: item.marks, penalty: item.penalty })),
      h("fieldset", { "data-item": item.no, "data-kind": this.field.kind, "aria-labelledby": this.field.labelledBy },
        this.field.elements),
      this.safety,
      h("div", { class: "row" }, this.clearButton, this.markButton),
      this.#wayOn(),
    ];
  }

  #wayOn() {
    const { say } = this.app;
    const to = (name, place, props) =>
      h("button", { type: "button", "data-do": name, click: () => this.go(place), ...props }, say(name));
    return h("div", { class: "row" },
      to("previous", this.position - 1, { disabled: this.position === 0 }),
      to("next", this.position + 1, { class: "main", disabled: this.position === this.places.length - 1 }),
      h("button", { type: "button", "data-do": "review", click: () => this.app.openReview() }, say("review")));
  }

  #clear() {
    if (this.attempt.isFrozen) return;
    this.field.clear();
    this.#respond({ response: null });
  }

  #mark() {
    this.#respond({ marked: !this.current.marked });
  }

  /** Keeps what was typed just now. */
  leave() {
    this.field?.flush?.();
  }

  /** Keeps a change of the question that is shown. */
  async #respond(change) {
    const next = { ...this.current, ...change };
    if (isSame(next.response, this.current.response) && next.marked === this.current.marked) return;
    if (this.attempt.isFrozen) return;
    this.current = next;
    const { place } = this;
    this.pending += 1;
    try {
      await this.attempt.respond(place.item, next.response, next.marked);
    } catch {
      this.app.notKept();
    } finally {
      if (this.place === place) {
        this.pending -= 1;
        this.update();
      }
    }
  }

  /** Shows what is held now. */
  update() {
    const { app, attempt } = this;
    const answer = attempt.answers.get(this.place.item);
    if (this.pending === 0) {
      const held = { response: answer?.response ?? null, marked: answer?.marked ?? false };
      if (!isSame(held.response, this.current.response)) this.field.set(held.response);
      this.current = held;
      setText(this.safety, safetyWords(app.say, answer));
      this.safety.dataset.safety = safety(answer);
    }
    this.markButton.setAttribute("aria-pressed", String(this.current.marked));
    this.#updatePalette();
    this.#updateSum();
    this.freeze();
  }

  #updatePalette() {
    const { say } = this.app;
    this.buttons.forEach((button, index) => {
      const { item } = this.places[index];
      const answer = this.attempt.answers.get(item);
      const state = itemState(answer, this.seen.has(item));
      const waits = safety(answer) === "device";
      const words = say("item", { place: index + 1, state: stateWords(say, state) });
      const label = waits ? `${words}, ${say("waits")}` : words;
      if (button.getAttribute("aria-label") !== label) button.setAttribute("aria-label", label);
      button.dataset.state = state;
      button.classList.toggle("waits", waits);
      setText(button.lastChild, SIGNS[state]);
      if (index === this.position) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    });
    const all = counts(this.places.map((place) => place.item), this.attempt.answers, this.seen);
    const text = JSON.stringify(all);
    if (this.legendText === text) return;
    this.legendText = text;
    const shape = (state) => h("span", { class: "shape", "data-state": state, "aria-hidden": "true" }, SIGNS[state]);
    const line = (state) => h("li", {}, shape(state), `${stateWords(say, state)}: ${all[state]}`);
    this.legend.replaceChildren(...STATES.map(line));
  }

  #updateSum() {
    const { app, attempt } = this;
    const sum = safetyCounts(attempt.answers.values());
    const refused = sum.refused > 0 ? `, ${app.say("sumRefused", sum)}` : "";
    setText(this.sum, app.say("sum", sum) + refused);
    this.sum.dataset.device = sum.device;
    app.showTrouble(this.alert);
  }

  /** Takes the inputs away when the time is over, and gives them back when more was granted. */
  freeze() {
    const isFrozen = this.attempt.isFrozen;
    if (this.wasFrozen === isFrozen && this.frozenPlace === this.place) return;
    Object.assign(this, { wasFrozen: isFrozen, frozenPlace: this.place });
    this.field.freeze(isFrozen);
    for (const button of [this.clearButton, this.markButton]) button.disabled = isFrozen;
    this.app.showTrouble(this.alert);
  }
}

/** A question of plain text, with one of the first kinds of fields. */
function plainQuestion({ item, place, say, paper, language, give }) {
  const said = (tag, props, text) => {
    const found = paperText(paper, text, language);
    return h(tag, { ...props, lang: found.lang }, found.text);
  };
  const field = firstField({
    name: "response", kind: item.kind, say, give,
    list: (options) => place.options.map((id) => options.find((option) => option.id === id)),
    show: (option) => said("span", {}, option.text),
  });
  const hint = field.prompt && h("p", { class: "hint" }, field.prompt);
  const legend = h("legend", {}, said("p", { class: "stem" }, item.stem), hint);
  return { ...field, elements: [legend, field.elements] };
}
