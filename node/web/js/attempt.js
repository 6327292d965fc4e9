// One attempt at this device: its answers, its outbox, its deadline. Every change is kept in IndexedDB before it is
// shown as kept; a row leaves the outbox only after a node acknowledged it. Screens listen to "change" and "ended".
import { digest, toHex } from "./digest.js";
import { batch, change, nextSeq, reconcile, settle, superseded } from "./outbox.js";
import { pause } from "./pace.js";
import { backOff, reaction } from "./problems.js";

const SUBMISSION_BYTES = 16;
/** How often a submission is tried with answers sent again in between, and how often where no node takes it. */
const DIGEST_TRIES = 4;
const SUBMIT_TRIES = 10;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The key under which an attempt is kept. */
export const attemptKey = (candidate, sitting) => `${candidate}/${sitting}`;

export class Attempt extends EventTarget {
  answers = new Map();
  rows = [];
  /** The last problem, while it lasts. */
  problem = null;
  /** Whether another device holds the attempt now. */
  isElsewhere = false;
  #underWay = new Set();
  #writing = Promise.resolve();
  #sending = null;
  #wake = () => {};
  #stopped = false;

  constructor({ storage, client, clock, session, record }) {
    super();
    Object.assign(this, { storage, client, clock, session, record });
    this.key = attemptKey(record.candidate, record.sitting);
  }

  /**
   * Starts or goes on with a sitting. Where the node cannot be reached and this device knows the attempt already, it
   * goes on with what it has. Throws a Problem otherwise.
   */
  static async begin(parts, sitting, { isMove = false } = {}) {
    const candidate = parts.session.candidate.id;
    const known = await parts.storage.attempt(attemptKey(candidate, sitting));
    const record = known ?? { candidate, sitting, epoch: null, tokens: {}, seen: [], position: 0, view: "item" };
    const attempt = new Attempt({ ...parts, record });
    await attempt.#load();
    try {
      await attempt.start({ isMove });
    } catch (problem) {
      if (!known?.epoch || reaction(problem) !== "retry") throw problem;
      attempt.problem = problem;
    }
    return attempt;
  }

