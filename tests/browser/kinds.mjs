// Sits a paper with every kind of question at a node's page in Chromium, with the keyboard alone, and writes down what was
// answered. The system test compares that with what the centre holds. Settings as in exam.mjs; beside them
//
// PARIKSHA_KINDS      the kinds that the paper must show, with commas
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { KEYS } from "./hands.mjs";
import { answerByKeyboard, press, standing } from "./keyboard.mjs";
import { DELIVERY_MS, allSaved, inBrowser, isAtDistrict, question, setting, somebody } from "./page.mjs";
import { Person } from "./person.mjs";

test("every kind of question is answered with the keyboard alone", async () => {
  await inBrowser(async (page) => {
    const person = await Person.on(page, somebody(), KEYS);
    await person.until("item");
    const given = await answersAll(page);
    await allSaved(page);
    await reloadsToTheSame(page, given);
    await clearsOne(page, given);
    await allSaved(page);
    const told = { responses: {}, ...(await submits(page, given)) };
    for (const [item, { response }] of given) told.responses[item] = response;
    writeFileSync(setting("PARIKSHA_ANSWERS"), JSON.stringify(told, null, 1));
  });
});

const field = (page) => question(page).locator("fieldset[data-item]");
const button = (page, name) => question(page).locator(`button[data-do=${name}]`);

async function shown(page) {
  return { item: Number(await field(page).getAttribute("data-item")), kind: await field(page).getAttribute("data-kind") };
}

/** Answers each question and goes on to the next; gives what was answered by item, in the order met. */
async function answersAll(page) {
  await question(page).waitFor();
  const given = new Map();
  const count = await page.locator(".palette button").count();
  for (let place = 1; place <= count; place += 1) {
    await question(page).getByRole("heading", { name: `Question ${place} of ${count}` }).waitFor();
    const { item } = await shown(page);
    const problem = (error) => {
      throw new Error(`item ${item}: ${error.message}`, { cause: error });
    };
    given.set(item, await answerByKeyboard(page, field(page)).catch(problem));
    await isAtDistrict(page);
    if (place < count) await press(page, button(page, "next"));
  }
  const kinds = [...given.values()].map(({ kind }) => kind);
  for (const kind of setting("PARIKSHA_KINDS").split(",")) assert.ok(kinds.includes(kind), `no question is of kind ${kind}: ${kinds}`);
  return given;
}

/** After a reload every field stands as it was left. */
async function reloadsToTheSame(page, given) {
  await page.reload();
  await question(page).waitFor();
  for (const [item, { kind, response }] of [...given].reverse()) {
    assert.deepEqual(await shown(page), { item, kind });
    const now = await standing(field(page), kind);
    if (now) assert.deepEqual(now, response, `${kind} after the reload`);
    if (await button(page, "previous").isEnabled()) await press(page, button(page, "previous"));
  }
}

/** Takes the first answer away again. */
async function clearsOne(page, given) {
  const { item } = await shown(page);
  await press(page, button(page, "clear"));
  given.get(item).response = null;
}

async function submits(page, given) {
  await press(page, button(page, "review"));
  await press(page, page.getByRole("button", { name: "Submit the exam" }));
  await press(page, page.getByRole("button", { name: "Yes, submit" }));
  await page.getByRole("heading", { name: "Receipt" }).waitFor();
  const answered = [...given.values()].filter(({ response }) => response !== null).length;
  assert.equal(await page.locator("[data-answered]").innerText(), String(answered));
  await page.locator("[data-delivered=true]").waitFor({ timeout: DELIVERY_MS });
  return { reference: await page.locator("[data-reference]").innerText(), digest: await page.locator("[data-digest]").innerText() };
}
