// What the page does about each way in which a request can fail. Pure: every status and slug of the API is judged here
// and nowhere else.

/** Longest wait between two tries, in milliseconds; a line that comes and goes is up again for seconds only. */
const BACK_OFF_MAX = 15_000;
const UNREACHABLE_MAX = 5_000;
const BACK_OFF_MIN = 300;
/** An invigilator is awaited: the node says how soon to ask again, this spreads it. */
const UNLOCK_SPREAD = 2_000;
const SLUG = /^urn:pariksha:problem:([a-z-]+)$/u;

/** A request that did not work. `slug` is the API's, or "unreachable" where no answer came. */
export class Problem extends Error {
  /** How long no answer came. */
  waitedMs = 0;

  /** @param {{slug: string, status?: number, detail?: string, retryAfterMs?: number | null, body?: any}} told */
  constructor({ slug, status = 0, detail = "", retryAfterMs = null, body = null }) {
    super(detail || slug);
    this.slug = slug;
    this.status = status;
    this.detail = detail;
    this.retryAfterMs = retryAfterMs;
    this.body = body;
  }
}

/** No answer at all for so long. */
export const unreachable = (waitedMs = 0) => Object.assign(new Problem({ slug: "unreachable" }), { waitedMs });

/**
 * The problem that a response with an error status tells of. `body` is its JSON or null.
 * @param {number} status
 * @param {any} body
 * @param {string | null} retryAfter the header
 */
export function problemOf(status, body, retryAfter) {
  const slug = SLUG.exec(body?.type ?? "")?.[1] ?? `status-${status}`;
  const seconds = Number(retryAfter);
  const fromHeader = retryAfter && Number.isFinite(seconds) ? seconds * 1000 : null;
  return new Problem({ slug, status, detail: body?.detail ?? "", retryAfterMs: body?.retry_after_ms ?? fromHeader, body });
}

/**
 * What to do: "retry" (the same again later), "other-node" (this node cannot; another may), "sign-in", "submitted",
 * "restart" (start the attempt again at this node), "unlock" (the invigilator must allow it; the same again until then) or
 * "stop" (tell the candidate).
 * @param {Problem} problem
 * @returns {"retry" | "other-node" | "sign-in" | "submitted" | "restart" | "unlock" | "stop"}
 */
export function reaction(problem) {
  switch (problem.slug) {
    case "unreachable":
    case "too-many-requests":
    case "busy":
    case "too-slow":
    case "not-open":
    case "not-released":
    case "no-paper":
      return "retry";
    case "stopping":
    case "not-ready":
    case "disk-full":
      return "other-node";
    case "not-signed-in":
    case "token-expired":
    case "token-invalid":
      return "sign-in";
    case "submitted":
      return "submitted";
    case "not-started":
      return "restart";
    case "unlock-needed":
      return "unlock";
    default:
      if (problem.status === 507) return "other-node";
      return problem.status >= 500 || problem.status === 429 || problem.status === 408 ? "retry" : "stop";
  }
}

/**
 * How long to wait before try number `tries` (from 1): full jitter, at least what the node asked for.
 * @param {number} tries
 * @param {Problem | null} [problem]
 */
export function backOff(tries, problem, random = Math.random) {
  const top = Math.min(topFor(problem?.slug), BACK_OFF_MIN * 2 ** Math.min(tries, 10));
  return Math.max(problem?.retryAfterMs ?? 0, BACK_OFF_MIN) + random() * top;
}

/** @param {string} [slug] */
function topFor(slug) {
  if (slug === "unlock-needed") return UNLOCK_SPREAD;
  return slug === "unreachable" ? UNREACHABLE_MAX : BACK_OFF_MAX;
}
