// One attempt at this device: its answers, its outbox, its deadline. Every change is kept in IndexedDB before it is shown as
// kept; a row leaves the outbox only after a node acknowledged or refused it. sender.js brings it all to the district.
//
// Events: "change"; "ended" (it was handed in); "extended" (detail.ms: time was added); "not-kept" (the device's disk failed);
// "signed-out" (the token has expired). Rows lie in storage that all tabs share: what a tab that lost the right to write did
// not send, the tab that writes now sends.
import { Ledger } from "./ledger.js";
import { reconcile, whereLeft } from "./merge.js";
import { change, epochsIn, nextSeq, superseded, waitingCount } from "./outbox.js";
import { isUndone } from "./reopening.js";
import { Sender } from "./sender.js";
import { Submission } from "./submission.js";
import { reaction } from "../district/problems.js";

/**
 * @typedef {import("./outbox.js").ItemResponse} ItemResponse
 * @typedef {import("../district/problems.js").Problem} Problem
 * @typedef {import("./ledger.js").Change} Change
 * @typedef {import("./record.js").AttemptRecord} AttemptRecord
 *
 * @typedef {object} Parts what an attempt works with
 * @property {import("../device/storage.js").Storage} storage
 * @property {import("../district/client.js").Client} client
 * @property {import("../district/timer.js").DistrictClock} clock
 * @property {{token: string, candidate: {id: number}}} session
 */

/**
 * The key under which an attempt is kept.
 * @param {number} candidate
 * @param {number} sitting
 */
export const attemptKey = (candidate, sitting) => `${candidate}/${sitting}`;

export class Attempt extends EventTarget {
  /** @type {Problem | null} The last problem, while it lasts. */
  problem = null;
  /** Whether another device holds the attempt now. */
  isElsewhere = false;
  submission = new Submission(this);
  #sender = new Sender(this);
  #ledger;

  /** @param {Parts & {record: AttemptRecord}} parts */
  constructor({ storage, client, clock, session, record }) {
    super();
    this.storage = storage;
    this.client = client;
    this.clock = clock;
    this.session = session;
    this.record = record;
    this.key = attemptKey(record.candidate, record.sitting);
    this.#ledger = new Ledger(storage, this.key);
  }

  /**
   * Starts or goes on with a sitting. Where no node lets it and this device knows the attempt already, it goes on with what
   * it has. Throws a Problem otherwise.
   * @param {Parts} parts
   * @param {number} sitting
   */
  static async begin(parts, sitting, { isMove = false } = {}) {
    const candidate = parts.session.candidate.id;
    const known = await parts.storage.attempt(attemptKey(candidate, sitting));
    const record = known ?? { candidate, sitting, epoch: null, tokens: {}, seen: [], position: 0, view: "item" };
    const attempt = new Attempt({ ...parts, record });
    await attempt.#ledger.load();
    try {
      await attempt.start({ isMove });
    } catch (error) {
      const problem = /** @type {Problem} */ (error);
      if (!known?.epoch || !attempt.#canGoOn(problem)) throw problem;
      attempt.problem = problem;
    }
    return attempt;
  }

  get answers() {
    return this.#ledger.answers;
  }

  /** What waits to be sent, in order. */
  get rows() {
    return this.#ledger.rows;
  }

  /**
   * Whether to go on without a start: nobody refused it, or it still has something that the district lacks.
   * @param {Problem} problem
   */
  #canGoOn(problem) {
    if (["retry", "other-node"].includes(reaction(problem))) return true;
    const hasUnsent = this.rows.length > 0 || this.isSealed;
    return hasUnsent && this.isOnlyUpload(problem);
  }

  /**
   * Whether the refusal of a start still lets what was given be sent; notes what it says.
   * @param {Problem} problem
   */
  isOnlyUpload({ slug, detail }) {
    if (slug === "open-elsewhere") this.isElsewhere = true;
    else if (slug === "withdrawn") this.record.withdrawn = detail;
    else return false;
    return true;
  }

