// What a candidate should know before the time begins to run; read as often as they like, also while the opening is awaited.
import { STATES } from "../attempt/palette.js";
import { clockText } from "../district/timer.js";
import { h, setText, show } from "../dom.js";
import { shapeOf } from "../exam/palette_view.js";
import { stateWords } from "../exam/words.js";
import { begin } from "../lobby/begin.js";
import { countdownOf } from "../lobby/rules.js";
import { LobbyWatch } from "../lobby/watch.js";

/**
 * @typedef {import("../app.js").App} App
 * @typedef {import("../attempt/palette.js").ItemState} ItemState
 * @typedef {import("../dom.js").Child} Child
 * @typedef {import("../lobby/rules.js").Sitting} Sitting
 */

/** What each state of the palette means, by its name. */
const LEGEND = {
  unseen: "legendUnseen", unanswered: "legendUnanswered", answered: "legendAnswered", marked: "legendMarked",
  "answered-marked": "legendAnsweredMarked",
};

/**
 * What was agreed to and asked for, by sitting: it outlives that the screen is drawn in another language.
 * @type {Map<number, {hasRead: boolean, isStarting: boolean, isMove: boolean}>}
 */
const agreed = new Map();

/**
 * Shows the instructions of a sitting.
 * @param {App} app
 * @param {Sitting} sitting
 */
export function showInstructions(app, sitting) {
  const screen = new InstructionsScreen(app, sitting);
  screen.open();
  return { tick: () => screen.tick(), leave: () => screen.leave() };
}

/**
 * The chapters: a heading and what stands below it.
 * @param {App["say"]} say
 * @param {Sitting} sitting
 */
function chapters(say, { duration_ms: durationMs }) {
  const points = (/** @type {string[]} */ ...texts) => h("ul", {}, texts.map((text) => h("li", {}, text)));
  const keys = { next: say("next"), mark: say("mark"), clear: say("clear") };
  /** @type {(key: string, content: Child) => Child} */
  const chapter = (key, content) => [h("h2", {}, say(key)), content];
  return [
    chapter("aboutTime", points(say("timeBegins", { count: Math.round(durationMs / 60_000) }), say("timeShown"), say("timeEnds"))),
    chapter("aboutAnswers", points(say("savedAtOnce"), say("goesOn", keys), say("ratingRule"), say("markedCounts"))),
    chapter("aboutPalette", legend(say)),
    chapter("aboutSaving", points(say("stateDevice"), say("stateDistrict"), say("stateCentre"))),
    chapter("aboutConnection", points(say("keepAnswering"), say("afterLong"), say("afterReload"))),
    chapter("aboutKeys", points(say("keysAll"), say("languageHint"), say("displayHint"))),
  ];
}

/**
 * The signs of the palette, each with what it means.
 * @param {App["say"]} say
 */
function legend(say) {
  const line = (/** @type {ItemState} */ state) =>
    h("li", {}, shapeOf(state), h("span", {}, h("b", {}, stateWords(say, state)), `: ${say(LEGEND[state])}`));
  return h("ul", { class: "legend" }, STATES.map(line));
}

class InstructionsScreen {
  isGone = false;
  /** Whether a start is tried just now. */
  isTrying = false;
  /** Whether what is said is of the network, not of the start. */
  isTrouble = false;

  /**
   * @param {App} app
   * @param {Sitting} sitting
   */
  constructor(app, sitting) {
    this.app = app;
    this.sitting = sitting;
    this.state = agreed.get(sitting.id) ?? { hasRead: false, isStarting: false, isMove: false };
    agreed.set(sitting.id, this.state);
    this.notice = h("div", { role: "status" });
    this.countdown = h("p", { role: "timer", class: "countdown" });
    this.box = h("input", { type: "checkbox", id: "has-read", checked: this.state.hasRead, change: () => this.agree() });
    const click = () => this.begin();
    this.button = h("button", { type: "button", class: "main", "data-do": "begin", click }, app.say("readyToBegin"));
    this.watch = new LobbyWatch(app, { changed: () => this.tick(), trouble: (text) => this.trouble(text) });
  }

  open() {
    const { app: { say }, sitting } = this;
    const back = h("button", { type: "button", "data-do": "back", click: () => this.back() }, say("toExams"));
    show(
      h("h1", {}, say("instructions")), h("p", { class: "exam-title" }, sitting.title), this.countdown,
      h("div", { class: "instructions" }, chapters(say, sitting)),
      h("label", { class: "check agree" }, this.box, h("span", {}, say("haveRead"))), this.notice,
      h("div", { class: "row" }, this.button, back),
    );
    this.agree();
    this.tick();
    this.watch.run();
    if (this.state.isStarting) this.begin(this.state);
  }

  agree() {
    this.state.hasRead = this.box.checked;
    this.button.disabled = !this.box.checked;
  }

  tick() {
    const { say, clock, session } = this.app;
    const sitting = session.sittings.find(({ id }) => id === this.sitting.id) ?? this.sitting;
    const now = performance.now();
    const left = { opens: clock.remaining(sitting.opens, now), closes: clock.remaining(sitting.closes, now) };
    const shown = countdownOf(sitting, left);
    setText(this.countdown, shown ? say(shown.key, { time: clockText(shown.ms) }) : "");
  }

  leave() {
    this.isGone = true;
    this.watch.stop();
  }

  back() {
    agreed.delete(this.sitting.id);
    this.app.openSittings();
  }

  /** @param {string} text */
  trouble(text) {
    if (this.isTrying || (text === "" && !this.isTrouble)) return;
    this.tell(text);
    this.isTrouble = text !== "";
  }

  /**
   * Says something below the checkbox, with what can be done about it.
   * @param {string} text
   * @param {Node[]} more
   */
  tell(text, ...more) {
    this.isTrouble = false;
    if (this.notice.textContent === text && more.length === 0) return;
    this.notice.replaceChildren(...(text === "" ? [] : [h("p", { class: "notice" }, text)]), ...more);
  }

  /** @param {{isMove?: boolean}} [how] */
  async begin(how) {
    if (this.isTrying) return;
    this.state.isMove = how?.isMove === true;
    const busy = (/** @type {boolean} */ isStarting) => {
      this.isTrying = isStarting;
      this.state.isStarting = isStarting;
      this.button.setAttribute("aria-disabled", String(isStarting));
      this.box.disabled = isStarting;
      if (isStarting) this.tell(this.app.say("starting"));
    };
    const tell = (/** @type {string} */ text) => this.tell(text);
    await begin(this.app, this.sitting, { busy, tell, offerMove: () => this.offerMove(), isGone: () => this.isGone }, how);
    if (this.app.attempt) agreed.delete(this.sitting.id);
  }

  /** Another device holds the attempt: says so, with the way on. */
  offerMove() {
    const { say } = this.app;
    const click = () => this.begin({ isMove: true });
    this.tell(say("openElsewhere"), h("button", { type: "button", "data-do": "move", click }, say("continueHere")));
  }
}
