// In which order a candidate meets items and options where the paper says more than "all shuffled". Pure.
//
// The node gives a secret order of the items, and of options where an item is chosen from or put into an order. Where it
// gives none (parts, rows, columns, words) the order follows from that secret one: the same at every node and after
// every reload, another for each candidate.

/** @import {Choice, Paper, Place} from "../paper.js" */

/**
 * A number from a text, spread over 32 bits.
 * @param {string} text
 */
export function spread(text) {
  let sum = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193);
  sum = Math.imul(sum ^ (sum >>> 16), 0x45d9f3b);
  return (sum ^ (sum >>> 15)) >>> 0;
}

/**
 * The places of the node's order as the paper wants them, each with a `seed` for what the node did not order.
 * @param {Pick<Paper, "items" | "order">} paper
 * @param {Place[]} order
 * @returns {Required<Place>[]}
 */
export function placesOf({ items, order: wanted }, order) {
  const seed = spread(order.map((place) => [place.item, ...place.options]).join(";"));
  const places = order.map((place) => ({ ...place, seed }));
  const numbers = items.map((item) => item.no);
  const sections = [...new Set(items.map((item) => item.section))];
  const sectionOf = new Map(items.map((item) => [item.no, sections.indexOf(item.section)]));
  /** @param {{item: number}} place */
  const section = ({ item }) => sectionOf.get(item) ?? 0;
  if (wanted === "fixed") places.sort((one, other) => numbers.indexOf(one.item) - numbers.indexOf(other.item));
  if (wanted === "sections") places.sort((one, other) => section(one) - section(other));
  return places;
}

/**
 * The options by `rank`; those that are fixed keep their place, all do where `isFixed`.
 * @param {Choice[]} options
 * @param {(id: number) => number} rank
 * @param {boolean} [isFixed]
 */
export function arranged(options, rank, isFixed) {
  if (isFixed) return options;
  const rest = options.filter((option) => !option.is_fixed).sort((one, other) => rank(one.id) - rank(other.id));
  return options.map((option) => (option.is_fixed ? option : rest.shift() ?? option));
}

/**
 * The rank of an item's options: the node's where it gave one, else one that follows from the seed and `what` is ordered.
 * @param {Place} place
 * @param {number} count
 * @param {string} what
 * @returns {(id: number) => number}
 */
export function ranks(place, count, what) {
  if (what === "" && place.options.length === count) return (id) => place.options.indexOf(id);
  return (id) => spread(`${place.seed}/${place.item}/${what}/${id}`);
}
