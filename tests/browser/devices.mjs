// One candidate and several devices: two that race, one whose battery dies, two tabs, and one whose clock is wrong by a day.
// Settings: see hall.mjs.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { MOUSE } from "./hands.mjs";
import { portOf, somebodyAt, tell, unlock } from "./hall.mjs";
import { allSaved, openProfile, question, telling, withBrowser } from "./page.mjs";
import { Person } from "./person.mjs";
import { Relay, mapped } from "./relay.mjs";

const DAY_MS = 86_400_000;
const TIMER_TOLERANCE_S = 120;
const DURATION_S = 3600;

test("of two devices one writes; the other says why not, and takes over once the invigilator unlocked it", async () => {
  await withBrowser([], async ({ device }) => {
    const who = somebodyAt("nagpur-1");
    const [one, other] = [await Person.at(await device(), who), await Person.at(await device(), who)];
    // Both stand before the start; the one that is slower by a moment is told.
    await Promise.all([one.until("instructions"), other.until("instructions")]);
    await Promise.all([one.begins(), other.begins()]);
    const ended = (person) => person.page.locator("article[data-view=item], [data-do=move]").first().waitFor();
    await Promise.all([ended(one), ended(other)]);
    const [writer, waiter] = (await one.screen()) === "item" ? [one, other] : [other, one];
    assert.equal(await waiter.screen(), "instructions", "both devices write");
    await waiter.page.getByText("open on another device").first().waitFor();
    await writer.answers();
    await writer.isAtDistrict();

    // Only when the candidate says so there and the invigilator unlocks it, the other goes on, with the answer; the first can
    // change nothing more.
    await waiter.press("[data-do=move]");
    await waiter.page.getByText("Raise your hand").first().waitFor();
    await writer.opens(2);
    assert.equal(await waiter.screen(), "instructions", "it goes on without the invigilator");
    assert.match(await unlock("nagpur-1", who.candidate), /another device may go on, once, until \d\d:\d\d:\d\d/u);
    await question(waiter.page).waitFor();
    waiter.given = new Map(writer.given);
    await waiter.seesAllGiven();
    await writer.page.getByText("continued on another device").first().waitFor();
    assert.ok(await question(writer.page).locator("fieldset input").first().isDisabled(), "the older device still writes");
    await waiter.opens(2);
    await waiter.answers();
    await waiter.isAtDistrict();

    // The way back is the same.
    await writer.press("[data-do=move]");
    await writer.page.getByText("Raise your hand").first().waitFor();
    assert.ok(await question(writer.page).locator("fieldset input").first().isDisabled(), "it goes on without the invigilator");
    await unlock("nagpur-1", who.candidate);
    await writer.page.locator("fieldset input:enabled").first().waitFor();
    writer.given = new Map(waiter.given);
    await writer.seesAllGiven();
    await writer.opens(3);
    await writer.answers();
    await writer.isAtDistrict();
    await telling(writer.page, () => writer.hasReceipt());
    tell(writer);
  });
});

test("of two tabs one writes, and the exam can be taken to the other", async () => {
  await withBrowser([], async ({ device }) => {
    const context = await device();
    const person = await Person.at(context, somebodyAt("nagpur-1"));
    await person.until("item");
    await person.answers();
    await person.isAtDistrict();
    const first = person.page;
    await person.sitDownAt(context);
    await person.page.getByText("open in another tab").waitFor();
    await person.page.getByRole("button", { name: "Use this tab instead" }).click();
    await person.until("item");
    await first.getByText("Another tab has taken over").waitFor();
    await person.seesAllGiven();
    await person.opens(2);
    await person.answers();
    await telling(person.page, () => person.hasReceipt());
    tell(person);
  });
});

test("a battery dies with answers that are on the device only", async () => {
  const profile = mkdtempSync(join(tmpdir(), "pariksha-browser-"));
  const complaints = [];
  const line = await Relay.before(portOf("pune-1"));
  try {
    const before = await openProfile(profile, complaints, mapped([[portOf("pune-1"), line]]));
    const person = await Person.at(before.context, somebodyAt("pune-1"), MOUSE);
    await person.until("item");
    await person.answers();
    await person.isAtDistrict();
    await person.goes("next");
    await line.cut();
    await person.answers();
    await person.isSafe("device");
    await dies(before.context);
    await line.heal();
    const after = await openProfile(profile, complaints, mapped([[portOf("pune-1"), line]]));
    await person.watchedAt(after.context);
    await person.until("item");
    assert.equal(await person.place(), 2, "another question is shown");
    await person.seesAllGiven();
    await allSaved(person.page);
    await telling(person.page, () => person.hasReceipt());
    tell(person);
    await after.context.close();
    assert.deepEqual(complaints, []);
  } finally {
    await line.close();
    rmSync(profile, { recursive: true, force: true });
  }
});

/** The whole browser goes at once, with nothing written that was not on the disk. */
async function dies(context) {
  const session = await context.browser().newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const gone = new Promise((resolve) => context.once("close", resolve));
  process.kill(processInfo.find(({ type }) => type === "browser").id, "SIGKILL");
  await gone;
}

for (const [name, offset] of [["a day ahead", DAY_MS], ["a day behind", -DAY_MS]]) {
  test(`a device whose clock is ${name} changes nothing`, async () => {
    await withBrowser([], async ({ device }) => {
      const context = await device();
      await context.addInitScript(shiftClock, offset);
      const person = await Person.at(context, somebodyAt("nashik-1"));
      await person.until("item");
      const shown = await person.page.evaluate(() => Date.now());
      assert.ok(Math.abs(shown - Date.now() - offset) < DAY_MS / 24, "the clock is not wrong");
      const left = await person.page.locator("#timer [role=timer]").innerText();
      const seconds = left.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
      assert.ok(seconds > DURATION_S - TIMER_TOLERANCE_S && seconds <= DURATION_S, `${left} is left of an hour`);
      await person.answers();
      await person.isAtDistrict();
      await person.page.reload();
      await person.until("item");
      await person.seesAllGiven();
      await telling(person.page, () => person.hasReceipt());
      const day = new Intl.DateTimeFormat("en-IN", { dateStyle: "long", timeZone: "Asia/Kolkata" }).format(new Date());
      await person.page.getByText(day).first().waitFor();
      tell(person);
    });
  });
}

/** Runs in the page before its own code: all that tells a date is off; what only counts on is not. */
function shiftClock(offset) {
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...parts) {
      if (parts.length === 0) super(Real.now() + offset);
      else super(...parts);
    }

    static now() {
      return Real.now() + offset;
    }
  };
  Object.defineProperty(performance, "timeOrigin", { value: performance.timeOrigin + offset });
}
