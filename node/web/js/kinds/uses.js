// In how many pairs an option may still stand. Pure; used by whatever makes pairs.

/** How often each number stands at `side` (0 or 1) of the pairs. */
export function usesAt(pairs, side) {
  const uses = new Map();
  for (const pair of pairs) uses.set(pair[side], (uses.get(pair[side]) ?? 0) + 1);
  return uses;
}

/** How often each number stands in the pairs at either side. */
export function usesIn(pairs) {
  const uses = usesAt(pairs, 0);
  for (const [, other] of pairs) uses.set(other, (uses.get(other) ?? 0) + 1);
  return uses;
}

/** Whether an option stands in as many pairs as it may; `uses_max` 0 is any number. */
export const isUsedUp = ({ id, uses_max: max = 0 }, uses) => max > 0 && (uses.get(id) ?? 0) >= max;
