// District time at this device, by the monotonic clock: the wall clock of a candidate's computer decides nothing. Pure:
// the readings of the monotonic clock come in as arguments.

/** A measurement is kept for so long even if a less exact one comes, in milliseconds. */
const KEEP_MS = 60_000;

/** District time, measured with each answer of a node. */
export class DistrictClock {
  /** @type {{offset: number, error: number, at: number} | null} */
  #best = null;

  /**
   * Notes that a node said `serverTime` between the monotonic readings `sent` and `received`.
   * @param {number} serverTime
   * @param {number} sent
   * @param {number} received
   */
  observe(serverTime, sent, received) {
    if (!Number.isFinite(serverTime)) return;
    const error = Math.max(0, (received - sent) / 2);
    const offset = serverTime - (sent + received) / 2;
    const best = this.#best;
    // The monotonic clock stands still in some computers that sleep: then the two do not agree, and the new one is right.
    const disagrees = best && Math.abs(offset - best.offset) > error + best.error + 50;
    if (!best || disagrees || error <= best.error || received - best.at > KEEP_MS) {
      this.#best = { offset, error, at: received };
    }
  }

  /** Whether anything was measured. */
  get isSet() {
    return this.#best !== null;
  }

  /**
   * District time at the monotonic reading `now`; null before the first measurement.
   * @param {number} now
   */
  at(now) {
    return this.#best === null ? null : now + this.#best.offset;
  }

  /**
   * Milliseconds from now until `instant`, never below zero; null before the first measurement.
   * @param {number | null | undefined} instant
   * @param {number} now
   */
  remaining(instant, now) {
    return this.#best === null || instant == null ? null : Math.max(0, instant - (now + this.#best.offset));
  }
}

/**
 * A span as `1:02:03` or `02:03`; seconds are rounded up, so that 00:00 means over.
 * @param {number} ms
 */
export function clockText(ms) {
  const seconds = Math.ceil(ms / 1000);
  /** @param {number} value */
  const two = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** Minutes before the end at which a screen reader is told. */
const ANNOUNCED_MINUTES = [30, 10, 5, 1];

/**
 * The minutes to announce when the remaining time went from `before` to `after`; null for none.
 * @param {number | null} before
 * @param {number | null} after
 */
export function announcement(before, after) {
  if (before === null || after === null) return null;
  return ANNOUNCED_MINUTES.filter((minutes) => before > minutes * 60_000 && after <= minutes * 60_000).at(-1) ?? null;
}
