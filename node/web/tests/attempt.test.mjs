// An attempt with a disk and a district of the test's own: what is sealed goes on after a reload, nothing is dropped, and
// nothing is called safe before its acknowledgement.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Attempt } from "../js/attempt/attempt.js";
import { Connection } from "../js/district/connection.js";
import { Problem, unreachable } from "../js/district/problems.js";
import { DistrictClock } from "../js/district/timer.js";

const SITTING = 7;
const CANDIDATE = 260101;

/** A disk that outlives the page. */
class Disk {
  attempts = new Map();
  kept = { answers: new Map(), rows: new Map() };
  isBroken = false;
  #check() {
    if (this.isBroken) throw new DOMException("full", "QuotaExceededError");
  }
  async attempt(key) { return structuredClone(this.attempts.get(key)); }
  async keepAttempt(key, record) {
    this.#check();
    this.attempts.set(key, structuredClone(record));
  }
  async answers() { return structuredClone([...this.kept.answers.values()]); }
  async rows() { return structuredClone([...this.kept.rows.values()].sort((a, b) => a.seq - b.seq)); }
  async change(_key, { answers = [], rows = [], remove = [] }) {
    this.#check();
    for (const seq of remove) this.kept.rows.delete(seq);
    for (const row of rows) this.kept.rows.set(row.seq, structuredClone(row));
    for (const answer of answers) this.kept.answers.set(answer.item, structuredClone(answer));
  }
}

/** A node as far as the page notices it. */
class District {
  connection = new Connection();
  epoch = { number: 1, device: 11 };
  held = new Map();
  submitted = null;
  /** What a receipt says besides. */
  receipt = {};
  isAway = false;
  deadline = 9_000_000_000_000;
  more = {};
  asked = [];
  moveOn() { return false; }
  patienceLeft() { return 5; }
  async json(method, path, { token, body } = {}) {
    this.asked.push({ path, token, body });
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (this.isAway) throw unreachable(1);
    const refusal = this.refuse?.(path, body);
    if (refusal) throw refusal;
    const { epoch, deadline, submitted } = this;
    const state = { epoch, deadline, responses: [...this.held.values()], submitted, ...this.more };
    if (path.endsWith("/start")) {
      return { ...state, started: 1, paper: 1, order: [], key: "k", token: `t${epoch.number}`, next_seq: 1 };
    }
    if (path === "attempt") return state;
    if (path === "attempt/submit") return this.#submit(body);
    for (const one of body.responses) this.held.set(one.item, { ...one, delivered: false });
    const acknowledged = body.responses.map(({ item, seq }) => ({ item, seq, state: "saved", late: false }));
    return { durability: "node", acknowledged, refused: [], deadline: this.deadline, epoch_current: true, ...this.more };
  }
  #submit({ submission }) {
    this.submitted ??= { submission, reference: "AB", delivered: true, ...this.receipt };
    return this.submitted;
  }
  saves() { return this.asked.filter(({ path }) => path === "attempt/responses"); }
  submissions() { return this.asked.filter(({ path }) => path === "attempt/submit"); }
}

const open = [];
afterEach(() => open.splice(0).forEach((attempt) => attempt.stop()));

async function page(storage, client, more = {}) {
  const session = { token: "s", candidate: { id: CANDIDATE } };
  const attempt = await Attempt.begin({ storage, client, clock: new DistrictClock(), session }, SITTING, more);
  open.push(attempt);
  attempt.run();
  return attempt;
}

