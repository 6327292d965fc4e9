// One question at a time, and the palette of all of them.
import { focusHeading, h, setText, show } from "./dom.js";
import { SIGNS, STATES, counts, itemState, safety, safetyCounts } from "./palette.js";
import { choice, choices, isSame, number } from "./response.js";

/** A text of the paper with its language, in the one asked for or else in the paper's own. */
export function paperText(paper, text, language) {
  const lang = [language, ...paper.languages, ...Object.keys(text)].find((each) => text[each] !== undefined);
  return { text: text[lang] ?? "", lang };
}

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
    leave: () => {},
  };
}

class ExamScreen {
  constructor(app) {
    this.app = app;
    this.attempt = app.attempt;
    this.items = new Map(app.paper.items.map((item) => [item.no, item]));
    this.places = this.attempt.record.order;
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
    const { say, paper, language } = this.app;
    const stem = paperText(paper, item.stem, language);
    const heading = say("question", { place: this.position + 1, count: this.places.length });
    const hasPenalty = Number(item.penalty) > 0;
    this.safety = h("p", { class: "safety", role: "status" });
    this.numberError = h("p", { class: "error", id: "number-error", role: "alert", hidden: true });
    this.inputs = this.#inputsOf(item);
    this.clearButton = h("button", { type: "button", "data-do": "clear", click: () => this.#clear() }, say("clear"));
    this.markButton = h("button", { type: "button", "data-do": "mark", click: () => this.#mark() }, say("mark"));
    return [
      h("h1", {}, heading),
      item.section ? h("p", { class: "hint", lang: paper.languages[0] }, item.section) : "",
      h("p", { class: "hint" }, say(hasPenalty ? "marks" : "marksOnly", { marks: item.marks, penalty: item.penalty })),
      h("fieldset", { "data-item": item.no, "data-kind": this.kind },
        h("legend", {}, h("p", { class: "stem", lang: stem.lang }, stem.text),
          this.kind !== "number" && h("p", { class: "hint" }, this.prompt)),
        this.inputs.elements, this.numberError),
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

  #inputsOf(item) {
    const { say } = this.app;
    if (item.kind === "number" || item.kind.number !== undefined) {
      this.kind = "number";
      this.prompt = say("typeNumber");
      return this.#numberInput();
    }
    const isOne = item.kind.choice !== undefined;
    this.kind = isOne ? "choice" : "choices";
    this.prompt = say(isOne ? "chooseOne" : "chooseAny");
    return this.#optionInputs(item.kind[this.kind], isOne);
  }

  #numberInput() {
    const input = h("input", {
      type: "text", inputmode: "decimal", autocomplete: "off", "data-number": true, "aria-describedby": "number-error",
      value: this.current.response?.number ?? "", input: () => this.#typed(input),
    });
    return {
      elements: [h("label", { class: "number" }, this.prompt, input)],
      all: [input],
      set: (response) => {
        if (document.activeElement !== input) input.value = response?.number ?? "";
      },
    };
  }

  #optionInputs(options, isOne) {
    const byId = new Map(options.map((option) => [option.id, option]));
    const all = [];
    const elements = this.place.options.map((id) => {
      const { text, lang } = paperText(this.app.paper, byId.get(id).text, this.app.language);
      const input = h("input", {
        type: isOne ? "radio" : "checkbox", name: "response", "data-option": id, change: () => this.#chosen(all, isOne),
      });
      all.push(input);
      return h("label", { class: "option" }, input, h("span", { lang }, text));
    });
    const set = (response) => {
      const chosen = new Set(response?.choices ?? [response?.choice]);
      for (const input of all) input.checked = chosen.has(Number(input.dataset.option));
    };
    set(this.current.response);
    return { elements, all, set };
  }

  #chosen(inputs, isOne) {
    const chosen = inputs.filter((input) => input.checked).map((input) => Number(input.dataset.option));
    if (isOne && chosen.length === 0) return;
    this.#respond({ response: isOne ? choice(chosen[0]) : choices(chosen) });
  }

  #typed(input) {
    const typed = number(input.value);
    this.#tellNumber(input, typed.invalid === true);
    this.#respond({ response: typed.invalid ? null : typed.response });
  }

  #tellNumber(input, isInvalid) {
    setText(this.numberError, isInvalid ? this.app.say("notNumber") : "");
    this.numberError.hidden = !isInvalid;
    if (isInvalid) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }

  #clear() {
    if (this.attempt.isFrozen) return;
    for (const input of this.inputs.all) {
      if (this.kind === "number") {
        input.value = "";
        this.#tellNumber(input, false);
      } else input.checked = false;
    }
    this.#respond({ response: null });
  }

  #mark() {
    this.#respond({ marked: !this.current.marked });
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
      if (!isSame(held.response, this.current.response)) this.inputs.set(held.response);
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
    for (const element of [...this.inputs.all, this.clearButton, this.markButton]) element.disabled = isFrozen;
    this.app.showTrouble(this.alert);
  }
}
