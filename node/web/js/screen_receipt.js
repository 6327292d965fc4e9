// The receipt: what the candidate keeps. It is shown only once a node gave it.
import { h, setText, show } from "./dom.js";

const ZONE = "Asia/Kolkata";

/** Shows the receipt of the attempt. */
export function showReceipt(app) {
  const { say, attempt, session, language } = app;
  const { submitted } = attempt.record;
  const at = new Intl.DateTimeFormat(`${language}-IN`, { dateStyle: "long", timeStyle: "medium", timeZone: ZONE });
  const delivered = h("p", { role: "status", class: "safety" });
  const row = (name, value, props = {}) => [h("dt", {}, name), h("dd", props, value)];
  show(
    h("h1", {}, say("receipt")),
    h("p", {}, say(submitted.receipt?.by === "deadline" ? "submittedByTime" : "submitted")),
    h("p", {}, say("reference")), h("p", { class: "reference", "data-reference": submitted.reference }, submitted.reference),
    h("dl", { "data-view": "receipt" },
      row(say("candidate"), `${session.candidate.name} (${session.candidate.id})`),
      row(say("exam"), attempt.record.title ?? String(attempt.record.sitting)),
      row(say("submittedAt"), `${at.format(submitted.submitted_at)} IST`),
      row(say("answeredCount"), String(submitted.answered), { "data-answered": submitted.answered }),
      row(say("digest"), submitted.digest, { class: "digest", "data-digest": submitted.digest })),
    delivered,
    h("div", { class: "row no-print" },
      h("button", { type: "button", class: "main", click: () => print() }, say("print")),
      h("button", { type: "button", "data-do": "to-list", click: () => app.openSittings() }, say("toList"))),
  );
  const changed = () => {
    const isDelivered = attempt.record.submitted.delivered;
    setText(delivered, say(isDelivered ? "delivered" : "notDelivered"));
    delivered.dataset.delivered = String(isDelivered);
    delivered.dataset.safety = isDelivered ? "district" : "node";
  };
  changed();
  return { changed };
}
