// Keeps the list of sittings fresh and brings what an exam needs to this device while there is time: the sealed papers and
// every file of the page. At the start only the key is missing then, so a flap of the network at the start harms nobody.
import { lobbyPause } from "../district/pace.js";
import { Problem, backOff, reaction } from "../district/problems.js";
import { needsPaper, paperDelay } from "./rules.js";
import { waitingWords } from "./words.js";

/** @typedef {import("../app.js").App} App */

/** A full disk is tried again so late: the paper is also fetched at the start. */
const DISK_RETRY_MS = 30_000;

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

export class LobbyWatch {
  /** Whether every file of the page is on this device. */
  isWarm = false;
  #isOver = false;
  /** From when on papers are fetched, by the monotonic clock; not before the list has come. */
  #papersFrom = Infinity;

  /**
   * @param {App} app
   * @param {{changed: () => void, trouble: (text: string) => void}} screen `trouble` gets "" when it is over.
   */
  constructor(app, screen) {
    this.app = app;
    this.screen = screen;
  }

  /** Runs until `stop`. */
  run() {
    this.#look().catch((error) => this.app.fault(error));
  }

  stop() {
    this.#isOver = true;
  }

  async #look() {
    const { app, screen } = this;
    for (let tries = 0; !this.#isOver;) {
      try {
        if (this.#lookIn() === 0) await this.#ask();
        await this.#notePapers();
        if (this.#isOver) return;
        tries = 0;
        screen.trouble("");
        screen.changed();
        await this.#fetchWhenDue();
        await pause(this.#nextIn());
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        if (this.#isOver) return;
        if (reaction(problem) === "sign-in") return void app.signedOut();
        tries += 1;
        screen.trouble(waitingWords(app, problem));
        app.lobby = { tag: null, at: 0 };
        app.client.moveOn(problem);
        await pause(Math.min(backOff(tries, problem), app.client.patienceLeft()));
      }
    }
  }

  /** Milliseconds until the list should be asked for again. */
  #lookIn() {
    return Math.max(0, this.app.lobby.at - performance.now());
  }

  #nextIn() {
    const papersIn = this.#missing().length > 0 ? this.#papersFrom - performance.now() : Infinity;
    return Math.min(this.#lookIn(), papersIn);
  }

  /** Asks for the list, unless nothing has changed. */
  async #ask() {
    const { app } = this;
    const { body, tag, lookAgainMs } = await app.client.look(app.session.token, app.lobby.tag);
    if (this.#isOver) return;
    app.lobby = { tag, at: performance.now() + lobbyPause(lookAgainMs) };
    if (!body) return;
    app.session.sittings = body.sittings;
    await app.storage.setSetting("session", app.session);
  }

  /** Notes which sealed papers this device keeps. */
  async #notePapers() {
    const { app } = this;
    for (const { sealed } of app.session.sittings) {
      if (sealed && (await app.storage.sealed(sealed.hash))) app.papersHere.add(sealed.hash);
    }
  }

  /** The sealed papers that are needed and not here. */
  #missing() {
    const { app } = this;
    const needed = app.session.sittings.filter(needsPaper).flatMap(({ sealed }) => (sealed ? [sealed] : []));
    return needed.filter(({ hash }) => !app.papersHere.has(hash));
  }

  async #fetchWhenDue() {
    const { app } = this;
    const now = performance.now();
    const opens = app.session.sittings.filter(needsPaper).map((sitting) => app.clock.remaining(sitting.opens, now) ?? 0);
    // Once it is near it is due, whatever was drawn before.
    this.#papersFrom = Math.min(this.#papersFrom, now + paperDelay(Math.min(...opens)));
    if (this.#papersFrom > performance.now()) return;
    for (const sealed of this.#missing()) {
      await this.#keepPaper(sealed);
      if (this.#isOver) return;
      this.screen.changed();
    }
    this.#warm();
  }

  /** @param {import("./rules.js").Sealed} sealed */
  async #keepPaper(sealed) {
    try {
      await this.app.fetchSealed(sealed);
    } catch (error) {
      if (error instanceof Problem) throw error;
      // This device's disk: the start will say it if it stays.
      this.#papersFrom = performance.now() + DISK_RETRY_MS;
    }
  }

  #warm() {
    if (this.isWarm) return;
    const done = () => {
      this.isWarm = true;
      if (!this.#isOver) this.screen.changed();
    };
    // Where the node serves another version by now, what this page has must do.
    this.app.warm().then(done, () => {});
  }
}
