// Talks to the district's nodes: one request at a time has one node; which one that is changes when it has not answered
// for a while. It knows addresses, time limits and the clock, nothing of an exam.
import { problemOf, reaction, unreachable } from "./problems.js";

/** A node that has not answered for so long is left for another, in milliseconds. */
export const SILENCE_MS = 5_000;
/** A sealed paper may take longer than an ordinary answer. */
const PAPER_MS = 60_000;

export class Client {
  #clock;
  #bases;
  #current = 0;
  #silentSince = null;

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
    if (this.#bases.length < 2 || !(isSilent || reaction(problem) === "other-node")) return false;
    this.#current = this.#next(problem);
    this.#silentSince = null;
    return true;
  }

  /** The node to go to: the first known one that a full node named (the least loaded), or the one after this. */
  #next(problem) {
    const named = Array.isArray(problem.body?.nodes) ? problem.body.nodes : [];
    const known = named
      .flatMap((url) => (URL.canParse(url) ? [this.#bases.indexOf(new URL(url).origin)] : []))
      .find((index) => index >= 0 && index !== this.#current);
    return known ?? (this.#current + 1) % this.#bases.length;
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

  /** The sealed paper at `url`, as bytes. */
  async sealed(url, token) {
    const response = await this.#fetch("GET", url, { token, limitMs: PAPER_MS, isBinary: true });
    return response.body;
  }

  async #fetch(method, path, { token, body, limitMs, isBinary = false }) {
    const headers = {};
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
    const json = parsed(content);
    if (json?.server_time !== undefined) this.#clock.observe(json.server_time, sent, received);
    if (!response.ok) throw problemOf(response.status, json, response.headers.get("Retry-After"));
    // Something between here and the node answered in its place.
    if (json === null) throw Object.assign(unreachable(), { waitedMs: received - sent });
    return { body: json };
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
