// Handing in. The candidate's word seals the attempt: it is on this device's disk before the first try, and from then on nothing
// changes and sender.js goes on, over reloads and crashes, until a node gives the receipt. One identity is minted when the
// review opens, so that a second press, another tab or a repeated request is the same submission.
import { toHex } from "./digest.js";

/**
 * @typedef {import("./attempt.js").Attempt} Attempt
 * @typedef {import("../district/problems.js").Problem} Problem
 */

const SUBMISSION_BYTES = 16;

export class Submission {
  /** Resolves once the seal is on the disk; nothing is handed in before. */
  kept = Promise.resolve();
  #attempt;
  /** @type {Promise<any> | null} */
  #underWay = null;
  /** @type {Problem | null} For what the last one was opened again. */
  refusal = null;

  /** @param {Attempt} attempt */
  constructor(attempt) {
    this.#attempt = attempt;
  }

  /** Mints the submission's identity if there is none yet. */
  mint() {
    this.#attempt.record.submission ||= toHex(crypto.getRandomValues(new Uint8Array(SUBMISSION_BYTES)));
  }

  /** Seals, and resolves with the receipt however long that takes; throws the Problem for which it was opened again. */
  handIn() {
    this.#underWay ??= this.#sealAndWait().finally(() => {
      this.#underWay = null;
    });
    return this.#underWay;
  }

  async #sealAndWait() {
    const attempt = this.#attempt;
    if (!attempt.isSubmitted && !attempt.isSealed) await this.#seal();
    await attempt.until(() => attempt.isSubmitted || !attempt.isSealed);
    if (!attempt.isSubmitted) throw this.refusal;
    return attempt.record.submitted;
  }

  async #seal() {
    const attempt = this.#attempt;
    const { clock, record } = attempt;
    this.mint();
    this.refusal = null;
    record.sealedAt = clock.at(performance.now()) ?? 0;
    // A disk may be slow: what was given a moment ago is in the outbox, and goes before the submission.
    this.kept = attempt.written.then(() => attempt.keep());
    await this.kept;
    attempt.changed();
  }

  /**
   * Opens it again: it cannot be handed in as the candidate saw it.
   * @param {Problem} problem
   */
  async unseal(problem) {
    const attempt = this.#attempt;
    this.refusal = problem;
    attempt.record.sealedAt = null;
    await attempt.keep();
    attempt.changed();
  }
}
