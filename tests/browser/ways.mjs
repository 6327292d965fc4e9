// A whole exam in each way in which a candidate may sit it: by the keyboard alone, by a finger on a phone, in Marathi.
// Settings: see hall.mjs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FINGER, KEYS, MOUSE, standing } from "./hands.mjs";
import { somebodyAt, tell } from "./hall.mjs";
import { allSaved, question, telling, withBrowser } from "./page.mjs";
import { Person } from "./person.mjs";

const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

/** All that the controls do, from sign-in to receipt; `look(person)` is called on each screen. */
async function sitsWhole(person, look = () => {}) {
  for (const screen of ["sign-in", "confirm", "lobby", "instructions", "item"]) {
    await person.until(screen);
    await look(person);
  }
  const count = await person.count();
  for (let place = 1; place <= count; place += 1) {
    assert.equal(await person.place(), place);
    if (place !== 2) {
      await person.answers();
      await person.isAtDistrict();
    }
    await look(person);
    if (place < count) await person.goes(place === 3 ? "mark" : "next");
  }
  await clearsTheLast(person, count);
  await person.page.reload();
  await person.until("item");
  await person.seesAllGiven();
  await answersTheOpenOne(person, look);
  await allSaved(person.page);
  await person.until("review");
  await look(person);
  await person.hasReceipt();
  await look(person);
}

/** The last answer is taken away and given again. */
async function clearsTheLast(person, count) {
  assert.equal(await person.place(), count);
  await person.press("[data-do=clear]");
  assert.equal(await standing(person.page), null);
  await person.answers();
  await person.goes("previous");
  assert.equal(await person.place(), count - 1);
}

/** The review leads to the question that was passed over. */
async function answersTheOpenOne(person, look) {
  await person.until("review");
  await look(person);
  await person.press("[data-state=unanswered]:is(button)");
  await question(person.page).waitFor();
  assert.equal(await person.place(), 2);
  await person.answers();
  await person.isAtDistrict();
}

test("a whole exam is sat by the keyboard alone", async () => {
  await withBrowser([], async ({ device }) => {
    const person = await Person.at(await device(), somebodyAt("nagpur-1"), KEYS);
    // Nothing that a pointer does reaches the page, not even by a test's mistake.
    await person.page.evaluate(() => {
      for (const name of ["pointerdown", "mousedown", "touchstart"]) addEventListener(name, (event) => event.preventDefault(), true);
    });
    await telling(person.page, () => sitsWhole(person));
    tell(person);
  });
});

test("a whole exam is sat by a finger on a phone", async () => {
  await withBrowser([], async ({ device }) => {
    const person = await Person.at(await device(PHONE), somebodyAt("nashik-1"), FINGER);
    const fits = async ({ page }) => {
      const { width, screen } = await page.evaluate(() => ({ width: document.documentElement.scrollWidth, screen: innerWidth }));
      assert.ok(width <= screen, `the page is ${width} wide on a screen of ${screen}`);
    };
    await telling(person.page, () => sitsWhole(person, fits));
    tell(person);
  });
});

test("a whole exam is sat with every text in Marathi", async () => {
  await withBrowser([], async ({ device }) => {
    const person = await Person.at(await device({ locale: "mr-IN" }), somebodyAt("aurangabad-1"), MOUSE);
    const screens = [];
    await telling(person.page, () => sitsWhole(person, async ({ page }) => screens.push(...(await page.evaluate(foreign, KNOWN)))));
    assert.deepEqual([...new Set(screens)], []);
    tell(person);
  });
});

/** What stands on every keyboard, and the names of this exam and of its makers. */
const KNOWN = ["Tab", "Space", "Enter", "Pariksha", "IST", "Sample exam"];

/** What a reader of Marathi would not understand, or a screen reader would read with the wrong voice. Runs in the page. */
function foreign(known) {
  // Codes and what the paper has in English only; and the names of languages, each in its own.
  const isName = (element) => element.closest("option, [data-reference], [data-digest], [lang=en]") !== null;
  const found = [];
  const look = (element, text) => {
    // Candidates of the sample roster are called after their places, and have a roll number.
    const named = text.replace(/\S+ of \S+|[A-Z]{3}-\d+/gu, " ");
    const words = known.reduce((rest, each) => rest.replaceAll(each, " "), named);
    const { lang } = element.closest("[lang]");
    if (/[A-Za-z]{2}/u.test(words) && !isName(element)) found.push(`in another script: ${text}`);
    if (/[०-९]/u.test(words)) found.push(`digits: ${text}`);
    if (/[\u0900-\u097f]/u.test(words) && !["mr", "hi"].includes(lang)) found.push(`lang is ${lang}: ${text}`);
    if (element.closest("article") && /[\u0900-\u097f]/u.test(words) && !element.closest("option") && lang !== "mr") found.push(`lang is ${lang}: ${text}`);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) look(node.parentElement, node.textContent);
  for (const name of ["aria-label", "title", "alt", "placeholder"]) {
    for (const element of document.querySelectorAll(`[${name}]`)) look(element, element.getAttribute(name));
  }
  if (document.documentElement.lang !== "mr") found.push(`the page is in ${document.documentElement.lang}`);
  return found;
}
