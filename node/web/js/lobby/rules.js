// What the lobby decides. Pure: time and chance come in as arguments.

/** Sealed papers of a hall are fetched over so long while the opening is far. */
const SPREAD_MS = 60_000;
/** When less is left until the opening, the paper is fetched at once. */
const NEAR_MS = 120_000;
/** Until when a start is possible is told from here on. */
const LAST_MS = 12 * 3_600_000;
/** All districts are in one time zone. */
const TIME_ZONE = "Asia/Kolkata";

/**
 * @typedef {object} Sitting
 * @property {number} id
 * @property {string} title
 * @property {"waiting" | "open" | "started" | "submitted" | "closed" | "withdrawn"} state
 * @property {number} opens District time, as are all instants.
 * @property {number} closes
 * @property {number} duration_ms
 * @property {Sealed | null} [sealed]
 */
/** @typedef {{url: string, bytes: number, hash: string}} Sealed Where a sealed paper is, and what it must be. */
/**
 * @typedef {object} Candidate What the roster tells of who signed in.
 * @property {number} id
 * @property {string} name
 * @property {string} roll
 * @property {number} district
 * @property {string} [centre]
 * @property {string} [photo] An address of the node.
 */
/**
 * @typedef {object} Session
 * @property {string} token
 * @property {Candidate} candidate
 * @property {{name: string, url: string}[]} nodes
 * @property {Sitting[]} sittings
 * @property {boolean} confirmed Whether the candidate said that it is them.
 */

/**
 * What a sitting's card offers: the key of its button and what the button does, or the key of why there is none.
 * @param {Sitting["state"]} state
 * @returns {{button?: string, does?: "instructions" | "resume" | "receipt", text?: string}}
 */
export function offerOf(state) {
  switch (state) {
    case "waiting":
    case "open":
      return { button: "start", does: "instructions" };
    case "started":
      return { button: "resume", does: "resume", text: "begun" };
    case "submitted":
      return { button: "seeReceipt", does: "receipt", text: "handedIn" };
    case "withdrawn":
      return { text: "withdrawn" };
    default:
      return { text: "closed" };
  }
}

/**
 * Whether the sealed paper of a sitting is still needed at this device.
 * @param {Pick<Sitting, "state">} sitting
 */
export const needsPaper = ({ state }) => state === "waiting" || state === "open" || state === "started";

/**
 * The milliseconds that a device lets pass before it fetches the papers, so that a hall does not ask at once.
 * @param {number} opensInMs Until the first opening; Infinity where there is none.
 * @param {() => number} [random]
 */
export function paperDelay(opensInMs, random = Math.random) {
  return opensInMs < NEAR_MS ? 0 : random() * SPREAD_MS;
}

/**
 * What counts down on a card.
 * @param {Pick<Sitting, "state">} sitting
 * @param {{opens: number | null, closes: number | null}} left Milliseconds until each, 0 once it has passed.
 * @returns {{key: string, ms: number} | null}
 */
export function countdownOf({ state }, { opens, closes }) {
  if (state !== "waiting" && state !== "open") return null;
  if (opens === null || closes === null) return null;
  if (opens > 0) return { key: "opensIn", ms: opens };
  return closes > 0 && closes < LAST_MS ? { key: "closesIn", ms: closes } : null;
}

/**
 * The day and hour of an instant, with latin digits in every language.
 * @param {number} instant
 * @param {string} language
 */
export function dayAndHour(instant, language) {
  const format = { timeZone: TIME_ZONE, day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat(`${language}-IN-u-nu-latn`, /** @type {Intl.DateTimeFormatOptions} */ (format)).format(instant);
}
