// Talks to the district's nodes: one request at a time has one node; which one that is changes when it has not answered
// for a while. It knows addresses, time limits and the clock, nothing of an exam.
import { Connection } from "./connection.js";
import { problemOf, reaction, unreachable } from "./problems.js";

/**
 * A node that has not answered for so long is left for another, in milliseconds: early enough that the other answers before
 * the candidate is told of a lost connection (connection.js).
 */
export const SILENCE_MS = 4_000;
/** A node that says so often in a row that it has too much to do is left for one that it names. */
const BUSY_TRIES = 2;
/** A sealed paper may take longer than an ordinary answer. */
const PAPER_MS = 60_000;

/**
 * @typedef {import("./problems.js").Problem} Problem
 * @typedef {import("./timer.js").DistrictClock} DistrictClock
 *
 * @typedef {object} Asked
 * @property {string} [token]
 * @property {string | null} [tag] what the page has already
 * @property {unknown} [body] to be sent as JSON
 * @property {number} limitMs
 * @property {boolean} [isBinary]
 */

/**
 * The origin of an address; nothing where it is none.
 * @param {string} url
 */
function originsOf(url) {
  try {
    return [new URL(url).origin];
  } catch {
    return [];
  }
}

export class Client {
  /** Since when no node answers. */
  connection = new Connection();
  #clock;
  #bases;
  #current = 0;
  /** @type {number | null} */
  #silentSince = null;
  #busy = 0;

  /**
   * @param {DistrictClock} clock
   * @param {string[]} bases the addresses of the nodes, the preferred one first
   */
  constructor(clock, bases = [location.origin]) {
    this.#clock = clock;
    this.#bases = bases;
  }

  /** The address of the node in use. */
  get base() {
    return this.#bases[this.#current];
  }

  /**
   * Sets the nodes to choose from: this page's own first, then those that sign-in named.
   * @param {string[]} urls
   */
  setNodes(urls) {
    const origins = urls.flatMap(originsOf);
    // The first that sign-in names is the node that answered, which this page reaches by its own address.
    const base = this.base;
    this.#bases = [...new Set([base, ...origins.slice(1)])];
    this.#current = 0;
  }

  /**
   * Whether the node in use has been silent, or cannot serve, so that another should be asked. Moves on if there is one.
   * @param {Problem} problem
   */
  moveOn(problem, now = performance.now()) {
    if (problem.slug === "unreachable") this.#silentSince ??= now - problem.waitedMs;
    const isSilent = this.#silentSince !== null && now - this.#silentSince >= SILENCE_MS;
    const named = this.#named(problem);
    const mustMove = isSilent || reaction(problem) === "other-node";
    // A node that has too much to do names another. It is asked once more, for a crowd may be short; where it names none
    // that is known it is asked for as long as it takes.
    this.#busy = problem.slug === "busy" ? this.#busy + 1 : 0;
    const mayMove = this.#busy >= BUSY_TRIES && named !== undefined;
    if (this.#bases.length < 2 || !(mustMove || mayMove)) return false;
    this.#current = named ?? (this.#current + 1) % this.#bases.length;
    this.#silentSince = null;
    this.#busy = 0;
    return true;
  }

  /**
   * The first known node that the problem names: the least loaded.
   * @param {Problem} problem
   * @returns {number | undefined}
   */
  #named(problem) {
    /** @type {string[]} */
    const named = Array.isArray(problem.body?.nodes) ? problem.body.nodes : [];
    return named
      .flatMap(originsOf)
      .map((origin) => this.#bases.indexOf(origin))
      .find((index) => index >= 0 && index !== this.#current);
  }

  /** Milliseconds until the silent node in use is left for another; Infinity where there is none or it is not silent. */
  patienceLeft(now = performance.now()) {
    if (this.#bases.length < 2 || this.#silentSince === null) return Infinity;
    return Math.max(0, this.#silentSince + SILENCE_MS - now);
  }

  /**
   * A JSON request under /api/v1; gives the JSON of the answer or throws a Problem.
   * @param {"GET" | "POST"} method
   * @param {string} path
   * @param {{token?: string, body?: unknown}} [sent]
   * @returns {Promise<any>}
   */
  async json(method, path, { token, body } = {}) {
    const response = await this.#fetch(method, `/api/v1/${path}`, { token, body, limitMs: SILENCE_MS });
    return response.body;
  }

  /**
   * The sittings, unless they are still what `tag` stands for: then `body` is null. `lookAgainMs`: when the node wants to
   * be asked again.
   * @param {string} token
   * @param {string | null} tag
   */
  async look(token, tag) {
    const { body, headers } = await this.#fetch("GET", "/api/v1/sittings", { token, tag, limitMs: SILENCE_MS });
    const lookAgainMs = body?.look_again_ms ?? Number(headers.get("Look-Again-Ms"));
    return { body, tag: headers.get("ETag") ?? tag, lookAgainMs };
  }

  /**
   * The sealed paper at `url`, as bytes.
   * @param {string} url
   * @param {string} token
   * @returns {Promise<Uint8Array<ArrayBuffer>>}
   */
  async sealed(url, token) {
    const response = await this.#fetch("GET", url, { token, limitMs: PAPER_MS, isBinary: true });
    return response.body;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {Asked} asked
   */
  async #fetch(method, path, asked) {
    const sent = performance.now();
    const { response, content } = await this.#exchange(method, path, asked);
    const received = performance.now();
    const { ok, status, headers } = response;
    const hasNoJson = status === 304 || (ok && asked.isBinary === true);
    const json = hasNoJson ? null : parsed(content);
    // Something between here and the node answered in its place.
    if (json === null && !hasNoJson) throw this.#unanswered(sent);
    this.#silentSince = null;
    this.connection.answered(received);
    const serverTime = status === 304 ? Number(headers.get("Server-Time-Ms") ?? NaN) : json?.server_time;
    if (serverTime !== undefined) this.#clock.observe(serverTime, sent, received);
    if (!ok && status !== 304) throw problemOf(status, json, headers.get("Retry-After"));
    this.#busy = 0;
    return { body: hasNoJson ? content : json, headers };
  }

  /** @param {number} sent */
  #unanswered(sent) {
    this.connection.failed(sent);
    return unreachable(performance.now() - sent);
  }

  /**
   * One request and its whole answer; what hangs is given up.
   * @param {string} method
   * @param {string} path
   * @param {Asked} asked
   */
  async #exchange(method, path, { token, tag, body, limitMs, isBinary = false }) {
    /** @type {Record<string, string>} */
    const headers = {};
    if (tag) headers["If-None-Match"] = tag;
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const sent = performance.now();
    try {
      const response = await fetch(this.base + path, {
        method, headers, body: body === undefined ? undefined : JSON.stringify(body),
        credentials: "omit", redirect: "error", signal: AbortSignal.timeout(limitMs),
        cache: isBinary ? "default" : "no-store",
      });
      const isBytes = response.ok && isBinary;
      /** @type {any} */
      const content = isBytes ? new Uint8Array(await response.arrayBuffer()) : (await response.text()) || null;
      return { response, content };
    } catch {
      throw this.#unanswered(sent);
    }
  }
}

/**
 * @param {any} text
 * @returns {any}
 */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
