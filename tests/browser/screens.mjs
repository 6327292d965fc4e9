// Takes a picture of every screen in three languages and two themes, on a phone and on a computer, and writes an index.
// Settings: see hall.mjs; and PARIKSHA_SCREENS, the folder to write.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { portOf } from "./hall.mjs";
import { setting, withBrowser } from "./page.mjs";
import { Relay, mapped } from "./relay.mjs";
import { LANGUAGES, prefer, tour } from "./tour.mjs";

const SIZES = { phone: { width: 360, height: 740 }, computer: { width: 1280, height: 800 } };
const THEMES = ["light", "dark"];
const QUALITY = 45;

test("every screen has its picture", async () => {
  const node = "pune-1";
  const folder = setting("PARIKSHA_SCREENS");
  const line = await Relay.before(portOf(node));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const names = [];
  await withBrowser(mapped([[portOf(node), line]]), async ({ device }) => {
    const context = await device();
    await tour(context, { node, line }, async (name, page, again) => {
      names.push(name);
      for (const [language, theme] of LANGUAGES.flatMap((each) => THEMES.map((other) => [each, other]))) {
        await prefer(page, { language, theme });
        await again();
        for (const [size, viewport] of Object.entries(SIZES)) await shot(page, viewport, join(folder, `${name}-${language}-${theme}-${size}.webp`));
      }
      await prefer(page, { language: "en", theme: "light" });
    });
  });
  await line.close();
  writeFileSync(join(folder, "README.md"), index(names));
});

/** What is seen without scrolling: as a candidate sees it. */
async function shot(page, viewport, file) {
  await page.setViewportSize(viewport);
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: QUALITY });
  await session.detach();
  writeFileSync(file, Buffer.from(data, "base64"));
}

function index(names) {
  const cells = (name, theme, size) => LANGUAGES.map((language) => `[${language}](${name}-${language}-${theme}-${size}.webp)`).join(" ");
  const columns = Object.keys(SIZES).flatMap((size) => THEMES.map((theme) => ({ size, theme })));
  const row = (name) => `| ${name} | ${columns.map(({ theme, size }) => cells(name, theme, size)).join(" | ")} |`;
  return [
    "# The screens of the exam page", "",
    "Taken by `tests/run screens` from a running system, in the order in which a candidate meets them.", "",
    `| screen | ${columns.map(({ theme, size }) => `${size}, ${theme}`).join(" | ")} |`, `|---|${columns.map(() => "---|").join("")}`,
    ...names.map(row), "",
  ].join("\n");
}
