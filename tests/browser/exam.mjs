// Sits a whole exam at a node's page in Chromium as a teacher does, and writes down what was answered. The system test
// compares that with the centre's score.
//
// PARIKSHA_URL        the page's address, http://localhost:PORT
// PARIKSHA_CANDIDATE  the candidate's number
// PARIKSHA_CODE       the access code as printed
// PARIKSHA_ANSWERS    the file to write: {"responses": {"1": {"choice": 2}, ...}, "reference": "..."}
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { DELIVERY_MS, allSaved, inBrowser, isAtDistrict, question, setting, somebody } from "./page.mjs";
import { Person } from "./person.mjs";

const heading = (page) => question(page).getByRole("heading").innerText();

/** The question that is shown: its item number, kind and options in the order shown. */
async function shown(page) {
  const field = question(page).locator("fieldset");
  const options = await field.locator("[data-option]").evaluateAll((inputs) => inputs.map((input) => Number(input.dataset.option)));
  return { item: Number(await field.getAttribute("data-item")), kind: await field.getAttribute("data-kind"), options };
}

/** Gives a response by clicking and typing. */
async function answer(page, { kind }, response) {
  const option = (id) => question(page).locator(`[data-option="${id}"]`);
  if (kind === "choice") await option(response.choice).check();
  else if (kind === "choices") {
    for (const box of await question(page).getByRole("checkbox").all()) await box.uncheck();
    for (const id of response.choices) await option(id).check();
  } else {
    await question(page).getByRole("textbox").fill("");
    await question(page).getByRole("textbox").pressSequentially(response.number);
  }
}

/** What to answer: some right for the papers of the tests, some wrong; what is right is for the centre to say. */
function responseTo({ item, kind, options }, place) {
  const isHonest = place % 2 === 0;
  const last = options.at(-1);
  if (kind === "choice") return { choice: isHonest && options.includes(3) ? 3 : last };
  if (kind === "choices") return { choices: isHonest && options.includes(4) ? [1, 4] : [Math.min(...options)] };
  return { number: String(isHonest ? item * 2 : item + 1) };
}

async function go(page, direction) {
  const before = await heading(page);
  await question(page).locator(`[data-do=${direction}]`).click();
  await page.waitForFunction((text) => document.querySelector("article h1")?.innerText !== text, before);
}

test("a teacher sits the exam, reloads in the middle, submits and gets a receipt", async () => {
  await inBrowser(async (page) => {
    const person = await Person.on(page, somebody());
    await person.until("item");
    const count = await page.locator(".palette button").count();
    assert.ok(count >= 5, `the paper has only ${count} questions`);

    const given = new Map();
    const half = Math.floor(count / 2);
    for (let place = 0; place < half; place += 1) {
      given.set(...(await answerPlace(page, place)));
      await go(page, "next");
    }
    await reloadsToTheSame(page, given, half);
    for (let place = half; place < count; place += 1) {
      if (place > half) await go(page, "next");
      given.set(...(await answerPlace(page, place)));
    }
    await changesSome(page, given);
    await allSaved(page);
    const reference = await submits(page, given, count);
    writeFileSync(setting("PARIKSHA_ANSWERS"), JSON.stringify({ responses: Object.fromEntries(given), reference }, null, 1));
    await staysSubmitted(page, reference);
  });
});

/** Answers the question shown; every third is first answered otherwise. Waits for the district's word. */
async function answerPlace(page, place) {
  const now = await shown(page);
  const response = responseTo(now, place);
  if (place % 3 === 0 && now.kind !== "number") {
    await answer(page, now, now.kind === "choice" ? { choice: now.options[0] } : { choices: [now.options[0]] });
  }
  await answer(page, now, response);
  await isAtDistrict(page);
  return [now.item, response];
}

async function reloadsToTheSame(page, given, half) {
  const before = await heading(page);
  await page.reload();
  await question(page).waitFor();
  assert.equal(await heading(page), before, "after a reload another question is shown");
  for (let place = half - 1; place >= 0; place -= 1) {
    await go(page, "previous");
    const now = await shown(page);
    assert.deepEqual(await standing(page, now), given.get(now.item), `item ${now.item} after the reload`);
  }
  await page.locator(".palette button").nth(half).click();
  await page.getByRole("heading", { name: before }).waitFor();
}

/** What the inputs say. */
async function standing(page, { kind }) {
  if (kind === "number") return { number: await question(page).getByRole("textbox").inputValue() };
  const chosen = await question(page).locator("[data-option]:checked").evaluateAll((inputs) => inputs.map((input) => Number(input.dataset.option)));
  return kind === "choice" ? { choice: chosen[0] } : { choices: chosen.sort((one, other) => one - other) };
}

/** Goes back to the first and clears it, marks the second, and answers the third otherwise, in another language. */
async function changesSome(page, given) {
  await page.locator(".palette button").nth(0).click();
  const first = await shown(page);
  await question(page).locator("[data-do=clear]").click();
  given.set(first.item, null);
  await page.locator(".palette button").nth(1).click();
  // Marks, and goes on to the third.
  await go(page, "mark");
  const third = await shown(page);
  const changed = responseTo(third, 3);
  await answer(page, third, changed);
  given.set(third.item, changed);
}

async function submits(page, given, count) {
  await question(page).locator("[data-do=review]").click();
  const answered = [...given.values()].filter((response) => response !== null).length;
  await page.locator("[data-view=review]").waitFor();
  const counts = await page.locator("[data-count]").allInnerTexts();
  assert.equal(counts.map(Number).reduce((sum, each) => sum + each), count, "the review counts every question");
  await page.getByRole("button", { name: "Submit the exam" }).click();
  await page.getByRole("button", { name: "Yes, submit" }).click();
  await page.getByRole("heading", { name: "Receipt" }).waitFor();
  assert.equal(await page.locator("[data-answered]").innerText(), String(answered));
  assert.match(await page.locator("[data-digest]").innerText(), /^[0-9a-f]{64}$/u);
  const reference = await page.locator("[data-reference]").innerText();
  assert.match(reference, /^[0-9A-F]{4}-[0-9A-F]{4}$/u);
  await page.locator("[data-delivered=true]").waitFor({ timeout: DELIVERY_MS });
  return reference;
}

async function staysSubmitted(page, reference) {
  await page.reload();
  await page.getByRole("heading", { name: "Receipt" }).waitFor();
  assert.equal(await page.locator("[data-reference]").innerText(), reference);
}
