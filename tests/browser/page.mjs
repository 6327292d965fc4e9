// What the browser tests share: browsers that keep what they complain of, settings, and where a question is on the page.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const CHROMIUM = process.env.PARIKSHA_CHROMIUM ?? "/usr/bin/chromium";
const ARGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const DESKTOP = { width: 1024, height: 768 };
/** How long anything may take to be seen. */
export const PATIENCE_MS = 30_000;
/** Delivery goes over the WAN and through the centre. */
export const DELIVERY_MS = 60_000;

/** A setting from the environment. */
export function setting(name) {
  const value = process.env[name];
  assert.ok(value, `${name} must be set; see the head of the script`);
  return value;
}

const launch = (args) => ({ executablePath: CHROMIUM, args: [...ARGS, ...args] });

/** Collects what a page complains of: errors that nobody caught, and what its security policy forbade. */
function listen(page, complaints) {
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && /Content Security Policy|Uncaught/u.test(message.text())) complaints.push(message.text());
  });
}

/**
 * Runs `use(browser)` in one browser; `browser.person(options)` opens a context of its own (a device), which keeps its
 * storage while it is open. It must end without a complaint of any page.
 */
export async function withBrowser(args, use) {
  const browser = await chromium.launch(launch(args));
  const complaints = [];
  const device = async (options = {}) => {
    const context = await browser.newContext({ locale: "en-IN", viewport: DESKTOP, ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    context.on("page", (page) => listen(page, complaints));
    return context;
  };
  try {
    await use({ device, browser });
    assert.deepEqual(complaints, []);
  } finally {
    await browser.close();
  }
}

/** A browser with what it keeps in `profile`, as a device that may be switched off; see `kill`. */
export async function openProfile(profile, complaints, args = [], options = {}) {
  const context = await chromium.launchPersistentContext(profile, { ...launch(args), locale: "en-IN", viewport: DESKTOP, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = context.pages()[0] ?? (await context.newPage());
  listen(page, complaints);
  return { context, page };
}

/** Runs `sit(page)` in a browser of its own; it must end without a complaint, and an error tells what the page showed. */
export async function inBrowser(sit) {
  const profile = mkdtempSync(join(tmpdir(), "pariksha-browser-"));
  const complaints = [];
  const { context, page } = await openProfile(profile, complaints);
  try {
    await telling(page, () => sit(page));
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

/** Runs `act`; its error tells what the page showed. */
export async function telling(page, act) {
  try {
    return await act();
  } catch (error) {
    const text = await page.locator("body").innerText({ timeout: 1_000 }).catch(() => "(no page)");
    throw new Error(`${error.stack}\n\nthe page showed: ${text.replace(/\s*\n\s*/gu, " | ")}`, { cause: error });
  }
}

/** The candidate of a test with one. */
export const somebody = () => ({
  candidate: setting("PARIKSHA_CANDIDATE"), code: setting("PARIKSHA_CODE"), url: setting("PARIKSHA_URL"),
});

/** The question that is shown. */
export const question = (page) => page.locator("article[data-view=item]");

/** Waits until the page says of the question that is shown that its answer is at the district. */
export const isAtDistrict = (page) => question(page).locator(["node", "district", "centre"].map((each) => `[data-safety=${each}]`).join(", ")).waitFor();

/** Waits until the page says that nothing is on this device only. */
export const allSaved = (page) => page.locator(".sum[data-device='0']").waitFor();
