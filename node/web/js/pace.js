// How long the page is quiet when it has nothing to send. Pure.

/** Between two looks at a running attempt: for the time, for more time that was granted, for another device. */
const IDLE_MS = 30_000;
/** How soon after the end the node is asked whether it has handed the attempt in. */
const ENDED_MS = 1_500;
/** Between two looks whether the centre has the submission: less and less often, the WAN may be gone for days. */
const DELIVERY_MIN_MS = 2_000;
const DELIVERY_MAX_MS = 60_000;

/** Between two looks at the sittings when the node does not say. */
const LOBBY_MS = 15_000;
/** However long a node asks for, a change is seen after so long. */
const LOBBY_MAX_MS = 120_000;

/** The pause between two looks at the sittings: what the node asked for, within bounds. */
export function lobbyPause(lookAgainMs) {
  return lookAgainMs > 0 ? Math.min(Math.max(lookAgainMs, 1_000), LOBBY_MAX_MS) : LOBBY_MS;
}

/**
 * The pause in milliseconds, with jitter so that a hall does not ask at once. `remaining`: milliseconds to the deadline
 * or null; `tries`: how often the delivery was asked for.
 */
export function pause({ isSubmitted, remaining, tries }, random = Math.random) {
  const jitter = 0.8 + random() * 0.4;
  if (isSubmitted) return jitter * Math.min(DELIVERY_MAX_MS, DELIVERY_MIN_MS * 1.5 ** tries);
  if (remaining === 0) return jitter * ENDED_MS;
  return Math.min(jitter * IDLE_MS, (remaining ?? IDLE_MS) + ENDED_MS / 3);
}
