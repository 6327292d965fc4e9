// What stands against writing or sending, in the candidate's words, with the way on where there is one.
import { h } from "../dom.js";
import { takeBack } from "./take_back.js";

/**
 * @typedef {object} Troubled
 * @property {import("../question/ask.js").Say} say
 * @property {import("../attempt/attempt.js").Attempt} attempt
 * @property {(problem: any) => string} explain
 */

export class Trouble {
  /** Whether the device's disk failed. */
  isStorageBroken = false;
  /** Whether the attempt is taken back just now, and whether the invigilator must unlock it first. */
  #isMoving = false;
  #isUnlockAwaited = false;

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
    const hadFocus = box.contains(document.activeElement);
    box.replaceChildren(...texts.map((each) => h("p", { class: "notice" }, each)));
    if (!app.attempt.isElsewhere) return;
    const isWaiting = this.#isUnlockAwaited && "true";
    const props = { type: "button", "data-do": "move", "aria-disabled": isWaiting, click: moveHere };
    const button = h("button", props, app.say("continueHere"));
    box.append(button);
    if (hadFocus) button.focus();
  }

  /**
   * Takes the attempt back from another device; gives whether it is here now.
   * @param {Troubled} app
   */
  async moveHere(app) {
    if (this.#isMoving) return false;
    const { attempt } = app;
    /** @param {boolean} isAwaited */
    const tell = (isAwaited) => {
      if (this.#isUnlockAwaited === isAwaited) return;
      this.#isUnlockAwaited = isAwaited;
      attempt.changed();
    };
    this.#isMoving = true;
    try {
      const isLeft = () => app.attempt !== attempt || attempt.isStopped || !attempt.isElsewhere;
      return await takeBack(attempt, { isLeft, waits: () => tell(true) });
    } finally {
      this.#isMoving = false;
      tell(false);
    }
  }

  /** @param {Troubled} app */
  #texts({ attempt, say, explain }) {
    const texts = [];
    if (this.isStorageBroken) texts.push(say("notKept"));
    if (attempt.withdrawn) texts.push(say("paperWithdrawn", { reason: attempt.withdrawn }));
    if (attempt.isElsewhere) texts.push(say("movedAway"), ...(this.#isUnlockAwaited ? [say("unlockNeeded")] : []));
    else if (attempt.isOver && !attempt.isSubmitted) texts.push(say("timeOver"));
    // That nobody answers is the banner's to say.
    if (attempt.problem && attempt.problem.slug !== "unreachable") texts.push(explain(attempt.problem));
    return texts;
  }
}
