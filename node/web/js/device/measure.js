// Measures what the system check judges. Each measurement stands for itself: one that fails says so and stops no other.
import { Problem } from "../district/problems.js";
import { median } from "./check.js";
import { lacksDevanagari } from "./devanagari.js";

/** @typedef {import("../app.js").App} App */

const SAMPLE_BYTES = 16_384;
/** Under this name the sample is kept for a moment. */
const SAMPLE = "check";
const TRIPS = 5;

/** What the exam needs of a browser. */
const FEATURES = {
  WebCrypto: () => crypto.subtle,
  IndexedDB: () => globalThis.indexedDB,
  DecompressionStream: () => globalThis.DecompressionStream,
  WebLocks: () => navigator.locks,
  "AbortSignal.timeout": () => AbortSignal.timeout,
  "<dialog>": () => globalThis.HTMLDialogElement,
  "CSS :has": () => CSS.supports("selector(:has(a))"),
};

/**
 * All that the check looks at.
 * @param {App} app
 * @returns {Promise<import("./check.js").Measured>}
 */
export async function measure(app) {
  const [storageMs, isPersistent, roomBytes, roundTripMs] = await Promise.all([
    storageTime(app.storage), persistence(), room(), roundTrip(app),
  ]);
  return {
    isSecure: isSecureContext, storageMs, isPersistent, roomBytes, roundTripMs,
    lacking: Object.entries(FEATURES).flatMap(([name, has]) => (has() ? [] : [name])),
    // After the round trips: these may be the first to tell district time.
    clockOffMs: clockOff(app.clock.at(performance.now())),
    lacksDevanagari: lacksDevanagari(),
    screen: { width: innerWidth, height: innerHeight },
  };
}

/**
 * How far the device's own clock is off.
 * @param {number | null} districtTime
 */
const clockOff = (districtTime) => (districtTime === null ? null : Date.now() - districtTime);

/**
 * How long it takes until something is on disk and read back as it was; null where it is not.
 * @param {App["storage"]} storage
 */
async function storageTime(storage) {
  const sample = crypto.getRandomValues(new Uint8Array(SAMPLE_BYTES));
  const before = performance.now();
  try {
    await storage.setSetting(SAMPLE, sample);
    const kept = /** @type {Uint8Array} */ (await storage.setting(SAMPLE));
    const took = Math.round(performance.now() - before);
    await storage.removeSettings([SAMPLE]);
    return kept.every((byte, at) => byte === sample[at]) ? took : null;
  } catch {
    return null;
  }
}

async function persistence() {
  const asked = await navigator.storage?.persist?.().catch(() => null);
  return asked ?? null;
}

async function room() {
  const { quota, usage } = (await navigator.storage?.estimate?.().catch(() => null)) ?? {};
  return quota === undefined || usage === undefined ? null : quota - usage;
}

/**
 * The median of some small requests; null where the district answered to none.
 * @param {App} app
 */
async function roundTrip({ client, session }) {
  const times = [];
  for (let trip = 0; trip < TRIPS; trip += 1) {
    const before = performance.now();
    try {
      await client.look(session?.token ?? "", null);
    } catch (error) {
      // That it refuses is an answer too.
      if (!(error instanceof Problem)) throw error;
      if (error.slug === "unreachable") break;
    }
    times.push(performance.now() - before);
  }
  const middle = median(times);
  return middle === null ? null : Math.round(middle);
}
