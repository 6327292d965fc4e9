// The page: opens what this device keeps, becomes the tab that writes, and shows one screen after another.
import { Attempt, attemptKey } from "./attempt.js";
import { Client } from "./client.js";
import { announce, h, setText, show } from "./dom.js";
import { kindsFor } from "./fields.js";
import { lobbyPause } from "./pace.js";
import { SealedError, openPaper } from "./sealed.js";
import { showExam } from "./screen_exam.js";
import { showReceipt } from "./screen_receipt.js";
import { showReview } from "./screen_review.js";
import { showSignIn } from "./screen_sign_in.js";
import { showSittings } from "./screen_sittings.js";
import { openStorage } from "./storage.js";
import { becomeWriter, otherIsGone } from "./tab.js";
import { DistrictClock, announcement, clockText } from "./timer.js";
import { NAMES, speaker } from "./words.js";

const TICK_MS = 250;
/** From here on the clock is shown as short. */
const SHORT_MS = 5 * 60_000;

class App {
  clock = new DistrictClock();
  papersHere = new Set();
  session = null;
  attempt = null;
  paper = null;
  /** What shows a paper that is not plain; null for others. */
  kinds = null;
  language = "en";
  say = speaker("en");
  #screen = {};
  #render = () => ({});
  #before = null;
  #isStorageBroken = false;
  /** What the node said of the sittings last: their tag, and when to look again. */
  lobby = { tag: null, at: 0 };

  constructor() {
    this.client = new Client(this.clock);
  }

  async run() {
    const needed = [crypto.subtle, globalThis.DecompressionStream, navigator.locks, globalThis.indexedDB];
    if (needed.some((each) => !each)) {
      return this.#message(this.say("tooOld"));
    }
    this.storage = await openStorage();
    // Asks the browser not to clear it when the disk gets full; the exam goes on without.
    navigator.storage?.persist?.().catch(() => false);
    this.#setLanguage((await this.storage.setting("language")) ?? this.#preferred());
    setInterval(() => this.#tick(), TICK_MS);
    addEventListener("online", () => this.attempt?.nudge());
    document.addEventListener("visibilitychange", () => document.hidden || this.attempt?.nudge());
    return this.#enter({ steal: false });
  }

  #preferred() {
    return navigator.languages.map((each) => each.slice(0, 2)).find((each) => each in NAMES) ?? "en";
  }

  async #enter({ steal }) {
    const isWriter = await becomeWriter({ steal, lost: () => this.#lost() });
    if (!isWriter) {
      otherIsGone().then(() => location.reload());
      return this.#otherTab("otherTab");
    }
    this.session = (await this.storage.setting("session")) ?? null;
    if (!this.session) return this.#signInScreen();
    this.#useNodes();
    return this.#goOn();
  }

  #lost() {
    this.attempt?.stop();
    this.#otherTab("tabTaken");
  }

