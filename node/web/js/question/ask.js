// What a field is made for, and what it has. Types only: no browser ever loads this file.

/**
 * @import {Child, Prop} from "../dom.js"
 * @import {Choice, Item, ItemKind, Paper, Place} from "./paper.js"
 * @import {ItemResponse} from "./response.js"
 */

/**
 * Gives a text of the page in the candidate's language.
 * @typedef {(name: string, values?: object) => string} Say
 *
 * Takes what was answered; null where nothing is.
 * @typedef {(response: ItemResponse | null) => void} Give
 *
 * What can be offered: an option, or a place of a picture.
 * @typedef {Pick<Choice, "id" | "text" | "body" | "is_fixed">} Offer
 */

/**
 * What one of the first kinds needs.
 * @template {ItemKind} [Kind=ItemKind]
 * @typedef {object} FirstAsk
 * @property {string} name its own within the page
 * @property {Kind} kind
 * @property {Say} say
 * @property {string} [label] what a part's field is called
 * @property {boolean} [isInline] whether it stands within a line of text
 * @property {(options: Choice[], which?: string) => Choice[]} list puts options into the candidate's order
 * @property {(option: Offer) => Child} show an option's element
 * @property {Give} give
 */

/**
 * What the further kinds need beside: `plain` gives an option's text, `entry` a line for a list of options.
 * @template {ItemKind} [Kind=ItemKind]
 * @typedef {FirstAsk<Kind> & {
 *   paper: Paper, language: string, place: Required<Place>, plain: (option: Offer) => string,
 *   entry: (option: Offer, props?: Record<string, Prop>) => HTMLOptionElement,
 *   announce: (text: string) => void, remaining: () => number | null, placed?: Set<number>,
 * }} Ask
 */

/**
 * What stands at the places of a text.
 * @typedef {{
 *   part?: (no: number) => Child, gap?: (no: number) => Child, hottext?: (no: number, said: Node[]) => Child,
 * }} TextPlaces
 */

/**
 * @typedef {object} Field
 * @property {string} kind
 * @property {string} [prompt] what is asked for
 * @property {Child} elements
 * @property {TextPlaces} [places]
 * @property {() => Child} [after] what stands below, once the text has taken what it has places for
 * @property {(response: ItemResponse | null) => void} set shows a response that is held
 * @property {() => void} clear
 * @property {(isFrozen: boolean) => void} freeze
 * @property {() => void} [flush] gives at once what was typed just now
 * @property {string} [labelledBy] the id of the heading that names it
 */

/**
 * What a question is shown for; `name` is its own within the page.
 * @typedef {{
 *   item: Item, place: Place, paper: Paper, language: string, say: Say, give: Give, remaining: () => number | null,
 *   name?: string, labelledBy?: string,
 * }} Asked
 */
