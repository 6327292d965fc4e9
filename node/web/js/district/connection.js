// Since when the district does not answer. Pure: the readings of the monotonic clock come in as arguments. Client.js tells it
// of every request; screens ask it how things stand. What is shorter than LOST_MS is nobody's business.

/** After so long without an answer the candidate is told, in milliseconds. */
export const LOST_MS = 5_000;
/** After so long the invigilator should be called. */
export const LONG_MS = 180_000;

/**
 * @typedef {"ok" | "lost" | "long"} State
 * @typedef {{state: State, lostForMs: number}} Standing
 */

/** How the line to the district stands. */
export class Connection {
  #answeredAt = -Infinity;
  /** @type {number | null} */
  #lostSince = null;

  /**
   * An answer came, whatever it said.
   * @param {number} now
   */
  answered(now) {
    this.#answeredAt = now;
    this.#lostSince = null;
  }

  /**
   * A request that went out at `sent` got no answer. Others may have been answered while it waited.
   * @param {number} sent
   */
  failed(sent) {
    this.#lostSince ??= Math.max(sent, this.#answeredAt);
  }

  /**
   * How it stands.
   * @param {number} now
   * @returns {Standing}
   */
  standing(now) {
    const lostForMs = this.#lostSince === null ? 0 : Math.max(0, now - this.#lostSince);
    if (lostForMs >= LONG_MS) return { state: "long", lostForMs };
    return { state: lostForMs >= LOST_MS ? "lost" : "ok", lostForMs };
  }
}
