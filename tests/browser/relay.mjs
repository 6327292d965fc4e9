// A line between a browser and a node that can be cut: TCP connections are passed on byte by byte, or reset and refused,
// or accepted and never answered. The browser keeps the node's own address; `mapped` tells it to dial here instead.
import net from "node:net";

/** What a line does: "pass" on, "cut" (open connections are reset, new ones refused), or "swallow" all that is sent. */
export class Relay {
  #to;
  #server;
  #ends = new Set();
  #mode = "pass";
  /** When the line stopped passing, in milliseconds of performance.now(); null while it passes. */
  downSince = null;

  constructor(to) {
    this.#to = to;
    this.port = null;
  }

  /** Listens on a port of its own on the loopback address. */
  static async before(to) {
    const relay = new Relay(to);
    await relay.#listen(0);
    return relay;
  }

  async #listen(port) {
    this.#server = net.createServer((near) => this.#accept(near));
    await new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", resolve);
    });
    this.port = this.#server.address().port;
  }

  #accept(near) {
    this.#keep(near);
    if (this.#mode === "swallow") return near.resume();
    const far = this.#keep(net.connect(this.#to, "127.0.0.1"));
    for (const [one, other] of [[near, far], [far, near]]) {
      one.on("data", (bytes) => this.#mode === "pass" && other.write(bytes));
      one.on("close", () => other.destroy());
    }
    return undefined;
  }

  #keep(socket) {
    this.#ends.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => this.#ends.delete(socket));
    return socket;
  }

  /** How long the line has been down, in milliseconds; 0 while it passes. */
  get downForMs() {
    return this.downSince === null ? 0 : performance.now() - this.downSince;
  }

  async cut() {
    this.#mode = "cut";
    this.downSince ??= performance.now();
    // A server that is closed refuses, as a machine does that is up and has nobody listening.
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const end of this.#ends) end.resetAndDestroy();
    await closed;
  }

  swallow() {
    this.#mode = "swallow";
    this.downSince ??= performance.now();
  }

  async heal() {
    // What was swallowed is lost: such a connection can only begin anew.
    for (const end of this.#ends) end.resetAndDestroy();
    if (this.#mode === "cut") await this.#listen(this.port);
    this.#mode = "pass";
    this.downSince = null;
  }

  async close() {
    for (const end of this.#ends) end.destroy();
    if (this.#mode !== "cut") await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** The browser's arguments by which it dials relays where it means these ports of this machine. */
export function mapped(relays) {
  const rules = relays.map(([port, relay]) => `MAP localhost:${port} 127.0.0.1:${relay.port}`);
  return [`--host-resolver-rules=${rules.join(",")}`];
}