  /** Asks the node in use for the attempt: a first start, a resumption, or a move. */
  async start({ isMove = false } = {}) {
    const body = isMove ? { move: true } : {};
    const told = await this.client.json("POST", `sittings/${this.record.sitting}/start`, {
      token: this.session.token, body,
    });
    const { record } = this;
    const { epoch: before } = record;
    const { epoch } = told;
    const isReopened = isUndone(record.submitted, told);
    const isOwn = before?.device === epoch.device;
    const continuous = isOwn && !isMove && epoch.number <= (before?.number ?? 0) + 1;
    Object.assign(record, {
      epoch, started: told.started, paper: told.paper, order: told.order, key: told.key || record.key,
      fileKey: told.file_key ?? record.fileKey, nodeNext: told.next_seq, withdrawn: null,
      tokens: { ...record.tokens, [epoch.number]: told.token },
    });
    // An attempt that was reopened, or taken over from a device that handed it in, is handed in under a new identity.
    if (isReopened) record.submitted = null;
    if (isMove || isReopened) Object.assign(record, { submission: null, sealedAt: null });
    if (!before) Object.assign(record, whereLeft(told.responses));
    this.isElsewhere = false;
    this.problem = null;
    this.#setDeadline(told.deadline);
    // A node that has not heard of the submission cannot change what was handed in.
    if (!this.isSubmitted) await this.adopt(told.responses, continuous);
    this.#forgetTokens();
    return told.submitted ? this.setSubmitted(told.submitted) : this.keep();
  }

