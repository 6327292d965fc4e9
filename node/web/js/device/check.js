// The judgements of the system check. Pure: what was measured comes in, what is told goes out.

/**
 * @typedef {object} Finding
 * @property {string} name The key of what was looked at.
 * @property {"ok" | "note" | "problem"} state
 * @property {string} text The key of what is told, with what to do.
 * @property {Record<string, string | number>} [values]
 */
/**
 * @typedef {object} Measured
 * @property {boolean} isSecure
 * @property {string[]} lacking Features of the browser that are missing.
 * @property {number | null} storageMs How long writing and reading back took; null where it did not work.
 * @property {boolean | null} isPersistent null where the browser does not say.
 * @property {number | null} roomBytes null where the browser does not say.
 * @property {number | null} clockOffMs How far the device's own clock is off; null before district time is known.
 * @property {number | null} roundTripMs null where the district did not answer.
 * @property {boolean} lacksDevanagari
 * @property {{width: number, height: number}} screen
 */

/** Writing an answer should not be felt. */
const SLOW_STORAGE_MS = 500;
const SLOW_TRIP_MS = 1_000;
/** Below this a sealed paper with its pictures and an attempt may not fit. */
const ROOM_NEEDED = 50_000_000;
const ROOM_GOOD = 200_000_000;
/** A clock that is off by less is as good as right. */
const CLOCK_OFF_MS = 30_000;
/** The page is made for this width. */
const WIDTH_MIN = 320;

/** @typedef {(name: string, text: string, values?: Finding["values"]) => Finding} Judgement */
/** @type {Judgement} */
const ok = (name, text, values) => ({ name, state: "ok", text, values });
/** @type {Judgement} */
const note = (name, text, values) => ({ name, state: "note", text, values });
/** @type {Judgement} */
const problem = (name, text, values) => ({ name, state: "problem", text, values });

/** @type {((measured: Measured) => Finding)[]} */
const JUDGES = [
  ({ isSecure }) => (isSecure ? ok("checkSecure", "secureOk") : problem("checkSecure", "secureBad")),
  ({ lacking }) => (lacking.length === 0 ? ok("checkBrowser", "browserOk")
    : problem("checkBrowser", "browserBad", { names: lacking.join(", ") })),
  ({ storageMs: ms }) => {
    if (ms === null) return problem("checkStorage", "storageBad");
    return ms > SLOW_STORAGE_MS ? note("checkStorage", "storageSlow", { ms }) : ok("checkStorage", "storageOk", { ms });
  },
  ({ isPersistent }) => (isPersistent ? ok("checkPersistent", "persistentOk") : note("checkPersistent", "persistentNot")),
  ({ roomBytes }) => {
    if (roomBytes === null) return note("checkRoom", "roomUnknown");
    const values = { count: Math.floor(roomBytes / 1_000_000) };
    if (roomBytes < ROOM_NEEDED) return problem("checkRoom", "roomBad", values);
    return roomBytes < ROOM_GOOD ? note("checkRoom", "roomLittle", values) : ok("checkRoom", "roomOk", values);
  },
  ({ roundTripMs: ms }) => {
    if (ms === null) return problem("checkTrip", "tripBad");
    return ms > SLOW_TRIP_MS ? note("checkTrip", "tripSlow", { ms }) : ok("checkTrip", "tripOk", { ms });
  },
  ({ clockOffMs: off }) => {
    if (off === null) return note("checkClock", "clockUnknown");
    return Math.abs(off) > CLOCK_OFF_MS ? note("checkClock", "clockOff", spanOf(Math.abs(off))) : ok("checkClock", "clockOk");
  },
  ({ lacksDevanagari: lacks }) => (lacks ? problem("checkLetters", "lettersBad") : ok("checkLetters", "lettersOk")),
  ({ screen }) => (screen.width < WIDTH_MIN ? note("checkScreen", "screenSmall", screen) : ok("checkScreen", "screenOk", screen)),
];

/**
 * A span in days, hours, minutes and seconds, as `1:02:03:04`; nothing is said of the days where there are none.
 * @param {number} ms
 */
function spanOf(ms) {
  const seconds = Math.round(ms / 1000);
  const parts = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] > 0 ? parts : parts.slice(1);
  return { time: shown.map((part, at) => String(part).padStart(at === 0 ? 1 : 2, "0")).join(":") };
}

/**
 * What is told of all that was measured, in the order in which it is shown.
 * @param {Measured} measured
 * @returns {Finding[]}
 */
export const findings = (measured) => JUDGES.map((judge) => judge(measured));

/**
 * The key of the result and how many findings it is about: problems, else notes.
 * @param {Finding[]} found
 * @returns {{text: string, state: Finding["state"], values: Record<string, number>}}
 */
export function resultOf(found) {
  const count = (/** @type {Finding["state"]} */ state) => found.filter((each) => each.state === state).length;
  if (count("problem") > 0) return { text: "checkBad", state: "problem", values: { count: count("problem") } };
  if (count("note") > 0) return { text: "checkNotes", state: "note", values: { count: count("note") } };
  return { text: "checkGood", state: "ok", values: {} };
}

/**
 * The one in the middle; null of none.
 * @param {number[]} numbers
 */
export function median(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted.length === 0 ? null : sorted[Math.floor(sorted.length / 2)];
}
