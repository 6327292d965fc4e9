// In how many pairs an option may still stand. Pure; used by whatever makes pairs.

/** @import {Pair} from "../response.js" */

/**
 * How often each number stands at one side of the pairs.
 * @param {Pair[]} pairs
 * @param {0 | 1} side
 * @returns {Map<number, number>}
 */
export function usesAt(pairs, side) {
  const uses = new Map();
  for (const pair of pairs) uses.set(pair[side], (uses.get(pair[side]) ?? 0) + 1);
  return uses;
}

/**
 * How often each number stands in the pairs at either side.
 * @param {Pair[]} pairs
 */
export function usesIn(pairs) {
  const uses = usesAt(pairs, 0);
  for (const [, other] of pairs) uses.set(other, (uses.get(other) ?? 0) + 1);
  return uses;
}

/**
 * Whether an option stands in as many pairs as it may; `uses_max` 0 is any number.
 * @param {{id: number, uses_max?: number}} option
 * @param {Map<number, number>} uses
 */
export const isUsedUp = ({ id, uses_max: max = 0 }, uses) => max > 0 && (uses.get(id) ?? 0) >= max;