  /** Each failover brings a token; those of stays that nothing is left of are not needed. */
  #forgetTokens() {
    const { record } = this;
    const needed = epochsIn(this.rows, this.answers.values()).add(record.epoch.number);
    record.tokens = Object.fromEntries(Object.entries(record.tokens).filter(([epoch]) => needed.has(Number(epoch))));
  }

  /** Keeps the attempt's record (place, screen, tokens). A disk that fails is told by "not-kept". */
  async keep() {
    try {
      await this.storage.keepAttempt(this.key, this.record);
    } catch (error) {
      this.#notKept(error);
    }
  }

  /** @param {unknown} error */
  #notKept(error) {
    console.error(error);
    this.dispatchEvent(new Event("not-kept"));
  }

  get isSubmitted() {
    return Boolean(this.record.submitted);
  }

  /** Whether the candidate has confirmed the submission: from then on nothing changes, and it goes on by itself. */
  get isSealed() {
    return this.record.sealedAt != null;
  }

  /** For what a sealed attempt was opened again for the candidate, or null. */
  get refusal() {
    return this.submission.refusal;
  }

  /** Why the paper was withdrawn; null while it was not. */
  get withdrawn() {
    return this.record.withdrawn ?? null;
  }

  /** Milliseconds left; null while the time is not known. */
  remaining() {
    return this.clock.remaining(this.record.deadline, performance.now());
  }

  get isOver() {
    return this.remaining() === 0;
  }

  /** Whether this tab does nothing more for it. */
  get isStopped() {
    return this.#sender.isStopped;
  }

  /** Whether responses may not be changed. */
  get isFrozen() {
    return this.isSubmitted || this.isSealed || this.isElsewhere || this.isStopped || this.isOver;
  }

  /** How the line to the district stands, and how many answers only this device has. */
  get connection() {
    const standing = this.client.connection.standing(performance.now());
    return { ...standing, waiting: waitingCount(this.answers.values()), isTold: standing.state !== "ok" };
  }

  /**
   * Changes the response to an item; resolves once this device has it on disk. It is sent even where the disk fails, which
   * rejects.
   * @param {number} item
   * @param {ItemResponse | null} response
   * @param {boolean} marked
   */
  async respond(item, response, marked) {
    if (this.isFrozen) return;
    const failure = await this.#write(() => {
      const seq = nextSeq(this.answers, this.rows, this.record.nodeNext);
      const { answer, row } = change({ item, epoch: this.record.epoch.number, seq, response, marked });
      const gone = superseded(this.rows, row, this.#sender.underWay);
      return { answers: [answer], rows: [row], remove: gone.map((old) => old.seq) };
    });
    if (failure) throw failure;
  }

  /**
   * Changes answers and rows; a disk that fails is told by "not-kept".
   * @param {() => Change} decide
   */
  async change(decide) {
    const failure = await this.#write(decide);
    if (failure) this.#notKept(failure);
  }

  /** Resolves once what was given until now is written, and so is in the outbox. */
  get written() {
    return this.#ledger.written;
  }

  /** @param {() => Change} decide */
  #write(decide) {
    return this.#ledger.write(decide, () => {
      this.changed();
      this.#sender.wake();
    });
  }

  /**
   * Takes in what a node tells that it holds.
   * @param {import("./merge.js").HeldResponse[]} responses
   * @param {boolean} continuous whether the attempt stayed at this device
   */
  adopt(responses, continuous) {
    const stay = { epoch: this.record.epoch.number, continuous };
    return this.change(() => reconcile(this.answers, this.rows, responses, stay));
  }

  /**
   * Takes in what every answer of a node tells of the attempt.
   * @param {{deadline?: number, withdrawn?: string}} told
   */
  async heed({ deadline = this.record.deadline ?? 0, withdrawn }) {
    const { record } = this;
    if (deadline === record.deadline && (withdrawn ?? null) === this.withdrawn) return;
    this.#setDeadline(deadline);
    record.withdrawn = withdrawn ?? null;
    await this.keep();
    this.changed();
  }

  /**
   * A later deadline than any before is told. (A node may not have heard yet of what another one added.)
   * @param {number} deadline
   */
  #setDeadline(deadline) {
    const { record } = this;
    const latest = record.latestDeadline ?? record.deadline ?? deadline;
    record.deadline = deadline;
    record.latestDeadline = Math.max(latest, deadline);
    if (deadline > latest) this.dispatchEvent(new CustomEvent("extended", { detail: { ms: deadline - latest } }));
  }

  /** @param {any} submitted */
  async setSubmitted(submitted) {
    const isNew = !this.isSubmitted;
    this.record.submitted = submitted;
    if (isNew) this.record.view = "receipt";
    await this.keep();
    this.changed();
    if (isNew) this.dispatchEvent(new Event("ended"));
  }

  /**
   * Notes what goes wrong, or null.
   * @param {Problem | null} problem
   */
  setProblem(problem) {
    if (this.problem === problem) return;
    this.problem = problem;
    this.changed();
  }

  /** Tells the screens. */
  changed() {
    this.dispatchEvent(new Event("change"));
  }

  /**
   * At a device that is new to the attempt: stands at the question that was answered last.
   * @param {{item: number}[]} places
   */
  goToLast(places) {
    const { record } = this;
    if (record.lastItem == null) return;
    record.position = Math.max(0, places.findIndex(({ item }) => item === record.lastItem));
    record.lastItem = null;
  }

  /** Starts the sender; it ends with stop(), or once the attempt is at the centre. */
  run() {
    this.#sender.run();
  }

  /** Asks the node now: the computer woke up, or the network came or went. */
  nudge() {
    this.#sender.nudge();
  }

  stop() {
    this.#sender.stop();
  }

  /** Shows the review from now on; the submission gets its identity. */
  async openReview() {
    this.submission.mint();
    this.record.view = "review";
    await this.keep();
  }

  /** Resolves once the outbox is empty. */
  flushed() {
    this.#sender.wake();
    return this.until(() => this.rows.length === 0 || this.isStopped);
  }

  /**
   * Seals and hands in; resolves with the receipt. Throws a Problem where the district holds something else: then the
   * candidate must look again. A second call is the same submission.
   */
  submit() {
    const receipt = this.submission.handIn();
    this.submission.kept.then(() => this.#sender.urge());
    return receipt;
  }

  /**
   * Resolves once it is so; looks after every change.
   * @param {() => boolean} isSo
   * @returns {Promise<void>}
   */
  until(isSo) {
    return new Promise((resolve) => {
      const look = () => {
        if (!isSo()) return;
        this.removeEventListener("change", look);
        resolve();
      };
      this.addEventListener("change", look);
      look();
    });
  }
}
