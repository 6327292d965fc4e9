// What is said of a problem in the lobby, where the page tries again by itself.
import { reaction } from "../district/problems.js";

/** What is awaited has words of its own. */
const AWAITED = ["not-open", "not-released", "no-paper", "unlock-needed"];

/**
 * The words for a problem: its own where something is awaited or the candidate must act, else that it is tried again.
 * @param {import("../app.js").App} app
 * @param {import("../district/problems.js").Problem} problem
 */
export function waitingWords(app, problem) {
  const isOwn = AWAITED.includes(problem.slug) || reaction(problem) === "stop";
  return isOwn ? app.explain(problem) : app.say("askedAgain");
}
