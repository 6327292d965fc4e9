// An attempt at the practice paper: what screens ask of an attempt, without a node and without a disk. Nothing is kept, nothing
// is sent, and an answer says so.

const PRACTICE_MS = 10 * 60_000;

/**
 * @typedef {import("../question/response.js").ItemResponse} ItemResponse
 * @typedef {object} PracticeAnswer
 * @property {number} item
 * @property {number} epoch
 * @property {number} seq
 * @property {ItemResponse | null} response
 * @property {boolean} marked
 * @property {"practice"} held
 * @property {boolean} late
 * @property {null} problem
 */

export class PracticeAttempt extends EventTarget {
  /** @type {Map<number, PracticeAnswer>} */
  answers = new Map();
  /** @type {never[]} */
  rows = [];
  problem = null;
  isElsewhere = false;
  isSubmitted = false;
  isSealed = false;
  withdrawn = null;
  connection = { state: "ok", lostForMs: 0, waiting: 0, isTold: false };

  /**
   * @param {{item: number, options: number[]}[]} order
   * @param {() => number} [now] The monotonic clock.
   */
  constructor(order, now = () => performance.now()) {
    super();
    this.now = now;
    this.endsAt = now() + PRACTICE_MS;
    this.record = { order, seen: [], position: 0, view: "item", views: {}, submission: null, submitted: null };
  }

  remaining() {
    return Math.max(0, this.endsAt - this.now());
  }

  get isOver() {
    return this.remaining() === 0;
  }

  get isFrozen() {
    return this.isSubmitted || this.isOver;
  }

  /**
   * @param {number} item
   * @param {ItemResponse | null} response
   * @param {boolean} marked
   */
  async respond(item, response, marked) {
    if (this.isFrozen) return;
    const seq = (this.answers.get(item)?.seq ?? 0) + 1;
    this.answers.set(item, { item, epoch: 0, seq, response, marked, held: "practice", late: false, problem: null });
    this.dispatchEvent(new Event("change"));
  }

  async keep() {}

  async openReview() {
    this.record.view = "review";
  }

  async flushed() {}

  async submit() {
    this.isSubmitted = true;
    this.dispatchEvent(new Event("ended"));
  }

  nudge() {}

  run() {}

  stop() {}
}