  async #load() {
    const kept = await this.storage.answers(this.key);
    this.answers = new Map(kept.map((answer) => [answer.item, answer]));
    this.rows = await this.storage.rows(this.key);
  }

  /** Asks the node in use for the attempt: a first start, a resumption, or a move. */
  async start({ isMove = false } = {}) {
    const body = isMove ? { move: true } : {};
    const told = await this.client.json("POST", `sittings/${this.record.sitting}/start`, {
      token: this.session.token, body,
    });
    const { epoch: before, submitted: wasSubmitted } = this.record;
    const { epoch } = told;
    const isOwn = before?.device === epoch.device;
    const continuous = isOwn && !isMove && epoch.number <= before.number + 1;
    Object.assign(this.record, {
      epoch, deadline: told.deadline, started: told.started, paper: told.paper, order: told.order,
      key: told.key || this.record.key, nodeNext: told.next_seq, submitted: told.submitted ?? null,
      tokens: { ...this.record.tokens, [epoch.number]: told.token },
    });
    // An attempt that was reopened is handed in under a new identity.
    if (wasSubmitted && !this.isSubmitted) this.record.submission = null;
    this.isElsewhere = false;
    this.problem = null;
    await this.keep();
    await this.#adopt(told.responses, continuous);
  }

  async #adopt(responses, continuous) {
    await this.#write(() => {
      const { answers, rows } = reconcile(this.answers, this.rows, responses, {
        epoch: this.record.epoch.number, continuous,
      });
      return { answers, rows };
    });
  }

  /** Keeps the attempt's record (place, screen, tokens). */
  keep() {
    return this.storage.keepAttempt(this.key, this.record);
  }

  get isSubmitted() {
    return Boolean(this.record.submitted);
  }

  /** Milliseconds left; null while the time is not known. */
  remaining() {
    return this.clock.remaining(this.record.deadline, performance.now());
  }

  get isOver() {
    return this.remaining() === 0;
  }

  /** Whether responses may be changed. */
  get isFrozen() {
    return this.isSubmitted || this.isElsewhere || this.#stopped || this.isOver;
  }

  /** Changes the response to an item; resolves once this device has it on disk. */
  async respond(item, response, marked) {
    if (this.isFrozen) return;
    await this.#write(() => {
      const seq = nextSeq(this.answers, this.rows, this.record.nodeNext);
      const { answer, row } = change({ item, epoch: this.record.epoch.number, seq, response, marked });
      const gone = superseded(this.rows, row, this.#underWay);
      return { answers: [answer], rows: [row], remove: gone.map((old) => old.seq) };
    });
  }

  /** Writes one after the other; memory follows the disk, and the sender wakes. */
  #write(decide) {
    const written = this.#writing.then(async () => {
      const { answers = [], rows = [], remove = [] } = decide();
      const hasNews = answers.length + rows.length + remove.length > 0;
      if (hasNews) await this.storage.change(this.key, { answers, rows, remove });
      const gone = new Set([...remove, ...rows.map((row) => row.seq)]);
      this.rows = [...this.rows.filter((row) => !gone.has(row.seq)), ...rows].sort((a, b) => a.seq - b.seq);
      for (const answer of answers) this.answers.set(answer.item, answer);
      this.#changed();
      this.#wake();
    });
    // One write that failed is told to its caller; the next one is tried all the same.
    this.#writing = written.catch(() => {});
    return written;
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  /** Starts the sender; it ends with stop() or once the attempt is submitted. */
  run() {
    this.#sending ??= this.#send();
  }

  /** Asks the node now: the computer woke up or the network came back. */
  nudge() {
    this.#wake(false);
  }

  stop() {
    this.#stopped = true;
    this.#wake();
  }

  async #send() {
    let tries = 0;
    while (!this.#stopped) {
      try {
        const isNews = this.rows.length > 0 && !this.isSubmitted;
        if (isNews) await this.#sendBatch();
        else if (!(await this.#rest(tries))) await this.#refresh();
        this.#setProblem(null);
        if (this.isSubmitted && this.record.submitted.delivered) return;
        tries = this.isSubmitted ? tries + 1 : 0;
      } catch (problem) {
        if (!problem.slug) throw problem;
        tries += 1;
        await this.#recover(problem, tries);
      }
    }
  }

  #rest(tries) {
    return this.#sleep(pause({ isSubmitted: this.isSubmitted, remaining: this.remaining(), tries }));
  }

  /** Sleeps until woken (true) or until the time has passed (false). */
  #sleep(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ms);
      this.#wake = (isNews = true) => {
        clearTimeout(timer);
        resolve(isNews);
      };
      if (this.rows.length > 0 && !this.isSubmitted) this.#wake();
    });
  }

  async #sendBatch() {
    const rows = batch(this.rows);
    const [{ epoch }] = rows;
    this.#underWay = new Set(rows.map((row) => row.seq));
    try {
      const responses = rows.map(({ item, seq, response, marked }) => ({ item, seq, response, marked }));
      const told = await this.#save(this.record.tokens[epoch], responses);
      await this.#settle(rows, told);
      if (told.deadline) await this.#setDeadline(told.deadline);
      if (told.epoch_current === false && epoch === this.record.epoch.number) this.isElsewhere = true;
    } finally {
      this.#underWay = new Set();
    }
  }

  async #save(token, responses) {
    try {
      return await this.client.json("POST", "attempt/responses", { token, body: { responses } });
    } catch (problem) {
      // Nothing was taken; the body says why for each.
      if (problem.slug === "responses-refused") return problem.body;
      throw problem;
    }
  }

  async #settle(sent, told) {
    let isStale = false;
    await this.#write(() => {
      const settled = settle(sent, this.answers, told);
      isStale = settled.isStale;
      let seq = nextSeq(this.answers, this.rows, this.record.nodeNext);
      const again = settled.again.map((row) => {
        const next = change({ ...row, epoch: this.record.epoch.number, seq });
        seq += 1;
        return next;
      });
      return {
        remove: settled.remove,
        rows: again.map((next) => next.row),
        answers: [...settled.answers, ...again.map((next) => next.answer)],
      };
    });
    if (isStale) await this.#refresh(false);
  }

  async #setDeadline(deadline) {
    if (deadline === this.record.deadline) return;
    this.record.deadline = deadline;
    await this.keep();
    this.#changed();
  }

  /** Reads the attempt back: time, deadline, submission, and what the node holds. */
  async #refresh(continuous = true) {
    const token = this.record.tokens[this.record.epoch.number];
    const told = await this.client.json("GET", "attempt", { token });
    const { epoch } = this.record;
    this.isElsewhere = told.epoch.number > epoch.number && told.epoch.device !== epoch.device;
    if (told.submitted) await this.#setSubmitted(told.submitted);
    await this.#setDeadline(told.deadline);
    if (!this.isSubmitted) await this.#adopt(told.responses, continuous && !this.isElsewhere);
    this.#changed();
  }

  async #setSubmitted(submitted) {
    const isNew = !this.isSubmitted;
    this.record.submitted = submitted;
    if (isNew) this.record.view = "receipt";
    await this.keep();
    this.#changed();
    if (isNew) {
      this.dispatchEvent(new Event("ended"));
      this.#wake();
    }
  }

  #setProblem(problem) {
    if (this.problem === problem) return;
    this.problem = problem;
    this.#changed();
  }

  async #recover(problem, tries) {
    this.#setProblem(problem);
    const what = reaction(problem);
    if (what === "submitted") return this.#refresh().catch(() => wait(backOff(tries, problem)));
    if (what === "sign-in") {
      this.dispatchEvent(new Event("signed-out"));
      this.stop();
      return undefined;
    }
    const isMoved = this.client.moveOn(problem);
    if (isMoved || what === "restart") {
      try {
        await this.start();
        return undefined;
      } catch (other) {
        if (!other.slug) throw other;
        if (other.slug === "open-elsewhere") this.isElsewhere = true;
        this.client.moveOn(other);
        this.#setProblem(other);
      }
    }
    return wait(Math.min(backOff(tries, problem), this.client.patienceLeft()));
  }

  /** The submission's identity, minted once and kept before the first try. */
  async openReview() {
    if (!this.record.submission) {
      this.record.submission = toHex(crypto.getRandomValues(new Uint8Array(SUBMISSION_BYTES)));
    }
    this.record.view = "review";
    await this.keep();
  }

  /** Resolves once the outbox is empty; rejects when that does not happen while the problem stays. */
  flushed() {
    this.#wake();
    return new Promise((resolve) => {
      const look = () => {
        if (this.rows.length > 0 && !this.isSubmitted && !this.#stopped) return;
        this.removeEventListener("change", look);
        resolve();
      };
      this.addEventListener("change", look);
      look();
    });
  }

  /** Hands in; resolves with the receipt, throws a Problem. What the node lacks is sent again in between. */
  async submit() {
    for (let tries = 1; ; tries += 1) {
      await this.flushed();
      if (this.isSubmitted) return this.record.submitted;
      const answers = [...this.answers.values()].filter((answer) => !answer.problem);
      const token = this.record.tokens[this.record.epoch.number];
      try {
        const body = { submission: this.record.submission, digest: await digest(answers) };
        await this.#setSubmitted(await this.client.json("POST", "attempt/submit", { token, body }));
        return this.record.submitted;
      } catch (problem) {
        const isDifferent = problem.slug === "digest-differs";
        if (!problem.slug || tries >= (isDifferent ? DIGEST_TRIES : SUBMIT_TRIES)) throw problem;
        if (isDifferent) {
          await this.#adopt(problem.body?.responses ?? [], true);
        } else if (reaction(problem) === "stop" || reaction(problem) === "sign-in") {
          throw problem;
        } else {
          await this.#recover(problem, tries);
        }
      }
    }
  }
}
