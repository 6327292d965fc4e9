// At each step of an exam something happens: the network is cut, the tab dies, the node is killed, the page is loaded again.
// Every time the candidate goes on, sees every answer that was given, and gets a receipt. Each case is a candidate of its
// own; each sort of mishap has a node of its own, and all sorts go on at the same time. Settings: see hall.mjs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { killNode, portOf, somebodyAt, startNode, tell } from "./hall.mjs";
import { telling, withBrowser } from "./page.mjs";
import { Person } from "./person.mjs";
import { Relay, mapped } from "./relay.mjs";

/** Answers before and after the mishap. */
const BEFORE = 3;
/** A cut that nobody notices, and one that is told: the page stays quiet for 5 s. */
const SHORT_CUT_MS = 1_500;
const QUIET_MS = 4_000;
const TOLD_MS = 5_500;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const banner = (person) => person.page.locator("#banner").innerText();

/** Where a candidate is when it happens, and what they do at that very moment. */
const STEPS = {
  "sign-in": { reach: (person) => person.until("sign-in"), act: (person) => person.act("sign-in") },
  lobby: { reach: (person) => person.until("lobby"), act: () => {} },
  start: { reach: (person) => person.until("instructions"), act: (person) => person.act("instructions") },
  "mid-answer": {
    reach: (person) => answersSome(person, BEFORE),
    async act(person) {
      await person.answers();
      await person.isKept();
    },
  },
  review: {
    async reach(person) {
      await answersSome(person, BEFORE);
      await person.until("review");
    },
    act: () => {},
  },
  submit: {
    async reach(person) {
      await answersSome(person, BEFORE);
      await person.until("review");
    },
    act: (person) => person.submits(),
  },
};

async function answersSome(person, count) {
  await person.until("item");
  for (let answers = 0; answers < count; answers += 1) {
    await person.answers();
    await person.isAtDistrict();
    await person.goes("next");
  }
}

/** The network: everybody's connections are reset, and nothing answers for a while. */
const cut = (relay) => async (person, act, step) => {
  await relay.cut();
  try {
    await act(person);
    await (step === "mid-answer" ? isToldOf(person) : pause(SHORT_CUT_MS));
  } finally {
    await relay.heal();
  }
};

/** A cut is told once it lasts, not before. */
async function isToldOf(person) {
  await pause(QUIET_MS);
  assert.equal(await banner(person), "", "the page is not quiet");
  await pause(TOLD_MS);
  assert.notEqual(await banner(person), "", "the page says nothing of a lost connection");
}

/** The tab: its process dies; the candidate opens the page again. */
async function tab(person, act) {
  await act(person);
  const session = await person.context.newCDPSession(person.page);
  const crashed = person.page.waitForEvent("crash");
  session.send("Page.crash").catch(() => {});
  await crashed;
  await person.page.close();
  await person.sitDownAt(person.context);
}

/** The page is loaded again. */
async function reload(person, act) {
  await act(person);
  await person.page.reload();
}

/** The node is killed, and comes again after a while. */
const killed = (node) => async (person, act) => {
  await killNode(node);
  await act(person);
  await pause(SHORT_CUT_MS);
  await startNode(node);
};

/** The node is killed and stays away: the candidate goes on at the district's other node. */
const gone = (node) => async (person, act) => {
  await killNode(node);
  await act(person);
};

/** One candidate from sign-in to receipt, with one mishap. */
async function sits(device, node, step, mishap) {
  const person = await Person.at(device, somebodyAt(node));
  const { reach, act } = STEPS[step];
  await telling(person.page, () => reach(person));
  await mishap(person, act, step);
  await telling(person.page, () => finishes(person, step));
  tell(person);
}

async function finishes(person, step) {
  if (step !== "submit") {
    await person.until("item");
    await person.seesAllGiven();
    await answersMore(person);
  }
  await person.hasReceipt();
}

async function answersMore(person) {
  await person.opens(1);
  await person.answers();
  await person.isKept();
}

const STEPS_OF_GONE = ["lobby", "mid-answer", "submit"];

test("whatever happens at whatever step, the candidate goes on and nothing is lost", async (t) => {
  const line = await Relay.before(portOf("pune-1"));
  await withBrowser(mapped([[portOf("pune-1"), line]]), async ({ device }) => {
    const lanes = [
      ["cut", "pune-1", cut(line)], ["tab", "nagpur-1", tab], ["reload", "aurangabad-1", reload], ["killed", "nashik-1", killed("nashik-1")],
      ["gone", "mumbai-1", gone("mumbai-1"), STEPS_OF_GONE],
    ];
    const runs = lanes.map(async ([name, node, mishap, steps = Object.keys(STEPS)]) => {
      for (const step of steps) {
        await t.test(`${name} at ${step}`, async () => {
          const context = await device();
          await sits(context, node, step, mishap);
          await context.close();
        });
        if (name === "gone") await startNode(node);
      }
    });
    await Promise.all(runs);
  });
  await line.close();
});
