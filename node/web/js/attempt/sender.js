// Brings an attempt to the district and back: sends rows in order and in batches, hands in what was sealed, reads the attempt
// back in between, and gets over whatever fails. One request at a time, so that no answer of a node is older than the one
// before. It ends with stop(), or once the centre has the submission and nothing is left to be sent.
import { digest } from "./digest.js";
import { isDeliveryAwaited } from "./merge.js";
import { BATCH_MAX, batch, change, nextSeq, refusedAll, settle } from "./outbox.js";
import { pause } from "../district/pace.js";
import { Problem, backOff, reaction } from "../district/problems.js";

/**
 * @typedef {import("./attempt.js").Attempt} Attempt
 * @typedef {import("./outbox.js").Row} Row
 */

/** How often a submission is tried whose digest differs, with answers sent again in between. */
const DIGEST_TRIES = 4;

export class Sender {
  /** @type {Set<number>} The seqs of the rows that were sent and not answered yet. */
  underWay = new Set();
  isStopped = false;
  #attempt;
  #isRunning = false;
  /** @type {(isNews: boolean) => void} */
  #wake = () => {};
  #batchMax = BATCH_MAX;
  /** When the attempt was read back last, and whether anything was saved since. */
  #lookedAt = performance.now();
  #hasSaved = false;
  /** Whether a request failed since the node last told who holds the attempt. */
  #isInDoubt = false;
  #digestTries = 0;

  /** @param {Attempt} attempt */
  constructor(attempt) {
    this.#attempt = attempt;
  }

  run() {
    if (this.#isRunning) return;
    this.#isRunning = true;
    // What fails here is a fault of the page, and is told as one.
    this.#send();
  }

  /** Something new waits. */
  wake() {
    this.#wake(true);
  }

  /** Does now what there is to do, also while it waits for the network. */
  urge() {
    this.#wake(true);
    this.#wake(false);
  }

  /** Asks the node now. */
  nudge() {
    this.#wake(false);
  }

  stop() {
    this.isStopped = true;
    this.#wake(true);
  }

  async #send() {
    const attempt = this.#attempt;
    let tries = 0;
    // It could not be started: what to do about that comes first.
    if (attempt.problem) await this.#recover(attempt.problem, 1);
    while (!this.isStopped && !this.#isDone) {
      try {
        await this.#step(tries);
        attempt.setProblem(null);
        tries = attempt.isSubmitted ? tries + 1 : 0;
      } catch (error) {
        const problem = asProblem(error);
        tries += 1;
        await this.#recover(problem, tries);
      }
    }
  }

