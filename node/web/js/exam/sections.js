// The sections of a paper as a candidate meets them. Pure.

/**
 * @typedef {object} Section
 * @property {string} name "" where an item stands in none
 * @property {number[]} positions places in the candidate's order, ascending
 */

/**
 * The sections in the order in which the candidate meets them first.
 * @param {Map<number, {section?: string}>} items by number
 * @param {{item: number}[]} places
 * @returns {Section[]}
 */
export function sectionsOf(items, places) {
  /** @type {Map<string, Section>} */
  const found = new Map();
  places.forEach(({ item }, position) => {
    const name = items.get(item)?.section ?? "";
    const section = found.get(name) ?? { name, positions: [] };
    section.positions.push(position);
    found.set(name, section);
  });
  return [...found.values()];
}

/**
 * The groups in which the palette shows the places: sections where each is in one piece, else all in one group, so that
 * numbers always ascend.
 * @param {Section[]} sections
 * @returns {Section[]}
 */
export function groupsOf(sections) {
  const areInOnePiece = sections.every(({ positions }) => positions[positions.length - 1] - positions[0] === positions.length - 1);
  if (areInOnePiece) return sections;
  return [{ name: "", positions: sections.flatMap((section) => section.positions).sort((one, other) => one - other) }];
}