  #otherTab(text) {
    this.#to(() => {
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
    this.attempt = null;
    this.session = (await this.storage.setting("session")) ?? null;
    return this.session ? this.#goOn() : this.#signInScreen();
  }

  // === Signing in and out

  #signInScreen(notice = "") {
    this.#to(() => showSignIn(this, notice));
  }

  async signIn(candidate, code) {
    const device = await this.storage.setting("device");
    const told = await this.client.json("POST", "sign-in", {
      body: { candidate, access_code: code, ...(device === undefined ? {} : { device }) },
    });
    await this.storage.setSetting("device", told.device);
    const { token, candidate: who, nodes, sittings } = told;
    this.session = { token, candidate: who, nodes, sittings };
    this.lobby = { tag: null, at: performance.now() + lobbyPause(told.look_again_ms) };
    await this.storage.setSetting("session", this.session);
    this.#useNodes();
    await this.#goOn();
  }

  #useNodes() {
    this.client.setNodes(this.session.nodes.map((node) => node.url));
  }

  /** The token has expired: what is kept stays. */
  signedOut() {
    this.attempt?.stop();
    this.attempt = null;
    this.session = null;
    this.storage.removeSettings(["session"]).catch((error) => this.fault(error));
    this.#signInScreen(this.say("signedOut"));
  }

  /** Signs out if every answer of the candidate is at the district; gives whether it did. */
  async signOut() {
    const { id } = this.session.candidate;
    if ((await this.storage.waiting(id)) > 0) return false;
    const over = this.session.sittings.filter((sitting) => sitting.state === "submitted");
    for (const sitting of over) await this.storage.forgetAttempt(attemptKey(id, sitting.id));
    await this.storage.removeSettings(["session", "active"]);
    this.attempt?.stop();
    this.session = null;
    this.attempt = null;
    this.#signInScreen();
    return true;
  }

  // === Sittings and papers

  async fetchSealed(sealed) {
    const bytes = await this.client.sealed(sealed.url, this.session.token);
    await this.storage.keepSealed(sealed.hash, bytes);
    this.papersHere.add(sealed.hash);
    return bytes;
  }

  openSittings() {
    this.storage.removeSettings(["active"]).catch((error) => this.fault(error));
    this.attempt?.stop();
    this.attempt = null;
    this.#to(() => showSittings(this));
  }

  /** Goes on with the attempt that was open when the page went, or shows the sittings. */
  async #goOn() {
    const active = await this.storage.setting("active");
    const isTheirs = active?.candidate === this.session.candidate.id;
    if (!isTheirs) return this.openSittings();
    try {
      return await this.startAttempt(active.sitting, {});
    } catch (problem) {
      if (!problem.slug && !(problem instanceof SealedError)) throw problem;
      this.#to(() => showSittings(this));
      return announce(this.explain(problem));
    }
  }

  // === The attempt

  async startAttempt(sitting, { isMove = false }) {
    const { storage, client, clock, session } = this;
    const attempt = await Attempt.begin({ storage, client, clock, session }, sitting.id, { isMove });
    Object.assign(attempt.record, { title: sitting.title, sealed: sitting.sealed ?? attempt.record.sealed });
    await attempt.keep();
    if (!attempt.isSubmitted) {
      this.paper = await this.#openPaper(attempt.record);
      this.kinds = await kindsFor(this.paper);
    }
    this.attempt?.stop();
    this.attempt = attempt;
    this.lobby = { tag: null, at: 0 };
    const { title, sealed } = attempt.record;
    await storage.setSetting("active", { candidate: session.candidate.id, sitting: { id: sitting.id, title, sealed } });
    attempt.addEventListener("change", () => this.#screen.changed?.());
    attempt.addEventListener("ended", () => this.#toView());
    attempt.addEventListener("signed-out", () => this.signedOut());
    this.#before = null;
    this.#toView();
    attempt.run();
  }

  /** The places in the order in which this candidate meets them. */
  get places() {
    const { kinds, paper, attempt } = this;
    return kinds?.placesOf(paper, attempt.record.order) ?? attempt.record.order;
  }

  async #openPaper(record) {
    const kept = await this.storage.sealed(record.sealed.hash);
    try {
      return await openPaper(kept ?? (await this.fetchSealed(record.sealed)), record.key, record.paper);
    } catch (error) {
      // What this device kept may be damaged; the node's is asked for once more.
      if (!kept || !(error instanceof SealedError)) throw error;
      return openPaper(await this.fetchSealed(record.sealed), record.key, record.paper);
    }
  }

  #toView() {
    if (this.attempt.isSubmitted) return this.#to(() => showReceipt(this));
    return this.#to(() => (this.attempt.record.view === "review" ? showReview(this) : showExam(this)));
  }

  openItem(position) {
    Object.assign(this.attempt.record, { position, view: "item" });
    this.#toView();
  }

  openReview() {
    this.attempt.openReview().then(() => this.#toView(), (error) => this.fault(error));
  }

  // === What all screens share

  #to(render) {
    this.#screen.leave?.();
    this.#render = render;
    this.#screen = {};
    this.#screen = render() ?? {};
    this.#tools();
    this.#tick();
  }

  #tick() {
    const box = document.getElementById("timer");
    const isRunning = this.attempt && !this.attempt.isSubmitted;
    const left = isRunning ? this.attempt.remaining() : null;
    this.#screen.tick?.();
    if (!isRunning) return box.replaceChildren();
    if (!box.firstChild) box.append(h("span", { class: "unseen" }), h("span", { role: "timer" }));
    const [label, time] = box.children;
    setText(label, left === null ? "" : `${this.say("timeLeft")} `);
    setText(time, left === null ? this.say("timeUnknown") : clockText(left));
    time.classList.toggle("short", left !== null && left < SHORT_MS);
    const minutes = announcement(this.#before, left);
    if (minutes !== null) announce(this.say("minutesLeft", { count: minutes }));
    if (left === 0 && this.#before !== 0) {
      announce(this.say("timeOver"));
      this.#screen.changed?.();
    }
    this.#before = left;
    return undefined;
  }

  #tools() {
    const offered = this.attempt && this.paper && !this.attempt.isSubmitted ? this.paper.languages : Object.keys(NAMES);
    const languages = offered.includes(this.language) ? offered : [...offered, this.language];
    const tools = document.getElementById("tools");
    const key = JSON.stringify([languages, this.language]);
    if (tools.dataset.key === key) return;
    tools.dataset.key = key;
    const option = (each) => h("option", { value: each, lang: each, selected: each === this.language }, NAMES[each] ?? each);
    const options = languages.map(option);
    const select = h("select", { id: "language", change: () => this.#chooseLanguage(select.value) }, options);
    const hadFocus = document.activeElement?.id === "language";
    tools.replaceChildren(h("label", {}, h("span", {}, this.say("language")), select));
    if (hadFocus) select.focus();
  }

  #setLanguage(language) {
    this.language = language;
    this.say = speaker(language);
    document.documentElement.lang = language;
    setText(document.querySelector(".skip"), this.say("skip"));
  }

  async #chooseLanguage(language) {
    this.#setLanguage(language);
    this.#to(this.#render);
    document.getElementById("language")?.focus();
    await this.storage.setSetting("language", language);
  }

  /** A problem in the candidate's words. */
  explain(problem) {
    if (problem instanceof SealedError) return this.say("cannotOpenPaper");
    const own = {
      unreachable: this.attempt ? "offline" : "noAnswer", "not-open": "waitsOpen", "not-released": "waitsRelease",
      "no-paper": "paperComing", closed: "closed", "open-elsewhere": "openElsewhere",
    };
    return own[problem.slug] ? this.say(own[problem.slug]) : problem.detail || problem.message;
  }

  /** Shows in `box` what stands against writing or sending. */
  showTrouble(box) {
    const { attempt, say } = this;
    const texts = [];
    if (this.#isStorageBroken) texts.push(say("notKept"));
    if (attempt.isElsewhere) texts.push(say("movedAway"));
    else if (attempt.isOver && !attempt.isSubmitted) texts.push(say("timeOver"));
    if (attempt.problem) texts.push(this.explain(attempt.problem));
    const text = texts.join("\n");
    if (box.dataset.text === text) return;
    box.dataset.text = text;
    box.replaceChildren(...texts.map((each) => h("p", { class: "notice" }, each)));
    if (!attempt.isElsewhere) return;
    box.append(h("button", { type: "button", click: () => this.#moveHere() }, say("continueHere")));
  }

  async #moveHere() {
    try {
      await this.attempt.start({ isMove: true });
      this.#toView();
    } catch (problem) {
      if (!problem.slug) this.fault(problem);
      announce(this.explain(problem));
    }
  }

  /** The device's disk failed: the candidate must know at once. */
  notKept() {
    this.#isStorageBroken = true;
    announce(this.say("notKept"));
    this.#screen.changed?.();
  }

  #message(text) {
    show(h("h1", {}, "Pariksha"), h("p", { class: "error", role: "alert" }, text));
  }

  /** An error that nobody foresaw: said, never swallowed. */
  fault(error) {
    console.error(error);
    this.#message(this.say("fault", { detail: error?.message ?? String(error) }));
    const reload = h("button", { type: "button", class: "main", click: () => location.reload() }, this.say("reload"));
    document.getElementById("main").append(reload);
  }
}

const app = new App();
addEventListener("unhandledrejection", (event) => app.fault(event.reason));
app.run().catch((error) => app.fault(error));
