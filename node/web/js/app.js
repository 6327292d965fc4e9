// The page: opens what this device keeps, becomes the tab that writes, and shows one screen after another.
import { Appearance } from "./appearance.js";
import { lacksDevanagari, loadDevanagari } from "./device/devanagari.js";
import { hold } from "./device/hold.js";
import { keepOffline } from "./device/offline.js";
import { saveAs } from "./device/save_as.js";
import { openStorage } from "./device/storage.js";
import { becomeWriter, otherIsGone } from "./device/tab.js";
import { bring, lastResort, loadParts, warm } from "./device/warm.js";
import { Client } from "./district/client.js";
import { lobbyPause } from "./district/pace.js";
import { Problem, unreachable } from "./district/problems.js";
import { DistrictClock } from "./district/timer.js";
import { announce, byId, h, setText, show } from "./dom.js";
import { Header } from "./header.js";
import { showSignIn } from "./screens/sign_in.js";

/**
 * @import {Screen} from "./exam/player.js"
 * @import {Sitting} from "./lobby/rules.js"
 * @import {Preferences} from "./preferences.js"
 * @typedef {import("./attempt/attempt.js").Attempt} Attempt
 * @typedef {NonNullable<Sitting["sealed"]>} Sealed where a sealed paper is
 * @typedef {typeof import("./parts.js")} Parts
 */

const TICK_MS = 250;
/** Where a node has a font for devices that cannot show Devanagari. */
const FONT = "/fonts/devanagari";

/** @type {any} */
const none = null;

export class App {
  clock = new DistrictClock();
  /** @type {Set<string>} */
  papersHere = new Set();
  /**
   * Who signed in; null before. Screens that ask for it are shown after.
   * @type {import("./lobby/rules.js").Session}
   */
  session = none;
  /**
   * The attempt that is open; null where none is. Screens that ask for it are shown while one is.
   * @type {Attempt}
   */
  attempt = none;
  /** @type {import("./question/paper.js").Paper} */
  paper = none;
  /**
   * What shows a paper that is not plain; null for others.
   * @type {Awaited<ReturnType<Parts["kindsFor"]>>}
   */
  kinds = null;
  /** @type {Awaited<ReturnType<typeof openStorage>>} */
  storage = none;
  #appearance = new Appearance();
  #header = new Header(this);
  /**
   * What is needed from the sign-in on; fetched while the candidate types.
   * @type {Promise<Parts>}
   */
  #coming = none;
  /** @type {Parts} */
  #parts = none;
  /** @type {InstanceType<Parts["Trouble"]>} */
  #trouble = none;
  /** @type {Screen} */
  #screen = {};
  /** @type {() => Screen | undefined} */
  #render = () => ({});
  /**
   * What the node said of the sittings last: their tag, and when to look again.
   * @type {{tag: string | null, at: number}}
   */
  lobby = { tag: null, at: 0 };

  constructor() {
    this.client = new Client(this.clock);
  }

  get preferences() {
    return this.#appearance.preferences;
  }

  get language() {
    return this.preferences.language;
  }

  get say() {
    return this.#appearance.say;
  }

