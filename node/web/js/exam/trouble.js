// What stands against writing or sending, in the candidate's words, with the way on where there is one.
import { h } from "../dom.js";

/**
 * @typedef {object} Troubled
 * @property {import("../question/ask.js").Say} say
 * @property {import("../attempt/attempt.js").Attempt} attempt
 * @property {(problem: any) => string} explain
 */

export class Trouble {
  /** Whether the device's disk failed. */
  isStorageBroken = false;

  /**
   * Shows it in `box`; `moveHere` takes the attempt back from another device.
   * @param {Troubled} app
   * @param {HTMLElement} box
   * @param {() => void} moveHere
   */
  show(app, box, moveHere) {
    const texts = this.#texts(app);
    const text = texts.join("\n");
    if (box.dataset.text === text) return;
    box.dataset.text = text;
    box.replaceChildren(...texts.map((each) => h("p", { class: "notice" }, each)));
    if (!app.attempt.isElsewhere) return;
    box.append(h("button", { type: "button", click: moveHere }, app.say("continueHere")));
  }

  /** @param {Troubled} app */
  #texts({ attempt, say, explain }) {
    const texts = [];
    if (this.isStorageBroken) texts.push(say("notKept"));
    if (attempt.withdrawn) texts.push(say("paperWithdrawn", { reason: attempt.withdrawn }));
    if (attempt.isElsewhere) texts.push(say("movedAway"));
    else if (attempt.isOver && !attempt.isSubmitted) texts.push(say("timeOver"));
    // That nobody answers is the banner's to say.
    if (attempt.problem && attempt.problem.slug !== "unreachable") texts.push(explain(attempt.problem));
    return texts;
  }
}
