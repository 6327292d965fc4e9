// axe-core looks at every screen in every language and theme, on a computer and on a phone. Settings: see hall.mjs.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { portOf } from "./hall.mjs";
import { withBrowser } from "./page.mjs";
import { Relay, mapped } from "./relay.mjs";
import { LANGUAGES, THEMES, prefer, tour } from "./tour.mjs";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
/** Everything that WCAG 2.2 asks for at A and AA and that a program can see, with the size of targets. */
const RULES = {
  runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"] },
  rules: { "target-size": { enabled: true }, "color-contrast": { enabled: true } },
};
const SIZES = [["computer", { width: 1024, height: 768 }], ["phone", { width: 360, height: 740 }], ["narrow", { width: 320, height: 640 }]];

for (const [size, viewport] of SIZES) {
  test(`axe-core finds nothing on any screen of a ${size}`, async () => {
    const node = { computer: "pune-1", phone: "nagpur-1", narrow: "nashik-1" }[size];
    const line = await Relay.before(portOf(node));
    const found = [];
    let looks = 0;
    await withBrowser(mapped([[portOf(node), line]]), async ({ device }) => {
      // Colours are judged as they stand, not on their way from one theme to the next.
      const context = await device({ viewport, reducedMotion: "reduce" });
      await context.addInitScript({ path: AXE });
      const visit = async (name, page, again) => {
        for (const language of LANGUAGES) {
          for (const theme of THEMES) {
            await prefer(page, { language, theme });
            await again();
            found.push(...(await violations(page)).map((what) => `${name} in ${language}, ${theme}: ${what}`));
            looks += 1;
          }
        }
        await prefer(page, { language: "en", theme: "light" });
      };
      await tour(context, { node, line }, visit);
    });
    await line.close();
    console.log(`${looks} looks of axe-core at a ${size}`);
    assert.deepEqual(found, []);
  });
}

async function violations(page) {
  const run = async (rules) => {
    const { violations: found } = await globalThis.axe.run(document, { ...rules, resultTypes: ["violations"] });
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary}`).join("; ")}`);
  };
  return page.evaluate(run, RULES);
}