  get #isDone() {
    const { rows, record } = this.#attempt;
    return rows.length === 0 && record.submitted?.delivered === true;
  }

  get #isHandingIn() {
    return this.#attempt.isSealed && !this.#attempt.isSubmitted;
  }

  /** @param {number} tries */
  async #step(tries) {
    if (this.#attempt.rows.length > 0) return this.#sendBatch();
    if (this.#isHandingIn) return this.#handIn();
    if (!(await this.#rest(tries))) await this.#refresh();
    return undefined;
  }

  /**
   * Waits until something is to be sent (true) or to be asked (false).
   * @param {number} tries
   */
  #rest(tries) {
    const { isSubmitted, answers } = this.#attempt;
    const hasSaved = this.#hasSaved && isDeliveryAwaited(answers.values());
    const sinceLookMs = performance.now() - this.#lookedAt;
    return this.#sleep(pause({ isSubmitted, remaining: this.#attempt.remaining(), tries, sinceLookMs, hasSaved }), () => true);
  }

  /**
   * Sleeps until woken by what it `hears` or until the time has passed (false).
   * @param {number} ms
   * @param {(isNews: boolean) => boolean} hears
   * @returns {Promise<boolean>}
   */
  #sleep(ms, hears) {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ms);
      this.#wake = (isNews) => {
        if (!this.isStopped && !hears(isNews)) return;
        clearTimeout(timer);
        resolve(isNews);
      };
    });
  }

  async #sendBatch() {
    const rows = batch(this.#attempt.rows, this.#batchMax);
    this.underWay = new Set(rows.map((row) => row.seq));
    try {
      await this.#settle(rows, await this.#save(rows));
      this.#batchMax = Math.min(BATCH_MAX, this.#batchMax * 2);
    } catch (error) {
      await this.#giveUp(rows, asProblem(error));
    } finally {
      this.underWay = new Set();
    }
  }

  /** @param {Row[]} rows */
  async #save(rows) {
    const attempt = this.#attempt;
    const [{ epoch }] = rows;
    const responses = rows.map(({ item, seq, response, marked }) => ({ item, seq, response, marked }));
    const token = attempt.record.tokens[epoch];
    const told = await attempt.client.json("POST", "attempt/responses", { token, body: { responses } }).catch((problem) => {
      // Nothing was taken; the body says why for each.
      if (problem.slug === "responses-refused") return problem.body;
      throw problem;
    });
    await attempt.heed(told);
    if (epoch === attempt.record.epoch.number) {
      this.#isInDoubt = false;
      if (told.epoch_current === false) attempt.isElsewhere = true;
    }
    return told;
  }

  /**
   * Rows that can never be taken must not stand before others; everything else stays and is tried again.
   * @param {Row[]} rows
   * @param {Problem} problem
   */
  async #giveUp(rows, problem) {
    const attempt = this.#attempt;
    const [{ epoch }] = rows;
    const isUnfit = ["bad-request", "too-large"].includes(problem.slug);
    if (isUnfit && rows.length > 1) {
      this.#batchMax = Math.ceil(rows.length / 4);
      return undefined;
    }
    // Handed in, on another device as it may be: the receipt is read first.
    if (problem.slug === "submitted") await this.#refresh();
    const isHandedIn = problem.slug === "submitted" && attempt.isSubmitted;
    const isExpired = reaction(problem) === "sign-in" && epoch !== attempt.record.epoch.number;
    if (!isUnfit && !isHandedIn && !isExpired) throw problem;
    return this.#settle(rows, refusedAll(rows, problem));
  }

  /**
   * @param {Row[]} sent
   * @param {Parameters<typeof settle>[2]} told
   */
  async #settle(sent, told) {
    const attempt = this.#attempt;
    let isStale = false;
    await attempt.change(() => {
      const settled = settle(sent, attempt.answers, told);
      isStale = settled.isStale;
      const first = nextSeq(attempt.answers, attempt.rows, attempt.record.nodeNext);
      const epoch = attempt.record.epoch.number;
      const again = settled.again.map((row, index) => change({ ...row, epoch, seq: first + index }));
      return {
        remove: settled.remove,
        rows: again.map((next) => next.row),
        answers: [...settled.answers, ...again.map((next) => next.answer)],
      };
    });
    this.#hasSaved = true;
    if (isStale) await this.#refresh(false);
  }

  /** Reads the attempt back: time, deadline, submission, and what the node and the centre hold. */
  async #refresh(continuous = true) {
    const attempt = this.#attempt;
    const { epoch, tokens } = attempt.record;
    const told = await attempt.client.json("GET", "attempt", { token: tokens[epoch.number] });
    this.#lookedAt = performance.now();
    this.#hasSaved = false;
    this.#isInDoubt = false;
    attempt.isElsewhere = isLater(told.epoch, epoch);
    if (told.submitted) await attempt.setSubmitted(told.submitted);
    await attempt.heed(told);
    if (!attempt.isSubmitted) await attempt.adopt(told.responses, continuous && !attempt.isElsewhere);
  }

  /** Hands in what was sealed, once the node has said that no other device holds the attempt by now. */
  async #handIn() {
    const attempt = this.#attempt;
    if (attempt.isElsewhere) return attempt.submission.unseal(new Problem({ slug: "open-elsewhere" }));
    if (this.#isInDoubt) return this.#refresh();
    await attempt.submission.kept;
    if (attempt.rows.length > 0) return undefined;
    const { epoch, tokens, submission } = attempt.record;
    const answers = [...attempt.answers.values()].filter(({ problem, late }) => !problem && !late);
    const body = { submission, digest: await digest(answers) };
    try {
      const submitted = await attempt.client.json("POST", "attempt/submit", { token: tokens[epoch.number], body });
      return attempt.setSubmitted(submitted);
    } catch (error) {
      return this.#differs(asProblem(error));
    }
  }

  /**
   * The node holds something else: what it lacks is sent again, what it knows better is taken over.
   * @param {Problem} problem
   */
  #differs(problem) {
    if (problem.slug !== "digest-differs") throw problem;
    this.#digestTries += 1;
    if (this.#digestTries < DIGEST_TRIES) return this.#attempt.adopt(problem.body?.responses ?? [], true);
    this.#digestTries = 0;
    return this.#attempt.submission.unseal(problem);
  }

  /**
   * @param {Problem} problem
   * @param {number} tries
   */
  async #recover(problem, tries) {
    const attempt = this.#attempt;
    this.#isInDoubt = true;
    attempt.setProblem(problem);
    const what = reaction(problem);
    if (what === "sign-in") {
      attempt.dispatchEvent(new Event("signed-out"));
      this.stop();
      return;
    }
    const isMoved = attempt.client.moveOn(problem);
    // What is handed in is only asked after: another node may not know of it yet, and would begin it again.
    const hasToStart = (isMoved || what === "restart") && !attempt.isSubmitted;
    if (hasToStart && (await this.#startAgain())) return;
    await this.#wait(problem, tries);
  }

  /** Starts the attempt at the node that is used now; gives whether it can go on at once. */
  async #startAgain() {
    const attempt = this.#attempt;
    try {
      await attempt.start();
      return true;
    } catch (error) {
      const other = asProblem(error);
      attempt.setProblem(other);
      attempt.isOnlyUpload(other);
      attempt.client.moveOn(other);
      return false;
    }
  }

  /**
   * Waits before the next try. Where the network was away, news of the network ends it.
   * @param {Problem} problem
   * @param {number} tries
   */
  #wait(problem, tries) {
    const ms = Math.min(backOff(tries, problem), this.#attempt.client.patienceLeft());
    return this.#sleep(ms, (isNews) => !isNews && problem.slug === "unreachable");
  }
}

/**
 * Whether another device holds the attempt; as a node says with every save.
 * @param {{number: number, device: number}} theirs
 * @param {{number: number, device: number}} own
 */
function isLater(theirs, own) {
  if (theirs.device === own.device) return false;
  return theirs.number > own.number || (theirs.number === own.number && theirs.device > own.device);
}

/**
 * What the API or the network said; anything else is a fault of the page and is thrown on.
 * @param {unknown} error
 * @returns {Problem}
 */
function asProblem(error) {
  if (error instanceof Problem) return error;
  throw error;
}
