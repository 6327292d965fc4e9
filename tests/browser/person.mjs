// A candidate who does what the page asks for, whatever it shows, until a screen is reached: so that a test can spoil
// anything at any moment and the same person goes on. Screens are told by hooks of the page, not by texts: a person may
// read any language.
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { MOUSE, standing } from "./hands.mjs";
import { DELIVERY_MS, PATIENCE_MS, question } from "./page.mjs";
import { witness } from "./witness.mjs";

/** Screens with what tells them, the most telling first. */
const SCREENS = [
  ["receipt", "[data-reference]"], ["sealed", "[data-sealed]"], ["item", "article[data-view=item]"], ["review", "[data-view=review]"],
  ["instructions", "[data-do=begin]"], ["confirm", "[data-do=confirm]"], ["lobby", "button[data-sitting]"], ["sign-in", "#candidate"],
];
const LOOK_MS = 50;
/** A press that came to nothing (the page was drawn anew, the node was away) is done again by a person after a while. */
const PRESS_AGAIN_MS = 3_000;
const PRESS_MS = 5_000;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Person {
  /** What was given, by item; null where it was taken away again. */
  given = new Map();
  /** What the page said of how safe each was; see witness.mjs. */
  shown = [];
  #turn = 0;
  /** How much was shown before the last answer. */
  #shownBefore = 0;
  #pressed = { screen: null, at: 0 };
  #end = {};

  constructor({ candidate, code, url }, hands) {
    Object.assign(this, { candidate, code, url, hands });
  }

  /** Sits down at a device (a browser's context) that nobody used before. */
  static async at(context, who, hands = MOUSE) {
    const person = new Person(who, hands);
    await person.watchedAt(context);
    return person;
  }

  /** Sits down at a page that is open already. */
  static async on(page, who, hands = MOUSE) {
    const person = new Person(who, hands);
    Object.assign(person, { page, context: page.context() });
    await page.goto(who.url);
    return person;
  }

  /** Sits down at a device that was not watched yet. */
  async watchedAt(context) {
    await witness(context, this.shown);
    await this.sitDownAt(context);
  }

  /** Opens the page in a new tab of the device. */
  async sitDownAt(context) {
    this.context = context;
    this.page = await context.newPage();
    this.#pressed = { screen: null, at: 0 };
    await this.page.goto(this.url);
  }

  /** Which screen is shown; null for none that is known. */
  screen() {
    const look = (screens) => {
      const isThere = ([, selector]) => [...document.querySelectorAll(selector)].some((each) => each.checkVisibility());
      return screens.find(isThere)?.[0] ?? null;
    };
    // While a page is loaded there is nothing to be seen.
    return this.page.evaluate(look, SCREENS).catch(() => null);
  }

  /** Does what each screen asks for until one of `screens` is shown; gives its name. */
  async until(...screens) {
    const begun = performance.now();
    for (;;) {
      const screen = await this.screen();
      if (screens.includes(screen)) return screen;
      assert.ok(performance.now() - begun < DELIVERY_MS, `${screens} did not come; ${screen} is shown`);
      const isAgain = this.#pressed.screen === screen && performance.now() - this.#pressed.at < PRESS_AGAIN_MS;
      if (screen !== null && !isAgain) {
        this.#pressed = { screen, at: performance.now() };
        // What was to be pressed may be gone before it is: then the next look tells more.
        await this.act(screen, screens).catch((error) => {
          if (!/Timeout|Target|detached|closed|navigation/iu.test(error.message)) throw error;
        });
      }
      await pause(LOOK_MS);
    }
  }

  #locator(selector) {
    return this.page.locator(`${selector} >> visible=true`).first();
  }

  /** Presses what the selector finds, unless it rests. */
  async press(selector) {
    const locator = this.#locator(selector);
    await locator.waitFor({ timeout: PRESS_MS });
    if (await locator.isDisabled()) return;
    await this.hands.press(this.page, locator);
  }

  /** What a candidate does on a screen who wants to go to others. */
  async act(screen, wanted = []) {
    const { page, hands } = this;
    switch (screen) {
      case "sign-in":
        await hands.write(page, page.locator("#candidate"), String(this.candidate));
        // As a person types it: small letters and spaces for the dashes.
        await hands.write(page, page.locator("#code"), ` ${this.code.toLowerCase().replaceAll("-", " ")} `);
        return this.press("form button[type=submit]");
      case "confirm":
        return this.press("[data-do=confirm]");
      case "lobby":
        return this.press("button[data-sitting]");
      case "instructions":
        return this.begins();
      case "item":
        return this.press("[data-do=review]");
      case "review":
        return wanted.includes("item") ? this.press("[data-do=back]") : this.submits();
      default:
        return undefined;
    }
  }

  async begins() {
    const box = this.page.locator("#has-read");
    if (!(await box.isChecked())) await this.hands.tick(this.page, box);
    await this.press("[data-do=begin]");
  }

  /** Presses "Submit" and, when asked whether that is meant, "Yes". */
  async submits() {
    if ((await this.page.locator("dialog[open]").count()) === 0) await this.press("[data-do=submit]");
    await this.press("dialog[open] button.main");
  }

  // === The exam

  /** How many questions there are. */
  async count() {
    const heading = await question(this.page).getByRole("heading", { level: 1 }).innerText();
    return Number(/(\d+)\D+(\d+)/u.exec(heading)[2]);
  }

  /** The number of the question that is shown. */
  async place() {
    const heading = await question(this.page).getByRole("heading", { level: 1 }).innerText();
    return Number(/\d+/u.exec(heading)[0]);
  }

  async item() {
    return Number(await question(this.page).locator("fieldset[data-item]").getAttribute("data-item"));
  }

  /** Answers the question that is shown; gives its item. */
  async answers() {
    const item = await this.item();
    this.#turn += 1;
    this.#shownBefore = this.shown.length;
    // Given last, so it stands last.
    this.given.delete(item);
    this.given.set(item, await this.hands.answer(this.page, this.#turn));
    return item;
  }

  /** Waits until the page has said of the answer that was given last, as it was given, that it is at least so safe. */
  async isSafe(...states) {
    const [item, response] = [...this.given].at(-1);
    const isSaid = (said) => said.item === item && states.includes(said.safety) && isDeepStrictEqual(said.response, response);
    for (const begun = performance.now(); !this.shown.slice(this.#shownBefore).some(isSaid);) {
      assert.ok(performance.now() - begun < PATIENCE_MS, `item ${item} is not said to be safe: ${JSON.stringify(this.shown.slice(this.#shownBefore))}`);
      await pause(LOOK_MS);
    }
  }

  /** On this device, or safer. */
  isKept() {
    return this.isSafe("device", "node", "district", "centre");
  }

  isAtDistrict() {
    return this.isSafe("node", "district", "centre");
  }

  /** Presses a control and waits for another question. */
  async goes(control) {
    const before = await this.place();
    await this.press(`article [data-do=${control}]`);
    await this.page.waitForFunction((place) => !document.querySelector("article h1")?.textContent.match(new RegExp(`\\D${place}\\D`, "u")), before);
  }

  /** Opens a question by the palette; unfolds it first where it is folded. */
  async opens(place) {
    const cell = this.page.locator(".palette button").filter({ hasText: new RegExp(`^\\s*${place}(?!\\d)`, "u") }).first();
    if (!(await cell.isVisible())) await this.press("[data-do=palette]");
    await this.hands.press(this.page, cell);
    await this.page.waitForFunction((wanted) => document.querySelector("article h1")?.textContent.match(/\d+/u)?.[0] === wanted, String(place));
  }

  /** Looks at every question: each stands as it was given. */
  async seesAllGiven() {
    const count = await this.count();
    for (let place = 1; place <= count; place += 1) {
      await this.opens(place);
      const item = await this.item();
      assert.deepEqual(await standing(this.page), this.given.get(item) ?? null, `item ${item} at place ${place}`);
    }
  }

  /** Waits for the receipt, and for the word that the centre has the answers. */
  async hasReceipt() {
    await this.until("receipt");
    const answered = [...this.given.values()].filter((response) => response !== null).length;
    assert.equal(await this.page.locator("[data-answered]").innerText(), String(answered));
    await this.page.locator("[data-delivered=true]").waitFor({ timeout: DELIVERY_MS });
    this.#end = {
      reference: await this.page.locator("[data-reference]").innerText(),
      digest: await this.page.locator("[data-digest]").innerText(),
    };
  }

  /** What the system test is told. */
  account() {
    return { candidate: this.candidate, responses: Object.fromEntries(this.given), shown: this.shown, ...this.#end };
  }
}
