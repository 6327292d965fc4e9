// Where "Save & Next" leads. Pure.

/**
 * The next place; from the last one the first that has no answer, or the last one itself where there is no other.
 * `news` names the text that tells of it, null where it simply goes on.
 * @param {number} position
 * @param {boolean[]} isAnswered for each place
 * @returns {{position: number, news: null | "backToOpen" | "lastOfAll" | "lastOpen"}}
 */
export function wayOn(position, isAnswered) {
  if (position < isAnswered.length - 1) return { position: position + 1, news: null };
  const open = isAnswered.indexOf(false);
  if (open < 0) return { position, news: "lastOfAll" };
  return open === position ? { position, news: "lastOpen" } : { position: open, news: "backToOpen" };
}
