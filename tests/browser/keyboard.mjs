// Answers whatever field a page shows with the keyboard alone: Tab, Space, Enter, arrows and letters; never a pointer, and
// never the page's own code. What was given is told from what the page shows beside the keys.
import assert from "node:assert/strict";

/** Elements that Tab passes on a page at most. */
const TABS_MAX = 400;

/** Presses Tab until the focus is on the first of what the locator finds. */
export async function tabToFirst(page, locator) {
  // Looked up each time: a list that is drawn anew has a new button in the old one's place.
  const isThere = () => locator.first().evaluate((element) => document.activeElement === element);
  for (let tabs = 0; tabs < TABS_MAX; tabs += 1) {
    if (await isThere()) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`${TABS_MAX} tabs do not lead to ${locator}`);
}

const tabTo = (page, scope, selector) => tabToFirst(page, scope.locator(selector));

/** Presses a button by the keyboard. */
export async function press(page, locator) {
  await tabToFirst(page, locator);
  await page.keyboard.press("Enter");
}

const numbers = (scope, selector, name) =>
  scope.locator(selector).evaluateAll((elements, key) => elements.map((element) => Number(element.dataset[key])), name);

const ascending = (list) => [...list].sort((one, other) => one - other);
const byNumbers = (list) => [...list].sort((one, other) => one[0] - other[0] || one[1] - other[1]);

/** Moves a list's choice on by so many options that can be chosen; gives its value. */
async function choose(page, scope, selector, steps) {
  await tabTo(page, scope, selector);
  for (let step = 0; step < steps; step += 1) await page.keyboard.press("ArrowDown");
  return Number(await scope.locator(selector).first().inputValue());
}

const ANSWERS = {
  async choice(page, scope) {
    const options = await numbers(scope, "[data-option]", "option");
    // Tab leads to the first of the group; the arrow chooses the next.
    await tabTo(page, scope, "[data-option]");
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowDown");
    return { choice: options[1] };
  },
  async choices(page, scope) {
    const options = await numbers(scope, "[data-option]", "option");
    for (const option of options.slice(0, 2)) {
      await tabTo(page, scope, `[data-option="${option}"]`);
      await page.keyboard.press("Space");
    }
    return { choices: ascending(options.slice(0, 2)) };
  },
  async number(page, scope) {
    await tabTo(page, scope, "[data-number]");
    await page.keyboard.type("४२.5");
    return { number: "42.5" };
  },
  async dropdown(page, scope) {
    return { choice: await choose(page, scope, "[data-choice]", 2) };
  },
  async text(page, scope) {
    await tabTo(page, scope, "[data-text]");
    const isLong = (await scope.locator("[data-text]").evaluate((element) => element.tagName)) === "TEXTAREA";
    const typed = isLong ? "दोन ओळी;\n1=c2 \"two\" lines" : "Ganga";
    for (const [at, line] of typed.split("\n").entries()) {
      if (at > 0) await page.keyboard.press("Enter");
      await page.keyboard.type(line);
    }
    return { text: typed };
  },
  async order(page, scope) {
    const [first, second, ...rest] = await numbers(scope, "li[data-option]", "option");
    const button = (option, name) => `li[data-option="${option}"] [data-step=${name}]`;
    if (await scope.locator(button(first, "moveDown")).isEnabled()) {
      await tabTo(page, scope, button(first, "moveDown"));
      await page.keyboard.press("Enter");
      return { order: [second, first, ...rest] };
    }
    // Only some are asked for: each that is moved up comes to the end of the order.
    for (const option of [second, first]) {
      await tabTo(page, scope, button(option, "moveUp"));
      await page.keyboard.press("Enter");
    }
    return { order: [second, first] };
  },
  async match(page, scope) {
    const pairs = [];
    if ((await scope.locator("select[data-row]").count()) === 0) {
      for (const row of new Set(await numbers(scope, "input[data-row]", "row"))) {
        const box = `input[data-row="${row}"]:not(:disabled)`;
        await tabTo(page, scope, box);
        pairs.push([row, (await numbers(scope, box, "option"))[0]]);
        await page.keyboard.press("Space");
      }
      return { pairs: byNumbers(pairs) };
    }
    for (const row of await numbers(scope, "select[data-row]", "row")) {
      pairs.push([row, await choose(page, scope, `select[data-row="${row}"]`, 1)]);
    }
    return { pairs: byNumbers(pairs) };
  },
  async associate(page, scope) {
    const first = await choose(page, scope, "[data-pair='1'] >> nth=0", 2);
    const second = await choose(page, scope, "[data-pair='1'] >> nth=1", 1);
    return { pairs: [ascending([first, second])] };
  },
  async gaps(page, scope) {
    const pairs = [];
    for (const gap of await numbers(scope, "select[data-gap]", "gap")) {
      pairs.push([await choose(page, scope, `select[data-gap="${gap}"]`, 1), gap]);
    }
    return { pairs: byNumbers(pairs) };
  },
  async hottext(page, scope) {
    const options = await numbers(scope, "button[data-option]", "option");
    await tabTo(page, scope, `button[data-option="${options[1]}"]`);
    await page.keyboard.press("Space");
    return { choices: [options[1]] };
  },
  async hotspot(page, scope) {
    const options = await numbers(scope, "input[data-option]", "option");
    await tabTo(page, scope, "input[data-option]");
    await page.keyboard.press("Space");
    return { choices: [options[0]] };
  },
  async slider(page, scope) {
    await tabTo(page, scope, "input[type=range]");
    for (let step = 0; step < 3; step += 1) await page.keyboard.press("ArrowRight");
    return { number: await scope.locator("input[type=range]").getAttribute("aria-valuetext") };
  },
  async parts(page, scope) {
    const parts = {};
    for (const no of ascending(await numbers(scope, "[data-part]", "part"))) {
      const part = scope.locator(`[data-part="${no}"]`);
      parts[no] = await ANSWERS[await kindOfPart(part)](page, part);
    }
    return { parts };
  },
};
ANSWERS.select = ANSWERS.choices;

