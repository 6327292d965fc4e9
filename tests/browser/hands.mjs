// How a candidate works the page: with a mouse, with a finger, or with the keyboard alone. Each can press what is to be
// pressed and give a response to the question that is shown; all give what was given, as the API has it.
import { answerByKeyboard, press as pressByKeyboard, tabToFirst } from "./keyboard.mjs";
import { question } from "./page.mjs";

const field = (page) => question(page).locator("fieldset[data-item]");

/** A response to what is shown: another one than stands there, and not the same for each `turn`. */
async function planned(page, turn) {
  const kind = await field(page).getAttribute("data-kind");
  const before = await standing(page);
  if (kind === "number") return { kind, response: { number: String(40 + turn) } };
  const options = await field(page).locator("[data-option]").evaluateAll((all) => all.map((each) => Number(each.dataset.option)));
  const at = before === null ? turn : options.indexOf(before.choice ?? before.choices[0]) + 1;
  const [first, second] = [options[at % options.length], options[(at + 1) % options.length]];
  if (kind === "choice") return { kind, response: { choice: first } };
  return { kind, response: { choices: [first, second].sort((one, other) => one - other) } };
}

/** Pointers of either sort: `touch(locator)` is a click or a tap. */
function pointer(touch) {
  const toggle = async (option, isWanted) => {
    if ((await option.isChecked()) !== isWanted) await touch(option);
  };
  return {
    press: (_, locator) => touch(locator),
    tick: (_, box) => touch(box),
    async answer(page, turn) {
      const { kind, response } = await planned(page, turn);
      const options = field(page).locator("[data-option]");
      if (kind === "number") {
        const box = field(page).locator("input");
        await touch(box);
        await box.fill("");
        await page.keyboard.type(response.number);
      } else {
        const wanted = response.choices ?? [response.choice];
        for (const option of await options.all()) {
          const isWanted = wanted.includes(Number(await option.getAttribute("data-option")));
          if (isWanted || kind === "choices") await toggle(option, isWanted);
        }
      }
      return response;
    },
    async write(page, locator, text) {
      await touch(locator);
      await locator.fill("");
      await page.keyboard.type(text);
    },
  };
}

export const MOUSE = pointer((locator) => locator.click());
export const FINGER = pointer((locator) => locator.tap());

export const KEYS = {
  press: pressByKeyboard,
  async tick(page, box) {
    await tabToFirst(page, box);
    await page.keyboard.press("Space");
  },
  async answer(page) {
    return (await answerByKeyboard(page, field(page))).response;
  },
  async write(page, locator, text) {
    await tabToFirst(page, locator);
    await page.keyboard.press("Control+a");
    await page.keyboard.type(text);
  },
};

/** What the inputs of the question that is shown say, as the API has it; null where nothing is given. */
export async function standing(page) {
  const kind = await field(page).getAttribute("data-kind");
  if (kind === "number") {
    const number = await field(page).locator("input").inputValue();
    return number === "" ? null : { number };
  }
  const chosen = await field(page).locator("[data-option]:checked").evaluateAll((all) => all.map((each) => Number(each.dataset.option)));
  if (chosen.length === 0) return null;
  return kind === "choice" ? { choice: chosen[0] } : { choices: chosen.sort((one, other) => one - other) };
}
