// What the browser tests share: a browser that keeps what it complains of, the way in, and where a question is.
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
/** How long anything may take to be seen. */
const PATIENCE_MS = 30_000;
/** Delivery goes over the WAN and through the centre. */
export const DELIVERY_MS = 60_000;

/** A setting from the environment. */
export function setting(name) {
  const value = process.env[name];
  assert.ok(value, `${name} must be set; see the head of exam.mjs`);
  return value;
}

/** Opens the page with what a browser keeps in `profile`. Anything that it complains of is collected. */
async function openBrowser(profile, complaints) {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM, args: ARGS, locale: "en-IN", viewport: { width: 1024, height: 768 },
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = context.pages()[0] ?? (await context.newPage());
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && /Content Security Policy|Uncaught/u.test(message.text())) complaints.push(message.text());
  });
  return { context, page };
}

/** Signs in as a person types it. */
export async function signIn(page) {
  await page.goto(setting("PARIKSHA_URL"));
  await page.getByLabel("Candidate number").fill(setting("PARIKSHA_CANDIDATE"));
  // As a person types it: small letters and spaces for the dashes.
  await page.getByLabel("Access code").fill(` ${setting("PARIKSHA_CODE").toLowerCase().replaceAll("-", " ")} `);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** The question that is shown. */
export const question = (page) => page.locator("article[data-view=item]");

/** Waits until the page says that nothing is on this device only. */
export const allSaved = (page) => page.locator(".sum[data-device='0']").waitFor();

/** Runs `sit(page)` in a browser of its own; it must end without a complaint, and an error tells what the page showed. */
export async function inBrowser(sit) {
  const profile = mkdtempSync(join(tmpdir(), "pariksha-browser-"));
  const complaints = [];
  const { context, page } = await openBrowser(profile, complaints);
  try {
    await sit(page);
    assert.deepEqual(complaints, []);
  } catch (error) {
    const text = await page.locator("body").innerText().catch(() => "(no page)");
    throw new Error(`${error.stack}\n\nthe page showed:\n${text}\n\nit complained:\n${complaints.join("\n")}`, { cause: error });
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}
