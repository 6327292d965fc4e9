// The lobby: the candidate's sittings with a countdown by district time. What an exam needs is brought here meanwhile.
import { clockText } from "../district/timer.js";
import { h, setText, show } from "../dom.js";
import { begin } from "../lobby/begin.js";
import { countdownOf, dayAndHour, needsPaper, offerOf } from "../lobby/rules.js";
import { LobbyWatch } from "../lobby/watch.js";

/**
 * @typedef {import("../app.js").App} App
 * @typedef {import("../lobby/rules.js").Sitting} Sitting
 * @typedef {{element: HTMLElement, tick: () => void}} Card
 */

/**
 * Shows the list.
 * @param {App} app
 */
export function showSittings(app) {
  const screen = new SittingsScreen(app);
  screen.open();
  return { tick: () => screen.tick(), leave: () => screen.leave() };
}

class SittingsScreen {
  isGone = false;
  /**
   * The sitting that is being started.
   * @type {number | null}
   */
  starting = null;
  /** Whether what is said is of the network, not of what the candidate did. */
  isTrouble = false;
  /** What the cards were drawn from. */
  drawn = "";
  /** @type {Card[]} */
  cards = [];

  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.list = h("div");
    this.notice = h("p", { class: "notice", role: "status", hidden: true });
    this.watch = new LobbyWatch(app, { changed: () => this.draw(), trouble: (text) => this.trouble(text) });
  }

  open() {
    const { app, list, notice } = this;
    const { say } = app;
    const { name, id, roll } = app.session.candidate;
    /** @type {(key: string, does: string, click: () => unknown) => HTMLButtonElement} */
    const button = (key, does, click) => h("button", { type: "button", "data-do": does, click }, say(key));
    show(
      h("h1", {}, say("welcome", { name })),
      h("p", {}, `${say("candidateNumber")} ${id} · ${say("roll")} ${roll}`),
      h("h2", {}, say("yourSittings")), notice, list,
      h("h2", {}, say("beforeExam")),
      h("div", { class: "row" },
        button("checkTitle", "check", () => app.openCheck()),
        button("practiceTitle", "practice", () => app.openPractice()),
        button("signOut", "sign-out", () => this.signOut())),
    );
    this.draw();
    this.watch.run();
  }

  leave() {
    this.isGone = true;
    this.watch.stop();
  }

  tick() {
    for (const card of this.cards) card.tick();
  }

  /**
   * What the watch has to say never takes the place of what the candidate was told of their own doing.
   * @param {string} text
   */
  trouble(text) {
    const isOthers = !this.isTrouble && !this.notice.hidden;
    if (this.starting !== null || isOthers || (text === "" && !this.isTrouble)) return;
    this.tell(text);
    this.isTrouble = text !== "";
  }

  /** @param {string} text */
  tell(text) {
    this.isTrouble = false;
    setText(this.notice, text);
    this.notice.hidden = text === "";
  }

  async signOut() {
    if (!(await this.app.signOut())) this.tell(this.app.say("waitToLeave"));
  }

  /** Draws the cards anew where they would say something else; the focus stays where it was. */
  draw() {
    if (this.isGone) return;
    const { app, list } = this;
    const drawn = JSON.stringify([app.session.sittings, [...app.papersHere], this.starting, this.watch.isWarm]);
    if (this.drawn === drawn) return;
    this.drawn = drawn;
    const hadFocus = document.activeElement;
    const focused = hadFocus instanceof HTMLElement ? hadFocus.dataset.sitting : undefined;
    this.cards = app.session.sittings.map((sitting) => this.card(sitting));
    const none = h("p", {}, app.say("noSittings"));
    list.replaceChildren(...(this.cards.length > 0 ? this.cards.map(({ element }) => element) : [none]));
    this.tick();
    if (focused) [...list.querySelectorAll("button")].find((button) => button.dataset.sitting === focused)?.focus();
  }

  /**
   * @param {Sitting} sitting
   * @returns {Card}
   */
  card(sitting) {
    const { app } = this;
    const { say } = app;
    const countdown = h("p", { role: "timer", class: "countdown" });
    const { button, text } = offerOf(sitting.state);
    const isWaiting = sitting.state === "waiting";
    const element = h("section", { class: "card", "data-sitting-state": sitting.state },
      h("h3", {}, sitting.title),
      h("p", {}, `${say("duration")}: ${say("minutes", { count: Math.round(sitting.duration_ms / 60_000) })}`),
      isWaiting && h("p", {}, say("opensOn", { time: dayAndHour(sitting.opens, app.language) })),
      text && h("p", { class: sitting.state === "withdrawn" && "notice" }, say(text)),
      countdown,
      needsPaper(sitting) && h("p", { class: "hint" }, this.paperWords(sitting)),
      button && h("button", {
        class: "main", type: "button", "data-sitting": sitting.id, "aria-disabled": this.starting === sitting.id && "true",
        click: () => this.go(sitting),
      }, say(button)));
    const tick = () => {
      const now = performance.now();
      const left = { opens: app.clock.remaining(sitting.opens, now), closes: app.clock.remaining(sitting.closes, now) };
      const shown = countdownOf(sitting, left);
      setText(countdown, shown ? say(shown.key, { time: clockText(shown.ms) }) : "");
    };
    return { element, tick };
  }

  /** @param {Sitting} sitting */
  paperWords({ sealed }) {
    const { say, papersHere } = this.app;
    if (!sealed || !papersHere.has(sealed.hash)) return say("paperComing");
    return this.watch.isWarm ? `${say("paperHere")} ${say("allHere")}` : say("paperHere");
  }

  /**
   * Does what a card's button says.
   * @param {Sitting} sitting
   */
  go(sitting) {
    if (this.starting !== null) return undefined;
    const { does } = offerOf(sitting.state);
    return does === "instructions" ? this.app.openInstructions(sitting) : this.start(sitting);
  }

  /**
   * @param {Sitting} sitting
   * @param {{isMove?: boolean}} [how]
   */
  start(sitting, how) {
    const busy = (/** @type {boolean} */ isStarting) => {
      this.starting = isStarting ? sitting.id : null;
      if (isStarting) this.tell("");
      this.draw();
    };
    const tell = (/** @type {string} */ text) => this.tell(text);
    return begin(this.app, sitting, { busy, tell, offerMove: () => this.offerMove(sitting), isGone: () => this.isGone }, how);
  }

  /**
   * Another device holds the attempt: says so, with the way on.
   * @param {Sitting} sitting
   */
  offerMove(sitting) {
    const { say } = this.app;
    this.tell(say("openElsewhere"));
    const click = () => this.start(sitting, { isMove: true });
    this.notice.append(h("br"), h("button", { type: "button", "data-do": "move", click }, say("continueHere")));
  }
}
