// What the banner says when. Pure: it is told what the connection is and when, and keeps nothing.

/** How long the end of a cut is told. A banner that came is seen at least as long, also where a LAN flaps. */
export const BACK_MS = 4_000;
/** How long time that was added is told. */
export const EXTENDED_MS = 30_000;

/**
 * @typedef {object} Connection
 * @property {"ok" | "lost" | "long"} state lost: five seconds without an answer; long: three minutes
 * @property {number} [waiting] answers that are on this device only
 */
/** @typedef {{kind: "none" | "lost" | "long" | "back", until: number}} Line what the banner says of the connection */

/**
 * What is said of the connection now.
 * @param {Line} before what was said last
 * @param {Connection | null | undefined} connection
 * @param {number} now
 * @returns {Line}
 */
export function connectionLine(before, connection, now) {
  const state = connection?.state ?? "ok";
  if (state !== "ok") return { kind: state, until: 0 };
  if (before.kind === "none") return before;
  if (before.kind !== "back") return { kind: "back", until: now + BACK_MS };
  return now < before.until ? before : { kind: "none", until: 0 };
}
