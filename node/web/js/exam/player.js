// What the screens of an exam ask of the page and of an attempt: a real one, or the practice. Types only: no browser ever
// loads this file.

/**
 * @import {HeldAnswer} from "../attempt/palette.js"
 * @import {Asked, Field, Say} from "../question/ask.js"
 * @import {Paper, Place} from "../question/paper.js"
 * @import {ItemResponse} from "../question/response.js"
 * @import {Connection} from "./banner_rules.js"
 */

/**
 * What is kept of the place where an attempt stands: the items that were shown, the place, and the languages chosen for items.
 * @typedef {{seen: number[], position: number, view: string, views?: Record<number, string>}} PlayedRecord
 */

/**
 * @typedef {object} PlayedAttempt
 * @property {Map<number, HeldAnswer>} answers by item
 * @property {PlayedRecord} record
 * @property {boolean} isFrozen whether responses may not be changed
 * @property {boolean} isElsewhere whether another device holds it
 * @property {Connection} [connection]
 * @property {() => Promise<unknown>} keep keeps the record
 * @property {(item: number, response: ItemResponse | null, marked: boolean) => Promise<unknown>} respond resolves once it
 *   is on disk
 * @property {() => number | null} remaining milliseconds left; null while nobody knows
 * @property {() => Promise<unknown>} submit throws the Problem for which it was not taken
 * @property {any} [refusal] the Problem for which it was opened again after it was handed in
 * @property {(type: string, listener: (event: any) => void) => void} addEventListener
 */

/**
 * @typedef {object} Player
 * @property {Say} say
 * @property {string} language
 * @property {Paper} paper
 * @property {Place[]} places in the candidate's order
 * @property {{question: (asked: Asked) => Field} | null} kinds what shows a paper that is not plain
 * @property {PlayedAttempt} attempt
 * @property {(position: number) => void} openItem
 * @property {() => void} openReview
 * @property {(box: HTMLElement) => void} showTrouble shows what stands against writing or sending
 * @property {() => void} notKept the device's disk failed
 * @property {(error: any) => void} fault
 * @property {(problem: any) => string} explain
 * @property {() => Promise<unknown>} [saveAnswersFile]
 *
 * What a screen gives to the page, which calls it.
 * @typedef {{changed?: () => void, tick?: () => void, leave?: () => void, hide?: () => void}} Screen
 */
