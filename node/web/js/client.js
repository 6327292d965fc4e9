// Talks to the district's nodes: one request at a time has one node; which one that is changes when it has not answered
// for a while. It knows addresses, time limits and the clock, nothing of an exam.
import { problemOf, reaction, unreachable } from "./problems.js";

/** A node that has not answered for so long is left for another, in milliseconds. */
export const SILENCE_MS = 5_000;
/** A node that says so often in a row that it has too much to do is left for one that it names. */
const BUSY_TRIES = 2;
/** A sealed paper may take longer than an ordinary answer. */
const PAPER_MS = 60_000;

export class Client {
  #clock;
  #bases;
  #current = 0;
  #silentSince = null;
  #busy = 0;

  /** `bases`: the addresses of the nodes, the preferred one first. */
  constructor(clock, bases = [location.origin]) {
    this.#clock = clock;
    this.#bases = bases;
  }

  /** The address of the node in use. */
  get base() {
    return this.#bases[this.#current];
  }

  /** Sets the nodes to choose from: this page's own first, then those that sign-in named. */
  setNodes(urls) {
    const origins = urls.flatMap((url) => (URL.canParse(url) ? [new URL(url).origin] : []));
    // The first that sign-in names is the node that answered, which this page reaches by its own address.
    const base = this.base;
    this.#bases = [...new Set([base, ...origins.slice(1)])];
    this.#current = 0;
  }

  /** Whether the node in use has been silent, or cannot serve, so that another should be asked. Moves on if there is one. */
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

  /** The first known node that the problem names: the least loaded. */
  #named(problem) {
    const named = Array.isArray(problem.body?.nodes) ? problem.body.nodes : [];
    return named
      .flatMap((url) => (URL.canParse(url) ? [this.#bases.indexOf(new URL(url).origin)] : []))
      .find((index) => index >= 0 && index !== this.#current);
  }

  /** Milliseconds until the silent node in use is left for another; Infinity where there is none or it is not silent. */
  patienceLeft(now = performance.now()) {
    if (this.#bases.length < 2 || this.#silentSince === null) return Infinity;
    return Math.max(0, this.#silentSince + SILENCE_MS - now);
  }

  /** A JSON request under /api/v1; gives the JSON of the answer or throws a Problem. */
  async json(method, path, { token, body } = {}) {
    const response = await this.#fetch(method, `/api/v1/${path}`, { token, body, limitMs: SILENCE_MS });
    return response.body;
  }

  /**
   * The sittings, unless they are still what `tag` stands for: then `body` is null. `lookAgainMs`: when the node wants to
   * be asked again.
   */
  async look(token, tag) {
    const { body, headers } = await this.#fetch("GET", "/api/v1/sittings", { token, tag, limitMs: SILENCE_MS });
    const lookAgainMs = body?.look_again_ms ?? Number(headers.get("Look-Again-Ms"));
    return { body, tag: headers.get("ETag") ?? tag, lookAgainMs };
  }

  /** The sealed paper at `url`, as bytes. */
  async sealed(url, token) {
    const response = await this.#fetch("GET", url, { token, limitMs: PAPER_MS, isBinary: true });
    return response.body;
  }

  async #fetch(method, path, { token, tag, body, limitMs, isBinary = false }) {
    const headers = {};
    if (tag) headers["If-None-Match"] = tag;
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const sent = performance.now();
    let response;
    let content;
    try {
      response = await fetch(this.base + path, {
        method, headers, body: body === undefined ? undefined : JSON.stringify(body),
        credentials: "omit", redirect: "error", signal: AbortSignal.timeout(limitMs),
        cache: isBinary ? "default" : "no-store",
      });
      content = response.ok && isBinary ? new Uint8Array(await response.arrayBuffer()) : await response.text();
    } catch {
      throw Object.assign(unreachable(), { waitedMs: performance.now() - sent });
    }
    const received = performance.now();
    this.#silentSince = null;
    if (response.ok && isBinary) return { body: content };
    if (response.status === 304) {
      this.#clock.observe(Number(response.headers.get("Server-Time-Ms") ?? NaN), sent, received);
      return { body: null, headers: response.headers };
    }
    const json = parsed(content);
    if (json?.server_time !== undefined) this.#clock.observe(json.server_time, sent, received);
    if (response.ok) this.#busy = 0;
    else throw problemOf(response.status, json, response.headers.get("Retry-After"));
    // Something between here and the node answered in its place.
    if (json === null) throw Object.assign(unreachable(), { waitedMs: received - sent });
    return { body: json, headers: response.headers };
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
