// The end of an exam: what was sealed at this device and no node has answered yet, then the receipt that the candidate keeps. A
// receipt is shown only once a node gave it.
import { saveAs } from "../device/save_as.js";
import { h, setText, show } from "../dom.js";

const ZONE = "Asia/Kolkata";
/** An answer that takes as long is worth a word. */
const SLOW_MS = 2_000;

/**
 * Shows how far the submission has come.
 * @param {any} app
 */
export function showReceipt(app) {
  return app.attempt.isSubmitted ? showReceived(app) : showSealed(app);
}

/**
 * Sealed, and on its way: that it takes time is said only when it does.
 * @param {any} app
 */
function showSealed(app) {
  const { say, attempt } = app;
  const began = performance.now();
  const where = h("p", { class: "sealed", role: "status", "data-sealed": "sending" }, say("sealing"));
  const waiting = h("p", { class: "sum" });
  const trouble = h("div", { role: "status" });
  show(
    h("h1", {}, say("sealedTitle")), h("div", { "data-view": "sealed" }, where, waiting),
    h("p", {}, say("sealedHint")), trouble,
  );
  const changed = () => {
    const isSlow = attempt.problem !== null || performance.now() - began > SLOW_MS;
    if (isSlow && !attempt.isSubmitted) {
      setText(where, say("sealed"));
      where.dataset.sealed = "waiting";
    }
    const count = attempt.connection.waiting;
    setText(waiting, count === 0 ? "" : say("sealedCount", { count }));
    app.showTrouble(trouble);
  };
  changed();
  return { changed, tick: changed };
}

/** @param {any} app */
function showReceived(app) {
  const { say, attempt } = app;
  const { submitted } = attempt.record;
  const reached = reachedView(say);
  const late = h("p", { class: "sum", role: "status" });
  const button = (/** @type {string} */ does, /** @type {string} */ name, /** @type {() => void} */ click) =>
    h("button", { type: "button", class: does === "print" && "main", "data-do": does, click }, say(name));
  show(
    h("h1", {}, say("receipt")),
    h("p", {}, say(submitted.receipt?.receipt?.by === "deadline" ? "submittedByTime" : "submitted")),
    h("p", {}, say("reference")), h("p", { class: "reference", "data-reference": submitted.reference }, submitted.reference),
    facts(app), reached.element, late,
    h("p", { class: "hint no-print" }, say("receiptHint")),
    h("div", { class: "row no-print" },
      button("print", "print", () => print()),
      button("save-receipt", "saveReceipt", () => saveAs(receiptFile(submitted))),
      button("to-list", "toList", () => app.openSittings())),
  );
  const changed = () => {
    reached.update(attempt.record.submitted.delivered);
    const { waiting } = attempt.connection;
    setText(late, waiting === 0 ? "" : say("sealedCount", { count: waiting }));
  };
  changed();
  return { changed };
}

/** @param {any} app */
function facts({ say, attempt, session, language }) {
  const { submitted, title, sitting } = attempt.record;
  const at = new Intl.DateTimeFormat(`${language}-IN-u-nu-latn`, {
    dateStyle: "long", timeStyle: "medium", hourCycle: "h23", timeZone: ZONE,
  });
  const row = (/** @type {string} */ name, /** @type {string} */ value, props = {}) =>
    [h("dt", {}, say(name)), h("dd", props, value)];
  return h("dl", { "data-view": "receipt" },
    row("candidate", `${session.candidate.name} (${session.candidate.id})`),
    row("exam", title ?? String(sitting)),
    row("submittedAt", say("indianTime", { time: at.format(submitted.submitted_at) })),
    row("answeredCount", String(submitted.answered), { "data-answered": submitted.answered }),
    row("digest", submitted.digest, { class: "digest", "data-digest": submitted.digest }));
}

/**
 * Where the submission has arrived: the district has it, or there would be no receipt.
 * @param {(name: string) => string} say
 */
function reachedView(say) {
  const step = (/** @type {string} */ name) => h("span", { class: "step", "data-reached": name });
  const district = step("district");
  const centre = step("centre");
  setText(district, `✓ ${say("atDistrict")}`);
  const words = h("p", { class: "safety", role: "status" });
  return {
    element: h("div", { class: "reached" }, h("p", { "aria-hidden": "true" }, district, centre), words),
    /** @param {boolean} isDelivered */
    update(isDelivered) {
      setText(centre, `${isDelivered ? "✓" : "…"} ${say("atCentre")}`);
      centre.classList.toggle("open", !isDelivered);
      setText(words, say(isDelivered ? "delivered" : "notDelivered"));
      words.dataset.delivered = String(isDelivered);
      words.dataset.safety = isDelivered ? "centre" : "node";
    },
  };
}

/**
 * The signed receipt, as `parikshactl receipt verify` and any node can check it.
 * @param {any} submitted
 */
function receiptFile({ receipt, reference }) {
  const text = `${JSON.stringify(receipt, null, 1)}\n`;
  return { name: `pariksha-receipt-${reference}.json`, blob: new Blob([text], { type: "application/json" }) };
}
