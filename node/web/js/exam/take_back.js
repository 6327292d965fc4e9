// Takes an attempt that another device holds back to this one. Where the invigilator must unlock that first, it asks on until
// it is done.
import { Problem, backOff, reaction } from "../district/problems.js";

/** While it waits it looks so often whether the candidate has left. */
const LOOK_MS = 500;

/**
 * Gives whether the attempt is here now; not so where the candidate has left. Throws what stands against it.
 * @param {{start: (how: {isMove: boolean}) => Promise<unknown>}} attempt
 * @param {{isLeft: () => boolean, waits: () => void}} screen `waits` is called while it is not unlocked
 */
export async function takeBack(attempt, { isLeft, waits }) {
  for (let tries = 1, isWaiting = false; !isLeft(); tries += 1) {
    try {
      await attempt.start({ isMove: true });
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const what = reaction(error);
      isWaiting ||= what === "unlock";
      // A cut within the wait does not end it.
      if (!isWaiting || !["unlock", "retry"].includes(what)) throw error;
      waits();
      await pause(backOff(tries, error), isLeft);
    }
  }
  return false;
}

/**
 * @param {number} ms
 * @param {() => boolean} isLeft
 */
async function pause(ms, isLeft) {
  for (let left = ms; left > 0 && !isLeft(); left -= LOOK_MS) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(left, LOOK_MS)));
  }
}
