// What is held of an attempt, in memory as on this device's disk: an answer for each item, and the rows that wait to be sent.

/**
 * @typedef {import("./outbox.js").Answer} Answer
 * @typedef {import("./outbox.js").Row} Row
 * @typedef {{answers?: Answer[], rows?: Row[], remove?: number[]}} Change
 * @typedef {Pick<import("../device/storage.js").Storage, "answers" | "rows" | "change">} Disk
 */

export class Ledger {
  /** @type {Map<number, Answer>} */
  answers = new Map();
  /** @type {Row[]} in the order of seq */
  rows = [];
  #disk;
  #key;
  /** @type {Promise<unknown>} */
  #written = Promise.resolve();

  /**
   * @param {Disk} disk
   * @param {string} key the attempt's
   */
  constructor(disk, key) {
    this.#disk = disk;
    this.#key = key;
  }

  async load() {
    const kept = await this.#disk.answers(this.#key);
    this.answers = new Map(kept.map((answer) => [answer.item, answer]));
    this.rows = await this.#disk.rows(this.#key);
  }

  /** Resolves once all changes until now are written. */
  get written() {
    return this.#written;
  }

  /**
   * Writes one change after the other; memory follows the disk, and `done` is called. What the disk does not take is only in
   * memory, marked so, that it can still reach the district. Gives the disk's error, or null.
   * @param {() => Change} decide
   * @param {() => void} done
   */
  write(decide, done) {
    const written = this.#written.then(async () => {
      const change = decide();
      const failure = await this.#keep(change);
      this.#take(change, failure !== null);
      done();
      return failure;
    });
    this.#written = written.catch(() => {});
    return written;
  }

  /** @param {Change} change */
  async #keep({ answers = [], rows = [], remove = [] }) {
    if (answers.length + rows.length + remove.length === 0) return null;
    return this.#disk.change(this.#key, { answers, rows, remove }).then(() => null, (error) => error);
  }

  /**
   * @param {Change} change
   * @param {boolean} isUnkept
   */
  #take({ answers = [], rows = [], remove = [] }, isUnkept) {
    const gone = new Set([...remove, ...rows.map((row) => row.seq)]);
    this.rows = [...this.rows.filter((row) => !gone.has(row.seq)), ...rows].sort((one, other) => one.seq - other.seq);
    for (const answer of answers) this.answers.set(answer.item, { ...answer, isUnkept });
  }
}
