// A LAN that flaps, five seconds up and five down, while a candidate gives ten answers a minute: nothing is lost, no dialog
// opens, the focus never moves by itself, and the page says nothing of cuts that are shorter than five seconds.
// Settings: see hall.mjs; and PARIKSHA_FLAP_MINUTES, how long it flaps.
import assert from "node:assert/strict";
import { test } from "node:test";
import { portOf, somebodyAt, tell } from "./hall.mjs";
import { setting, telling, withBrowser } from "./page.mjs";
import { Person } from "./person.mjs";
import { Relay, mapped } from "./relay.mjs";

const PHASE_MS = 5_000;
const ANSWER_EVERY_MS = 6_000;
/** The page tells of a cut from 5 s on; clocks are looked at 4 times a second. */
const QUIET_MS = 4_500;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

test("nothing is lost on a LAN that flaps", async () => {
  const line = await Relay.before(portOf("nagpur-1"));
  await withBrowser(mapped([[portOf("nagpur-1"), line]]), async ({ device }) => {
    const context = await device();
    const seen = [];
    await context.exposeBinding("seen", (_, what) => seen.push({ ...what, downForMs: line.downForMs }));
    await context.addInitScript(watchCalm);
    const person = await Person.at(context, somebodyAt("nagpur-1"));
    person.page.on("dialog", (dialog) => seen.push({ what: "dialog", detail: dialog.message() }));
    await person.until("item");
    const ends = performance.now() + Number(setting("PARIKSHA_FLAP_MINUTES")) * 60_000;
    const flaps = flapping(line, ends);
    const answers = await telling(person.page, () => answersUntil(person, ends));
    const cuts = await flaps;
    await calm(person, false);
    await telling(person.page, () => person.hasReceipt());
    tell(person);

    const banners = seen.filter(({ what }) => what === "banner");
    console.log(`${cuts} cuts, ${answers} answers, ${banners.length} times the banner`);
    assert.deepEqual(seen.filter(({ what }) => what !== "banner"), [], "the page was not calm");
    const early = banners.filter(({ downForMs }) => downForMs > 0 && downForMs < QUIET_MS);
    assert.deepEqual(early, [], "the page told of a cut that had not lasted");
  });
  await line.close();
});

async function flapping(line, ends) {
  let cuts = 0;
  while (performance.now() < ends) {
    await pause(PHASE_MS);
    await line.cut();
    cuts += 1;
    await pause(PHASE_MS);
    await line.heal();
  }
  return cuts;
}

/** Answers one question after the other, over and over, each otherwise than before. */
async function answersUntil(person, ends) {
  const count = await person.count();
  let answers = 0;
  while (performance.now() < ends) {
    const next = performance.now() + ANSWER_EVERY_MS;
    await calm(person, false);
    await person.opens((answers % count) + 1);
    await person.answers();
    await calm(person, true);
    answers += 1;
    await pause(next - performance.now());
  }
  return answers;
}

/** Whether the candidate does nothing now, so that nothing may happen to the focus. */
const calm = ({ page }, isCalm) => page.evaluate((value) => globalThis.setCalm(value), isCalm);

/** Runs in the page: tells of a focus that moves while nobody does anything, of dialogs, and of the banner. */
function watchCalm() {
  const LOOK_MS = 100;
  let isCalm = false;
  let focused = null;
  let isDialog = false;
  let isBanner = false;
  const name = (element) => element?.outerHTML.slice(0, 120) ?? "nothing";
  globalThis.setCalm = (value) => {
    focused = document.activeElement;
    isCalm = value;
  };
  setInterval(() => {
    const now = document.activeElement;
    if (isCalm && now !== focused) globalThis.seen({ what: "focus", detail: `${name(focused)} → ${name(now)}` });
    focused = now;
    const dialog = document.querySelector("dialog[open]") !== null;
    if (isCalm && dialog && !isDialog) globalThis.seen({ what: "dialog", detail: name(document.querySelector("dialog[open]")) });
    isDialog = dialog;
    const connection = document.querySelector("#banner [data-connection=lost], #banner [data-connection=long]");
    if (connection && !isBanner) globalThis.seen({ what: "banner", detail: connection.textContent });
    isBanner = connection !== null;
  }, LOOK_MS);
}
