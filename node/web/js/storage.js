// What this device keeps, in IndexedDB: the session, sealed papers, attempts, answers and the outbox. Every write is
// awaited until the transaction is complete; answers and outbox rows change in one transaction with strict durability.

const NAME = "pariksha";
const VERSION = 1;
const STORES = ["settings", "papers", "attempts", "answers", "outbox"];
/** Greater than every item number and seq. */
const LAST = Number.MAX_SAFE_INTEGER;

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function complete(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("the device did not keep what was written"));
  });
}

/** Opens the device's storage. */
export async function openStorage() {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    for (const store of STORES) request.result.createObjectStore(store);
  };
  return new Storage(await done(request));
}

class Storage {
  #database;

  constructor(database) {
    this.#database = database;
    // A newer page in another tab may want to change the stores.
    database.onversionchange = () => database.close();
  }

  #read(store) {
    return this.#database.transaction(store).objectStore(store);
  }

  async #write(stores, change) {
    const transaction = this.#database.transaction(stores, "readwrite", { durability: "strict" });
    const finished = complete(transaction);
    change((store) => transaction.objectStore(store));
    await finished;
  }

  /** A setting of this device (`device`, `language`, `session`, `active`). */
  setting(name) {
    return done(this.#read("settings").get(name));
  }

  setSetting(name, value) {
    return this.#write(["settings"], (store) => store("settings").put(value, name));
  }

  removeSettings(names) {
    return this.#write(["settings"], (store) => names.forEach((name) => store("settings").delete(name)));
  }

  /** A sealed paper's bytes, by the hash of its blob. */
  sealed(hash) {
    return done(this.#read("papers").get(hash));
  }

  keepSealed(hash, bytes) {
    return this.#write(["papers"], (store) => store("papers").put(bytes, hash));
  }

  /** An attempt, by its key "candidate/sitting". */
  attempt(key) {
    return done(this.#read("attempts").get(key));
  }

  keepAttempt(key, attempt) {
    return this.#write(["attempts"], (store) => store("attempts").put(attempt, key));
  }

  answers(key) {
    return done(this.#read("answers").getAll(IDBKeyRange.bound([key, 0], [key, LAST])));
  }

  rows(key) {
    return done(this.#read("outbox").getAll(IDBKeyRange.bound([key, 0], [key, LAST])));
  }

  /** How many rows of all attempts of a candidate wait. */
  waiting(candidate) {
    return done(this.#read("outbox").count(IDBKeyRange.bound([`${candidate}/`], [`${candidate}/\uffff`])));
  }

  /** Changes answers and outbox of one attempt, all or nothing. */
  change(key, { answers = [], rows = [], remove = [] }) {
    return this.#write(["answers", "outbox"], (store) => {
      for (const seq of remove) store("outbox").delete([key, seq]);
      for (const row of rows) store("outbox").put(row, [key, row.seq]);
      for (const answer of answers) store("answers").put(answer, [key, answer.item]);
    });
  }

  /** Forgets an attempt that is over and whose answers are all at the district. */
  forgetAttempt(key) {
    const range = IDBKeyRange.bound([key, 0], [key, LAST]);
    return this.#write(["attempts", "answers", "outbox"], (store) => {
      store("attempts").delete(key);
      store("answers").delete(range);
      store("outbox").delete(range);
    });
  }
}
