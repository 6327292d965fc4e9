// How long the page is quiet when it has nothing to send. Pure.

/** Between two looks at a running attempt: for the time, for more time that was granted, for another device. */
const IDLE_MS = 30_000;
/** How soon after an answer was saved the node is asked whether the centre has it, and how seldom at the most. */
const DELIVERED_MIN_MS = 2_000;
const DELIVERED_SPREAD_MS = 3_000;
const DELIVERED_EVERY_MS = 20_000;
/** How soon after the end the node is asked whether it has handed the attempt in. */
const ENDED_MS = 1_500;
/** Between two looks whether the centre has the submission: less and less often, the WAN may be gone for days. */
const DELIVERY_MIN_MS = 2_000;
const DELIVERY_MAX_MS = 60_000;

/** Between two looks at the sittings when the node does not say. */
const LOBBY_MS = 15_000;
/** However long a node asks for, a change is seen after so long. */
const LOBBY_MAX_MS = 120_000;

/**
 * The pause between two looks at the sittings: what the node asked for, within bounds.
 * @param {number | null | undefined} lookAgainMs
 */
export function lobbyPause(lookAgainMs) {
  return lookAgainMs && lookAgainMs > 0 ? Math.min(Math.max(lookAgainMs, 1_000), LOBBY_MAX_MS) : LOBBY_MS;
}

/**
 * @typedef {object} Moment
 * @property {boolean} [isSubmitted]
 * @property {number | null} remaining milliseconds to the deadline; null where the time is not known
 * @property {number} tries how often the delivery was asked for
 * @property {number} [sinceLookMs] since the attempt was read back last
 * @property {boolean} [hasSaved] whether answers were saved since then
 */

/**
 * The pause in milliseconds, with jitter so that a hall does not ask at once.
 * @param {Moment} moment
 */
export function pause({ isSubmitted = false, remaining, tries, sinceLookMs = 0, hasSaved = false }, random = Math.random) {
  const jitter = 0.8 + random() * 0.4;
  if (isSubmitted) return jitter * Math.min(DELIVERY_MAX_MS, DELIVERY_MIN_MS * 1.5 ** tries);
  if (remaining === 0) return jitter * ENDED_MS;
  const idle = Math.max(0, jitter * IDLE_MS - sinceLookMs);
  const delivered = Math.max(DELIVERED_MIN_MS + random() * DELIVERED_SPREAD_MS, DELIVERED_EVERY_MS - sinceLookMs);
  return Math.min(idle, hasSaved ? delivered : Infinity, (remaining ?? IDLE_MS) + ENDED_MS / 3);
}
