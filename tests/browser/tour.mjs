// Leads through every screen of the page and stops at each, so that it can be looked at in every language and theme.
import assert from "node:assert/strict";
import { MOUSE } from "./hands.mjs";
import { somebodyAt } from "./hall.mjs";
import { telling } from "./page.mjs";
import { Person } from "./person.mjs";

export const LANGUAGES = ["en", "hi", "mr"];
export const THEMES = ["light", "dark", "contrast"];

/**
 * Signs somebody of the node's district in and goes through the exam; `visit(name, page, again)` is called on each screen,
 * `again` brings back what is gone when the page was drawn in another language. `line` is the relay before the node.
 */
export async function tour(context, { node, line }, visit) {
  const person = await Person.at(context, somebodyAt(node), MOUSE);
  await telling(person.page, () => walk(person, line, visit));
}

async function walk(person, line, visit) {
  const { page } = person;
  const at = (name, again = async () => {}) => visit(name, page, again);
  await person.until("sign-in");
  await at("sign-in");
  await page.locator("form button[type=submit]").click();
  await page.locator("[aria-invalid=true]").first().waitFor();
  await at("sign-in-refused");
  await person.until("confirm");
  await at("confirm");
  await person.until("lobby");
  await at("lobby");
  await page.locator("[data-do=check]").click();
  await page.locator("[data-result]").waitFor();
  await at("check");
  await page.locator("[data-do=practice]").click();
  await page.locator("article[data-view=item]").waitFor();
  await at("practice");
  await page.locator("[data-do=end-practice]").click();
  await page.locator("[data-do=practice-again]").waitFor();
  await at("practice-ended");
  await page.locator("[data-do=back]").click();
  await person.until("instructions");
  await at("instructions");
  await person.until("item");
  await exam(person, at);
  await lost(person, line, at);
  await person.until("review");
  await at("review");
  // Over an open dialog nobody can choose a language: it is opened in each.
  const ask = async () => {
    if ((await page.locator("dialog[open]").count()) === 0) await page.locator("[data-do=submit]").click();
    await page.locator("dialog[open]").waitFor();
  };
  await ask();
  await at("sure", ask);
  await ask();
  await line.cut();
  await page.locator("[data-do=submit-yes]").click();
  await page.locator("[data-sealed=waiting]").waitFor();
  await at("sealed");
  await line.heal();
  await person.hasReceipt();
  await at("receipt");
  const other = await person.context.newPage();
  await other.goto(person.url);
  await other.locator("#main button.main").waitFor();
  await visit("other-tab", other, async () => {});
  await other.close();
}

/** Questions of each kind, one of them marked, and the palette. */
async function exam(person, at) {
  const count = await person.count();
  const kinds = new Set();
  for (let place = 1; place <= count; place += 1) {
    const kind = await person.page.locator("fieldset[data-item]").getAttribute("data-kind");
    if (!kinds.has(kind)) {
      await person.answers();
      await person.isAtDistrict();
      await at(`question-${kind}`);
      kinds.add(kind);
    }
    if (place < count) await person.goes(place === 2 ? "mark" : "next");
  }
  assert.ok(kinds.size >= 3, `the paper has only ${[...kinds]}`);
  const fold = person.page.locator("[data-do=palette]");
  if (await fold.isVisible()) await fold.click();
  await at("palette");
}

/** The connection is lost, and that is told. */
async function lost(person, line, at) {
  await person.opens(1);
  await line.cut();
  await person.answers();
  await person.page.locator("#banner [data-connection=lost]").waitFor();
  await at("connection-lost");
  await line.heal();
  await person.isAtDistrict();
}

/** Shows the page in a language and theme, as the candidate chooses them. */
export async function prefer(page, { language, theme }) {
  // The page's own choosers: some screens draw themselves anew, and none may forget where it stands.
  const choose = (id, value) =>
    page.evaluate(([name, wanted]) => {
      const select = document.getElementById(name);
      select.value = wanted;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }, [id, value]);
  await choose("language", language);
  await page.waitForFunction((wanted) => document.documentElement.lang === wanted, language);
  await choose("theme", theme);
  await page.waitForFunction((wanted) => document.documentElement.dataset.theme === wanted, theme);
}
