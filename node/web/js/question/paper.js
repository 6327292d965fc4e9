// The shapes of a paper as it comes out of its seal. Types only: no browser ever loads this file. What they mean in full
// stands in protocol/src/paper.

/**
 * A text by language.
 * @typedef {Record<string, string>} Text
 *
 * Formatted content by language.
 * @typedef {Record<string, FlowNode[]>} Flow
 *
 * One node of formatted content: a text, or an object with one of the members that tell what it is.
 * @typedef {string | {
 *   tag?: string, attributes?: Record<string, string>, content?: FlowNode[],
 *   image?: string, alt?: string, width?: number, height?: number,
 *   part?: number, gap?: number, hottext?: number,
 * }} FlowNode
 *
 * @typedef {{image: string, alt: string, width?: number, height?: number}} Image
 * @typedef {{media_type: string, data: string}} Picture
 */

/**
 * @typedef {{id: number, text: Text, body?: Flow, is_fixed?: boolean, uses_max?: number}} Choice
 * @typedef {{options: Choice[], min?: number, max: number}} Select
 * @typedef {{lines: number, chars_max: number, chars_expected?: number}} TextField
 * @typedef {{rows: Choice[], columns: Choice[], max: number}} Match
 * @typedef {{words: Choice[], gaps: number}} Gaps
 * @typedef {{count: number, max: number}} Hottexts
 * @typedef {{id: number, text: Text, shape: "circle" | "rect" | "poly" | "default", coordinates: number[]}} Area
 * @typedef {{image: Image, areas: Area[], max: number}} Hotspots
 * @typedef {{from: string, to: string, step: string}} Slider
 * @typedef {{label?: Text, body?: Flow, is_fixed?: boolean, kind: ItemKind}} Part
 *
 * How an item is answered: the word, or an object with exactly one of the members.
 * @typedef {"number" | {
 *   choice?: Choice[], choices?: Choice[], select?: Select, dropdown?: Choice[], text?: TextField, order?: Select, match?: Match,
 *   associate?: Select, gaps?: Gaps, hottext?: Hottexts, hotspot?: Hotspots, slider?: Slider, parts?: Part[],
 * }} ItemKind
 */

/**
 * @typedef {{
 *   no: number, section?: string, kind: ItemKind, stem: Text, body?: Flow, stimulus?: number,
 *   is_fixed?: boolean, is_marked_by_hand?: boolean, marks: string, penalty: string,
 * }} Item
 *
 * @typedef {{paper: number, version: number}} PaperRef
 *
 * @typedef {{
 *   paper: PaperRef, title: Text, languages: string[], items: Item[], order?: "shuffled" | "sections" | "fixed",
 *   stimuli?: Flow[], pictures?: Record<string, Picture>,
 * }} Paper
 *
 * Where a candidate meets an item: the node's order of its options; a `seed` where the paper is rich.
 * @typedef {{item: number, options: number[], seed?: number}} Place
 */