async function until(isSo, what) {
  for (let tries = 0; tries < 500; tries += 1) {
    if (isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.fail(`never: ${what}`);
}

test("an answer is the district's only once the district said so", async () => {
  const [disk, district] = [new Disk(), new District()];
  const attempt = await page(disk, district);
  district.isAway = true;
  await attempt.respond(1, { choice: 2 }, false);
  assert.equal(attempt.answers.get(1).held, null);
  assert.equal(attempt.connection.waiting, 1);
  await until(() => attempt.problem?.slug === "unreachable", "the problem is told");
  district.isAway = false;
  attempt.nudge();
  await until(() => attempt.answers.get(1).held === "node", "acknowledged");
  assert.equal(attempt.problem, null);
});

test("what waited when the page went is sent by the next one, as it was given", async () => {
  const [disk, district] = [new Disk(), new District()];
  const first = await page(disk, district);
  district.isAway = true;
  await first.respond(1, { choice: 2 }, false);
  await first.respond(2, { choice: 3 }, true);
  first.stop();
  const second = await page(disk, district);
  assert.deepEqual([...second.answers.keys()], [1, 2]);
  district.isAway = false;
  second.nudge();
  await second.flushed();
  assert.deepEqual(district.held.get(2), { item: 2, seq: 2, response: { choice: 3 }, marked: true, delivered: false });
});

test("a sealed attempt is frozen, and handed in under one identity by whichever page comes after", async () => {
  const [disk, district] = [new Disk(), new District()];
  const first = await page(disk, district);
  await first.respond(1, { choice: 2 }, false);
  await first.openReview();
  const { submission } = first.record;
  await first.flushed();
  district.isAway = true;
  first.submit();
  assert.equal(first.submit(), first.submit(), "a second press is the first");
  await until(() => district.submissions().length > 0, "the first try");
  await first.respond(1, { choice: 1 }, false);
  first.stop();

  const second = await page(disk, district);
  assert.deepEqual([second.isSealed, second.isFrozen, second.isSubmitted], [true, true, false]);
  let ended = 0;
  second.addEventListener("ended", () => { ended += 1; });
  district.isAway = false;
  second.nudge();
  await until(() => second.isSubmitted, "handed in without a press");
  assert.equal(ended, 1);
  assert.deepEqual(new Set(district.submissions().map(({ body }) => body.submission)), new Set([submission]));
  assert.deepEqual(district.held.get(1).response, { choice: 2 });
});

test("a receipt stays at a node that has not heard of the submission, and goes where a person opened the attempt again", async () => {
  const [disk, district] = [new Disk(), new District()];
  const first = await page(disk, district);
  await first.respond(1, { choice: 2 }, false);
  await first.flushed();
  district.receipt = { submitted_at: 1_000, delivered: false };
  await first.openReview();
  await first.submit();
  const { submission } = first.record;
  first.stop();
  const other = Object.assign(new District(), { epoch: { number: 2, device: 11 } });
  other.held.set(1, { item: 1, seq: 1, response: { choice: 1 }, marked: false });
  const second = await page(disk, other);
  assert.deepEqual([second.isSubmitted, second.record.submission, second.answers.get(1).response], [true, submission, { choice: 2 }]);
  second.stop();
  other.more = { reopened_at: 999 };
  const third = await page(disk, other);
  assert.equal(third.isSubmitted, true, "it was handed in after that");
  third.stop();
  other.more = { reopened_at: 1_000 };
  const fourth = await page(disk, other);
  assert.deepEqual([fourth.isSubmitted, fourth.isSealed, fourth.record.submission], [false, false, null]);
});

test("what a slow disk still writes goes before the submission", async () => {
  const [disk, district] = [new Disk(), new District()];
  const attempt = await page(disk, district);
  await attempt.openReview();
  const change = disk.change.bind(disk);
  disk.change = async (...all) => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return change(...all);
  };
  const given = attempt.respond(1, { choice: 2 }, false);
  await attempt.submit();
  await given;
  const paths = district.asked.map(({ path }) => path);
  assert.deepEqual(district.held.get(1)?.response, { choice: 2 });
  assert.ok(paths.indexOf("attempt/responses") < paths.indexOf("attempt/submit"), paths.join());
});

test("of two devices that hold the attempt by the same number one is told that it does not", async () => {
  for (const [device, isElsewhere] of [[22, true], [7, false]]) {
    const district = new District();
    const attempt = await page(new Disk(), district);
    district.epoch = { number: 1, device };
    const before = district.asked.length;
    attempt.nudge();
    await until(() => district.asked.length > before, "asked");
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(attempt.isElsewhere, isElsewhere);
    attempt.stop();
  }
});

test("nothing is handed in before the seal is on the disk", async () => {
  const [disk, district] = [new Disk(), new District()];
  const attempt = await page(disk, district);
  await attempt.openReview();
  district.refuse = (path) => {
    if (path === "attempt/submit") assert.notEqual(disk.attempts.get(attempt.key).sealedAt ?? null, null);
  };
  assert.equal((await attempt.submit()).reference, "AB");
});

test("what was sealed is not handed in once another device went on with it", async () => {
  const [disk, district] = [new Disk(), new District()];
  const attempt = await page(disk, district);
  await attempt.respond(1, { choice: 2 }, false);
  await attempt.flushed();
  district.isAway = true;
  const refused = assert.rejects(attempt.submit(), { slug: "open-elsewhere" });
  await until(() => attempt.problem, "the first try fails");
  const tried = district.submissions().length;
  Object.assign(district, { isAway: false, epoch: { number: 2, device: 22 } });
  attempt.nudge();
  await refused;
  assert.deepEqual([attempt.isSealed, attempt.isElsewhere, attempt.isFrozen], [false, true, true]);
  assert.equal(district.submissions().length, tried);
});

test("a device that lost the attempt still sends what it has, under its own stay", async () => {
  const [disk, district] = [new Disk(), new District()];
  const first = await page(disk, district);
  district.isAway = true;
  await first.respond(1, { choice: 2 }, false);
  first.stop();
  district.isAway = false;
  district.refuse = (path) => path.endsWith("/start") && new Problem({ slug: "open-elsewhere", status: 409 });
  district.more = { epoch_current: false, epoch: { number: 2, device: 22 } };
  const second = await page(disk, district);
  assert.equal(second.isElsewhere, true);
  await until(() => second.rows.length === 0, "sent");
  assert.equal(district.saves().at(-1).token, "t1");
  second.stop();
  await assert.rejects(page(disk, district), { slug: "open-elsewhere" }, "with nothing left it says why not");
});

test("what was given in time is sent after the node has handed the attempt in for its time", async () => {
  const [disk, district] = [new Disk(), new District()];
  const attempt = await page(disk, district);
  district.isAway = true;
  await attempt.respond(1, { choice: 2 }, false);
  Object.assign(district, { isAway: false, submitted: { reference: "CD", delivered: true } });
  attempt.nudge();
  await until(() => attempt.rows.length === 0 && attempt.answers.get(1).held === "node", "sent");
  assert.equal(district.held.has(1), true);
});

test("what a person handed in elsewhere takes nothing more, and says so", async () => {
  const [disk, district] = [new Disk(), new District()];
  const attempt = await page(disk, district);
  district.submitted = { reference: "CD", delivered: true };
  district.refuse = (path) => path === "attempt/responses" && new Problem({ slug: "submitted", status: 409, detail: "handed in" });
  await attempt.respond(1, { choice: 2 }, false);
  await until(() => attempt.rows.length === 0, "the outbox is empty");
  assert.deepEqual([attempt.isSubmitted, attempt.answers.get(1).problem], [true, "handed in"]);
});

test("time that is added is told once, whichever node tells it", async () => {
  const [disk, district] = [new Disk(), new District()];
  const attempt = await page(disk, district);
  const told = [];
  attempt.addEventListener("extended", ({ detail }) => told.push(detail.ms));
  const before = district.deadline;
  for (const [item, more] of [[1, 600_000], [2, 0], [3, 600_000]].values()) {
    district.deadline = before + more;
    await attempt.respond(item, { choice: 1 }, false);
    await attempt.flushed();
    assert.equal(attempt.record.deadline, district.deadline);
  }
  assert.deepEqual(told, [600_000]);
});

test("a withdrawal is told, and answers are taken on", async () => {
  const [disk, district] = [new Disk(), new District()];
  const attempt = await page(disk, district);
  district.more = { withdrawn: "misprinted" };
  await attempt.respond(1, { choice: 1 }, false);
  await attempt.flushed();
  assert.deepEqual([attempt.withdrawn, attempt.isFrozen, attempt.answers.get(1).held], ["misprinted", false, "node"]);
});

test("a disk that fails is told, and the answer reaches the district all the same", async () => {
  const [disk, district] = [new Disk(), new District()];
  const attempt = await page(disk, district);
  let told = 0;
  attempt.addEventListener("not-kept", () => { told += 1; });
  disk.isBroken = true;
  await assert.rejects(attempt.respond(1, { choice: 2 }, false), { name: "QuotaExceededError" });
  assert.equal(attempt.answers.get(1).isUnkept, true);
  await until(() => attempt.answers.get(1).held === "node", "acknowledged");
  assert.ok(told > 0);
  disk.isBroken = false;
  await attempt.respond(1, { choice: 3 }, false);
  assert.equal(attempt.answers.get(1).isUnkept, false);
});

test("a response that the node cannot read does not stand before the others", async () => {
  const [disk, district] = [new Disk(), new District()];
  const attempt = await page(disk, district);
  district.isAway = true;
  for (let item = 1; item <= 9; item += 1) await attempt.respond(item, { choice: item }, false);
  const unread = new Problem({ slug: "bad-request", status: 400, detail: "unread" });
  district.refuse = (path, body) => body?.responses?.some(({ item }) => item === 5) && unread;
  district.isAway = false;
  attempt.nudge();
  await until(() => attempt.rows.length === 0, "the outbox is empty");
  assert.deepEqual([...district.held.keys()].sort(), [1, 2, 3, 4, 6, 7, 8, 9]);
  assert.equal(attempt.answers.get(5).problem, "unread");
});

test("a submission whose digest differs sends what the node lacks, and gives up in words", async () => {
  const [disk, district] = [new Disk(), new District()];
  const attempt = await page(disk, district);
  await attempt.respond(1, { choice: 2 }, false);
  await attempt.flushed();
  let refusals = 0;
  district.refuse = (path) => {
    if (path !== "attempt/submit" || refusals >= 1) return null;
    refusals += 1;
    district.held.clear();
    return new Problem({ slug: "digest-differs", status: 409, body: { responses: [] } });
  };
  await attempt.submit();
  assert.equal(district.held.has(1), true);

  const other = await page(new Disk(), Object.assign(district, { submitted: null }));
  district.refuse = (path) => path === "attempt/submit"
    && new Problem({ slug: "digest-differs", status: 409, body: { responses: [...district.held.values()] } });
  await assert.rejects(other.submit(), { slug: "digest-differs" });
  assert.equal(other.isSealed, false);
});

test("tokens of stays that nothing is left of are forgotten", async () => {
  const [disk, district] = [new Disk(), new District()];
  const attempt = await page(disk, district);
  await attempt.respond(1, { choice: 2 }, false);
  await attempt.flushed();
  for (const number of [2, 3, 4]) {
    district.epoch = { number, device: 11 };
    await attempt.start();
  }
  assert.deepEqual(Object.keys(attempt.record.tokens), ["1", "4"]);
});

test("a device that is new to the attempt stands where the other was left", async () => {
  const district = new District();
  for (const [item, seq] of [[4, 1], [9, 3], [2, 2]]) district.held.set(item, { item, seq, response: { choice: 1 }, marked: false });
  const attempt = await page(new Disk(), district);
  attempt.goToLast([{ item: 2 }, { item: 9 }, { item: 4 }]);
  assert.deepEqual([attempt.record.position, attempt.record.seen], [1, [4, 9, 2]]);
  attempt.record.position = 2;
  attempt.goToLast([{ item: 9 }]);
  assert.equal(attempt.record.position, 2, "only once");
});