  async run() {
    await this.#appearance.speak();
    const needed = [crypto.subtle, globalThis.DecompressionStream, navigator.locks, globalThis.indexedDB];
    if (needed.some((each) => !each)) return this.#message(this.say("tooOld"));
    this.storage = await openStorage();
    // Asks the browser not to clear it when the disk gets full; the exam goes on without.
    navigator.storage?.persist?.().catch(() => false);
    keepOffline();
    this.#coming = loadParts();
    if (lacksDevanagari()) loadDevanagari(FONT);
    await this.#readPreferences();
    setInterval(() => this.#tick(), TICK_MS);
    for (const news of ["online", "offline"]) addEventListener(news, () => this.attempt?.nudge());
    // A telephone may end a page that is not seen.
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#screen.hide?.() : this.attempt?.nudge()));
    addEventListener("pagehide", () => this.#screen.hide?.());
    return this.#enter({ steal: false });
  }

  /** @param {{steal: boolean}} how */
  async #enter({ steal }) {
    const isWriter = await becomeWriter({ steal, lost: () => this.#lost() });
    if (!isWriter) {
      otherIsGone().then(() => location.reload());
      return this.#otherTab("otherTab");
    }
    return this.#restart();
  }

  #lost() {
    this.attempt?.stop();
    this.#otherTab("tabTaken");
  }

  /** @param {string} text */
  #otherTab(text) {
    this.to(() => {
      show(h("h1", {}, "Pariksha"), h("p", { class: "notice", role: "alert" }, this.say(text)),
        h("button", { type: "button", class: "main", click: () => this.#takeOver() }, this.say("useThisTab")));
      return {};
    });
  }

  async #takeOver() {
    const isWriter = await becomeWriter({ steal: true, lost: () => this.#lost() });
    // Everything is read again: the other tab has written meanwhile.
    if (isWriter) await this.#restart();
  }

  async #restart() {
    this.attempt = none;
    this.session = (await this.storage.setting("session")) ?? null;
    if (!this.session) return this.#signInScreen();
    await this.#readPreferences();
    this.#useNodes();
    await this.#takeParts();
    return this.session.confirmed ? this.#goOn() : this.to(() => this.#parts.showConfirm(this));
  }

  async #takeParts() {
    this.#parts = await this.#coming;
    this.#trouble ??= new this.#parts.Trouble();
  }

  // === Signing in and out

  #signInScreen(notice = "") {
    this.to(() => showSignIn(this, notice));
  }

  /**
   * @param {number} candidate
   * @param {string} code
   */
  async signIn(candidate, code) {
    const device = await this.storage.setting("device");
    const told = await this.client.json("POST", "sign-in", {
      body: { candidate, access_code: code, ...(device === undefined ? {} : { device }) },
    });
    await this.storage.setSetting("device", told.device);
    const { token, candidate: who, nodes, sittings } = told;
    this.session = { token, candidate: who, nodes, sittings, confirmed: false };
    this.lobby = { tag: null, at: performance.now() + lobbyPause(told.look_again_ms) };
    await this.storage.setSetting("session", this.session);
    await this.#readPreferences();
    this.#useNodes();
    await this.#takeParts();
    this.to(() => this.#parts.showConfirm(this));
  }

  /** The candidate said that it is them. */
  async confirm() {
    this.session.confirmed = true;
    await this.storage.setSetting("session", this.session);
    await this.#goOn();
  }

  #useNodes() {
    this.client.setNodes(this.session.nodes.map((node) => node.url));
  }

  /** The token has expired: what is kept stays. */
  signedOut() {
    this.#leaveAttempt();
    this.session = none;
    this.storage.removeSettings(["session"]).catch((error) => this.fault(error));
    this.#signInScreen(this.say("signedOut"));
  }

  /** Signs out if every answer of the candidate is at the district; gives whether it did. */
  async signOut(notice = "") {
    const { id } = this.session.candidate;
    if ((await this.storage.waiting(id)) > 0) return false;
    // What was confirmed and has no receipt yet is handed in first.
    const keys = this.session.sittings.map((sitting) => this.#parts.attemptKey(id, sitting.id));
    const kept = await Promise.all(keys.map((key) => this.storage.attempt(key)));
    if (kept.some((record) => record?.sealedAt != null && !record.submitted)) return false;
    const over = this.session.sittings.filter((sitting) => sitting.state === "submitted");
    for (const sitting of over) await this.storage.forgetAttempt(this.#parts.attemptKey(id, sitting.id));
    await this.storage.removeSettings(["session", "active"]);
    this.#leaveAttempt();
    this.session = none;
    this.#signInScreen(notice);
    return true;
  }

  #leaveAttempt() {
    this.attempt?.stop();
    this.attempt = none;
  }

  // === Sittings and papers

  /**
   * @param {Sealed} sealed
   * @returns {Promise<Uint8Array<ArrayBuffer>>}
   */
  async fetchSealed(sealed) {
    const bytes = await this.client.sealed(sealed.url, this.session.token);
    await this.storage.keepSealed(sealed.hash, bytes);
    this.papersHere.add(sealed.hash);
    return bytes;
  }

  /**
   * The same where this device's disk does not take it.
   * @param {Sealed} sealed
   */
  async #fetchSealedAnyway(sealed) {
    const bytes = await this.client.sealed(sealed.url, this.session.token);
    const kept = this.storage.keepSealed(sealed.hash, bytes).then(() => this.papersHere.add(sealed.hash));
    kept.catch((error) => console.error(error));
    return bytes;
  }

  /** Resolves once every file of the page is on this device. */
  warm() {
    return warm().then(hold);
  }

  openSittings() {
    this.storage.removeSettings(["active"]).catch((error) => this.fault(error));
    this.#leaveAttempt();
    this.to(() => this.#parts.showSittings(this));
  }

  /** @param {Sitting} sitting */
  openInstructions(sitting) {
    this.to(() => this.#parts.showInstructions(this, sitting));
  }

  openCheck() {
    const load = () => import("./screens/check.js");
    return this.#toLater("js/screens/check.js", load, ({ showCheck }) => showCheck(this));
  }

  openPractice() {
    const load = () => import("./screens/practice.js");
    return this.#toLater("js/screens/practice.js", load, ({ showPractice }) => showPractice(this));
  }

  /**
   * @template Module
   * @param {string} name
   * @param {() => Promise<Module>} load
   * @param {(module: Module) => Screen | undefined} render
   */
  async #toLater(name, load, render) {
    const screen = await bring(name).then(load).catch(() => null);
    if (screen) this.to(() => render(screen));
    else announce(this.explain(unreachable()));
  }

  /** Goes on with the attempt that was open when the page went, or shows the sittings. */
  async #goOn() {
    const active = await this.storage.setting("active");
    const isTheirs = active?.candidate === this.session.candidate.id;
    if (!isTheirs) return this.openSittings();
    try {
      return await this.startAttempt(active.sitting, {});
    } catch (problem) {
      if (!(problem instanceof Problem || isSealedError(problem))) throw problem;
      this.to(() => this.#parts.showSittings(this));
      return announce(this.explain(problem));
    }
  }

  // === The attempt

  /**
   * @param {Pick<Sitting, "id" | "title" | "sealed">} sitting
   * @param {{isMove?: boolean}} how
   */
  async startAttempt(sitting, { isMove = false }) {
    const { storage, client, clock, session } = this;
    const { Attempt, isRich, kindsFor, openPaperOf } = this.#parts;
    const attempt = await Attempt.begin({ storage, client, clock, session }, sitting.id, { isMove });
    Object.assign(attempt.record, { title: sitting.title, sealed: sitting.sealed ?? attempt.record.sealed });
    await attempt.keep();
    if (!attempt.isSubmitted) {
      this.paper = await openPaperOf(storage, (sealed) => this.#fetchSealedAnyway(sealed), attempt.record);
      // A module that fails to come once never comes again.
      if (isRich(this.paper)) await bring("js/question/kinds/question.js");
      this.kinds = await kindsFor(this.paper);
    }
    this.#leaveAttempt();
    this.attempt = attempt;
    this.lobby = { tag: null, at: 0 };
    const { title, sealed } = attempt.record;
    const active = { candidate: session.candidate.id, sitting: { id: sitting.id, title, sealed } };
    // A disk that fails stops nobody from answering: what is given reaches the district all the same.
    await storage.setSetting("active", active).catch(() => this.notKept());
    let wasSealed = attempt.isSealed;
    attempt.addEventListener("change", () => {
      if (attempt !== this.attempt) return;
      if (attempt.isSealed !== wasSealed) this.#toView();
      wasSealed = attempt.isSealed;
      this.#screen.changed?.();
      this.#banner();
    });
    attempt.addEventListener("ended", () => attempt === this.attempt && this.#toView());
    attempt.addEventListener("signed-out", () => this.signedOut());
    attempt.addEventListener("not-kept", () => this.notKept());
    this.#header.restart();
    if (!attempt.isSubmitted) attempt.goToLast(this.places);
    this.#toView();
    attempt.run();
    // The last resort must be at hand when nothing can be fetched any more.
    lastResort().catch(() => {});
    this.warm().catch(() => {});
  }

  /** The places in the order in which this candidate meets them. */
  get places() {
    const { kinds, paper, attempt } = this;
    const { order = [] } = attempt.record;
    return kinds?.placesOf(paper, order) ?? order;
  }

  #toView() {
    const { attempt } = this;
    if (attempt.isSubmitted || attempt.isSealed) return this.to(() => this.#parts.showReceipt(this));
    return this.to(() => (attempt.record.view === "review" ? this.#parts.showReview(this) : this.#parts.showExam(this)));
  }

  /** @param {number} position */
  openItem(position) {
    Object.assign(this.attempt.record, { position, view: "item" });
    this.#toView();
  }

  openReview() {
    this.attempt.openReview().then(() => this.#toView(), (error) => this.fault(error));
  }

  /** Offers every answer of the attempt as an encrypted file, for an invigilator to take to the node. */
  async saveAnswersFile() {
    const { answersFile } = await lastResort();
    saveAs(await answersFile(this.attempt));
  }

  // === What all screens share

  /**
   * Shows a screen.
   * @param {() => Screen | undefined} render
   */
  to(render) {
    this.#screen.leave?.();
    this.#render = render;
    this.#screen = {};
    this.#screen = render() ?? {};
    this.#header.draw();
    this.#tick();
  }

  #tick() {
    this.#screen.tick?.();
    if (this.#header.tick()) this.#screen.changed?.();
    this.#banner();
  }

  #banner() {
    this.#parts?.updateBanner(this);
  }

  async #readPreferences() {
    await this.#appearance.read(this.storage, this.session?.candidate.id);
    this.#skipLink();
  }

  /**
   * Changes how the page is shown, for this candidate from now on.
   * @param {Partial<Preferences>} change
   */
  async prefer(change) {
    const { language } = this;
    try {
      await this.#appearance.change(change, this.storage, this.session?.candidate.id);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      announce(this.explain(problem));
    }
    this.#skipLink();
    this.#header.draw();
    if (this.language === language) return;
    // Drawn anew in the other language; the focus stays where the language is chosen.
    this.to(this.#render);
    document.getElementById("language")?.focus();
  }

  #skipLink() {
    setText(/** @type {Element} */ (document.querySelector(".skip")), this.say("skip"));
  }

  /**
   * A problem in the candidate's words.
   * @param {any} problem
   * @returns {string}
   */
  explain = (problem) => {
    if (isSealedError(problem)) return this.say("cannotOpenPaper");
    /** @type {Record<string, string>} */
    const own = {
      unreachable: this.attempt ? "offline" : "noAnswer", "not-open": "waitsOpen", "not-released": "waitsRelease",
      "no-paper": "paperComing", closed: "closed", "open-elsewhere": "openElsewhere", "unlock-needed": "unlockNeeded", withdrawn: "withdrawn",
      "other-exam-open": "otherExamOpen", busy: "tooMany", "too-many-requests": "tooMany",
    };
    return own[problem.slug] ? this.say(own[problem.slug]) : problem.detail || problem.message;
  };

  /**
   * Shows in `box` what stands against writing or sending.
   * @param {HTMLElement} box
   */
  showTrouble(box) {
    this.#trouble.show(this, box, () => this.#moveHere());
  }

  async #moveHere() {
    try {
      if (await this.#trouble.moveHere(this)) this.#toView();
    } catch (problem) {
      if (!(problem instanceof Problem)) this.fault(problem);
      announce(this.explain(problem));
    }
  }

  /** The device's disk failed: the candidate must know at once. */
  notKept() {
    this.#trouble.isStorageBroken = true;
    announce(this.say("notKept"));
    this.#screen.changed?.();
  }

  /** @param {string} text */
  #message(text) {
    show(h("h1", {}, "Pariksha"), h("p", { class: "error", role: "alert" }, text));
  }

  /**
   * An error that nobody foresaw: said, never swallowed.
   * @param {any} error
   */
  fault(error) {
    console.error(error);
    this.#message(this.say("fault", { detail: error?.message ?? String(error) }));
    const reload = h("button", { type: "button", class: "main", click: () => location.reload() }, this.say("reload"));
    byId("main").append(reload);
  }
}

/**
 * Whether a sealed paper did not open; the class is among the parts.
 * @param {any} error
 */
const isSealedError = (error) => error?.name === "SealedError";

const app = new App();
addEventListener("unhandledrejection", (event) => app.fault(event.reason));
app.run().catch((error) => app.fault(error));