/** What a part asks for, from what it shows. */
async function kindOfPart(part) {
  const signs = [
    ["[data-number]", "number"], ["[data-text]", "text"], ["[data-choice]", "dropdown"], ["li[data-option]", "order"],
    ["[data-row]", "match"], ["[data-pair]", "associate"], ["[data-gap]", "gaps"], ["button[data-option]", "hottext"],
    ["input[type=radio]", "choice"], ["input[type=checkbox]", "choices"],
  ];
  for (const [sign, kind] of signs) if ((await part.locator(sign).count()) > 0) return kind;
  throw new Error("the part shows no field");
}

/** What the field shows as given, for kinds that a reload could lose something of. */
export async function standing(scope, kind) {
  if (kind === "text") return { text: await scope.locator("[data-text]").inputValue() };
  if (kind === "order") return { order: await numbers(scope, "li[data-placed=true]", "option") };
  if (kind === "hottext") return { choices: await numbers(scope, "button[aria-pressed=true]", "option") };
  if (kind !== "match" && kind !== "gaps") return null;
  const boxes = scope.locator("input[data-row]:checked");
  if ((await boxes.count()) > 0) {
    const pairs = await boxes.evaluateAll((all) => all.map(({ dataset }) => [Number(dataset.row), Number(dataset.option)]));
    return { pairs: byNumbers(pairs) };
  }
  const name = kind === "match" ? "row" : "gap";
  const pairs = await scope.locator("select").evaluateAll(
    (lists, key) => lists.filter((list) => list.value !== "").map((list) => [Number(list.dataset[key]), Number(list.value)]), name);
  return { pairs: byNumbers(kind === "match" ? pairs : pairs.map(([gap, word]) => [word, gap])) };
}

/** Answers the field; gives the response as the API has it. */
export async function answerByKeyboard(page, field) {
  const kind = await field.getAttribute("data-kind");
  assert.ok(ANSWERS[kind], `nobody knows how to answer ${kind}`);
  return { kind, response: await ANSWERS[kind](page, field) };
}
