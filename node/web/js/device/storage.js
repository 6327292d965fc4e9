// What this device keeps, in IndexedDB: the session, sealed papers, attempts, answers and the outbox. Every write is
// awaited until the transaction is complete; answers and outbox rows change in one transaction with strict durability.

const NAME = "pariksha";
const VERSION = 1;
const STORES = ["settings", "papers", "attempts", "answers", "outbox"];
/** So long a write may take. */
const WRITE_LIMIT_MS = 10_000;
/** Greater than every item number and seq. */
const LAST = Number.MAX_SAFE_INTEGER;

/**
 * @typedef {import("../attempt/outbox.js").Answer} Answer
 * @typedef {import("../attempt/outbox.js").Row} Row
 * @typedef {import("../attempt/record.js").AttemptRecord} AttemptRecord
 */

/**
 * @template Result
 * @param {IDBRequest<Result>} request
 * @returns {Promise<Result>}
 */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * @param {IDBTransaction} transaction
 * @returns {Promise<void>}
 */
function complete(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("the device did not keep what was written"));
  });
}

/**
 * A disk that hangs has failed: what waits for it must reach the district all the same. (It may still be written later, and is
 * then the same as what was sent.)
 * @param {Promise<void>} finished
 * @returns {Promise<void>}
 */
function inTime(finished) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the device's disk does not answer")), WRITE_LIMIT_MS);
    finished.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Opens the device's storage. */
export async function openStorage() {
  return new Storage(await openDatabase());
}

async function openDatabase() {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    for (const store of STORES) request.result.createObjectStore(store);
  };
  const database = await done(request);
  // A newer page in another tab may want to change the stores.
  database.onversionchange = () => database.close();
  return database;
}

export class Storage {
  #database;

  /** @param {IDBDatabase} database */
  constructor(database) {
    this.#database = database;
  }

  /**
   * Begins a transaction. A browser closes a database when it clears what it keeps or its disk stumbles: then it is opened
   * once more.
   * @param {string[]} stores
   * @param {IDBTransactionMode} mode
   */
  async #begin(stores, mode) {
    const begin = () => this.#database.transaction(stores, mode, { durability: "strict" });
    try {
      return begin();
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== "InvalidStateError") throw error;
      this.#database = await openDatabase();
      return begin();
    }
  }

  /**
   * @param {string} name
   * @param {(store: IDBObjectStore) => IDBRequest<any>} ask
   * @returns {Promise<any>}
   */
  async #read(name, ask) {
    const transaction = await this.#begin([name], "readonly");
    return done(ask(transaction.objectStore(name)));
  }

  /**
   * @param {string[]} stores
   * @param {(store: (name: string) => IDBObjectStore) => void} change
   */
  async #write(stores, change) {
    const transaction = await this.#begin(stores, "readwrite");
    const finished = complete(transaction);
    change((name) => transaction.objectStore(name));
    await inTime(finished);
  }

  /**
   * A setting of this device (`device`, `session`, `active`, preferences).
   * @param {string} name
   */
  setting(name) {
    return this.#read("settings", (store) => store.get(name));
  }

  /**
   * @param {string} name
   * @param {unknown} value
   */
  setSetting(name, value) {
    return this.#write(["settings"], (store) => store("settings").put(value, name));
  }

  /** @param {string[]} names */
  removeSettings(names) {
    return this.#write(["settings"], (store) => names.forEach((name) => store("settings").delete(name)));
  }

  /**
   * A sealed paper's bytes, by the hash of its blob.
   * @param {string} hash
   */
  sealed(hash) {
    return this.#read("papers", (store) => store.get(hash));
  }

  /**
   * @param {string} hash
   * @param {Uint8Array} bytes
   */
  keepSealed(hash, bytes) {
    return this.#write(["papers"], (store) => store("papers").put(bytes, hash));
  }

  /**
   * An attempt, by its key "candidate/sitting".
   * @param {string} key
   * @returns {Promise<AttemptRecord | undefined>}
   */
  attempt(key) {
    return this.#read("attempts", (store) => store.get(key));
  }

  /**
   * @param {string} key
   * @param {AttemptRecord} attempt
   */
  keepAttempt(key, attempt) {
    return this.#write(["attempts"], (store) => store("attempts").put(attempt, key));
  }

  /**
   * @param {string} key
   * @returns {Promise<Answer[]>}
   */
  answers(key) {
    return this.#read("answers", (store) => store.getAll(IDBKeyRange.bound([key, 0], [key, LAST])));
  }

  /**
   * @param {string} key
   * @returns {Promise<Row[]>} in the order of seq
   */
  rows(key) {
    return this.#read("outbox", (store) => store.getAll(IDBKeyRange.bound([key, 0], [key, LAST])));
  }

  /**
   * How many rows of all attempts of a candidate wait.
   * @param {number} candidate
   * @returns {Promise<number>}
   */
  waiting(candidate) {
    return this.#read("outbox", (store) => store.count(IDBKeyRange.bound([`${candidate}/`], [`${candidate}/\uffff`])));
  }

  /**
   * Changes answers and outbox of one attempt, all or nothing.
   * @param {string} key
   * @param {{answers?: Answer[], rows?: Row[], remove?: number[]}} change
   */
  change(key, { answers = [], rows = [], remove = [] }) {
    return this.#write(["answers", "outbox"], (store) => {
      for (const seq of remove) store("outbox").delete([key, seq]);
      for (const row of rows) store("outbox").put(row, [key, row.seq]);
      for (const answer of answers) store("answers").put(answer, [key, answer.item]);
    });
  }

  /**
   * Forgets an attempt that is over and whose answers are all at the district.
   * @param {string} key
   */
  forgetAttempt(key) {
    const range = IDBKeyRange.bound([key, 0], [key, LAST]);
    return this.#write(["attempts", "answers", "outbox"], (store) => {
      store("attempts").delete(key);
      store("answers").delete(range);
      store("outbox").delete(range);
    });
  }
}
