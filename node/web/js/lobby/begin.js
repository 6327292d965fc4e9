// Starting an attempt from the lobby or from the instructions: a start that comes too early waits and goes on by itself.
import { Problem, backOff, reaction } from "../district/problems.js";
import { waitingWords } from "./words.js";

/**
 * @typedef {import("../app.js").App} App
 * @typedef {import("./rules.js").Sitting} Sitting
 */

/** A start that waits looks so often whether the candidate has left, and whether the opening was moved. */
const LOOK_MS = 500;
/** Those who wait for the opening start within so long of it, so that a hall does not ask in one moment. */
const SPREAD_MS = 1_500;

/**
 * @typedef {object} StartScreen
 * @property {() => boolean} isGone Whether the candidate has left the screen.
 * @property {(isStarting: boolean) => void} busy Called when it begins to try and when it gives up.
 * @property {(text: string) => void} tell Says what it waits for, or what stands against it.
 * @property {() => void} offerMove Says that another device holds the attempt, and offers to go on here.
 */

/**
 * Tries until the exam starts, the candidate leaves, or something stands against it that waiting does not heal.
 * @param {App} app
 * @param {Sitting} sitting
 * @param {StartScreen} screen
 * @param {{isMove?: boolean}} [how]
 */
export async function begin(app, sitting, screen, { isMove = false } = {}) {
  screen.busy(true);
  await opened(app, sitting, screen);
  for (let tries = 1; !screen.isGone(); tries += 1) {
    try {
      await app.startAttempt(freshest(app, sitting), { isMove });
      return;
    } catch (error) {
      if (screen.isGone()) return;
      const problem = error instanceof Problem ? error : null;
      const what = problem ? reaction(problem) : "stop";
      if (what === "sign-in") return void app.signedOut();
      if (!problem || what === "stop") {
        screen.busy(false);
        if (problem?.slug === "open-elsewhere") screen.offerMove();
        else screen.tell(app.explain(error));
        return;
      }
      screen.tell(waitingWords(app, problem));
      app.client.moveOn(problem);
      await pause(Math.min(backOff(tries, problem), app.client.patienceLeft()), screen);
    }
  }
}

/**
 * The sitting as the node told of it last: the sealed paper may have come since.
 * @param {App} app
 * @param {Sitting} sitting
 */
const freshest = (app, sitting) => app.session.sittings.find(({ id }) => id === sitting.id) ?? sitting;

/**
 * Waits for the opening by district time, without asking a node; the watch sees where it is moved.
 * @param {App} app
 * @param {Sitting} sitting
 * @param {StartScreen} screen
 */
async function opened(app, sitting, screen) {
  const spread = Math.random() * SPREAD_MS;
  const left = () => {
    const { state, opens } = freshest(app, sitting);
    return state === "waiting" ? app.clock.remaining(opens, performance.now()) ?? 0 : 0;
  };
  if (left() === 0) return;
  screen.tell(app.say("waitsOpen"));
  while (left() > 0 && !screen.isGone()) await pause(Math.min(left(), LOOK_MS), screen);
  await pause(spread, screen);
}

/**
 * Waits, but no longer than the candidate stays.
 * @param {number} ms
 * @param {StartScreen} screen
 */
async function pause(ms, screen) {
  const until = performance.now() + ms;
  for (let left = ms; left > 0 && !screen.isGone(); left = until - performance.now()) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(left, LOOK_MS)));
  }
}
