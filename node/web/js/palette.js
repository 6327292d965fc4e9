// What the palette says of each item. Pure. A state is told by shape and by words, never by colour alone.

/** The states in the order of the legend. */
export const STATES = ["answered", "unanswered", "unseen", "marked", "answered-marked"];

/** A sign for each state, shown beside the item's number. */
export const SIGNS = { answered: "✓", unanswered: "–", unseen: "·", marked: "?", "answered-marked": "✓?" };

/** The state of an item from what is held of it and whether it was shown. */
export function itemState(answer, wasSeen) {
  const isAnswered = answer?.response != null;
  if (answer?.marked) return isAnswered ? "answered-marked" : "marked";
  if (isAnswered) return "answered";
  return wasSeen ? "unanswered" : "unseen";
}

/** How many items are in each state; `answers`: Map of item to answer, `seen`: Set of items. */
export function counts(items, answers, seen) {
  const result = Object.fromEntries(STATES.map((state) => [state, 0]));
  for (const item of items) result[itemState(answers.get(item), seen.has(item))] += 1;
  return result;
}

/** Where an item's answer is safe: "none" (nothing given), "device", "node", "district" or "refused". */
export function safety(answer) {
  if (!answer) return "none";
  if (answer.problem) return "refused";
  return answer.held ?? "device";
}

/** The sum over all answers: how many wait on this device, how many are at the district, how many were refused. */
export function safetyCounts(answers) {
  const result = { device: 0, held: 0, refused: 0 };
  for (const answer of answers) {
    const state = safety(answer);
    if (state === "device") result.device += 1;
    else if (state === "refused") result.refused += 1;
    else if (state !== "none") result.held += 1;
  }
  return result;
}
