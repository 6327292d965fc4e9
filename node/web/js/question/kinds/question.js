// Shows any question of a paper: what it is about, what is asked, as it is formatted, and the field for its kind. The page
// loads this module only for papers that need it; `parikshactl paper preview` shows papers with the same.
import { announce, h } from "../../dom.js";
import { firstField, paperText } from "../fields.js";
import { associateField } from "./associate.js";
import { arranged, placesOf, ranks } from "./arrange.js";
import { nodesOf } from "./content.js";
import { hotspotField } from "./hotspot.js";
import { gapsField, hottextField } from "./in_text.js";
import { matchField } from "./match.js";
import { orderField } from "./ordering.js";
import { partsField, placedIn } from "./parts.js";
import { dropdownField, selectField } from "./select.js";
import { sliderField } from "./slider.js";
import { textField } from "./text.js";

/**
 * @import {Ask, Asked, Field, Give} from "../ask.js"
 * @import {Flow, FlowNode, ItemKind, Part, Text} from "../paper.js"
 * @import {PartField} from "./parts.js"
 *
 * @typedef {Asked & {announce: (text: string) => void}} Told
 */

export { placesOf };

/** Waits for the styles; a paper without them would still be readable. */
await new Promise((resolve) => {
  const href = new URL("./kinds.css", import.meta.url).pathname;
  document.head.append(h("link", { rel: "stylesheet", href, load: resolve, error: resolve }));
});

/** @type {Record<string, (ask: Ask<any>) => Field>} */
const FIELDS = {
  select: selectField, dropdown: dropdownField, text: textField, order: orderField, match: matchField,
  associate: associateField, gaps: gapsField, hottext: hottextField, hotspot: hotspotField, slider: sliderField,
};

/**
 * A question's field with all that is shown of it in `elements`; `set` comes after.
 * @param {Asked} asked
 * @returns {Field}
 */
export function question(asked) {
  const { item, paper, name = "response", labelledBy = "place" } = asked;
  const { say } = asked;
  const all = { ...asked, announce };
  const content = flowOf(all, item.body, item.stem);
  /** @type {Ask<any>} */
  const ask = {
    ...askOf(all, { name, kind: item.kind, what: "", isFixed: item.is_fixed }), give: asked.give, placed: placedIn(content.nodes),
  };
  const field = ask.kind.parts ? partsField(ask, partMaker(all, name)) : fieldOf(ask);
  const stem = h("div", { class: "stem", lang: content.lang }, nodesOf(content.nodes, { paper, places: field.places }));
  const stimulus = item.stimulus === undefined ? null : paper.stimuli?.[item.stimulus];
  const about = stimulus && flowOf(all, stimulus, {});
  return {
    ...field, labelledBy,
    elements: [
      about && h("section", { class: "stimulus", lang: about.lang, "aria-label": say("readFirst") }, nodesOf(about.nodes, { paper })),
      stem, item.is_marked_by_hand && h("p", { class: "hint" }, say("byHand")),
      field.prompt && h("p", { class: "hint" }, field.prompt), field.elements, field.after?.(),
    ],
  };
}

/**
 * Content in the language asked for: what is formatted, else the plain text.
 * @param {Pick<Asked, "paper" | "language">} asked
 * @param {Flow | undefined} flow
 * @param {Text} text
 * @returns {{nodes: FlowNode[], lang: string}}
 */
function flowOf({ paper, language }, flow, text) {
  const hasFlow = flow && Object.keys(flow).length > 0;
  const found = hasFlow ? paperText(paper, flow, language) : paperText(paper, text, language);
  return { nodes: typeof found.text === "string" ? [found.text] : found.text, lang: found.lang };
}

/**
 * What a field is made for.
 * @param {Told} all
 * @param {{name: string, kind: ItemKind, what: string, isFixed?: boolean, label?: string, isInline?: boolean}} own
 * @returns {Ask}
 */
function askOf(all, { name, kind, what, isFixed, label, isInline }) {
  const { paper, language } = all;
  const place = { seed: 0, ...all.place };
  return {
    ...all, place, name, kind, label, isInline,
    list: (options, which = "") => arranged(options, ranks(place, options.length, what + which), isFixed),
    show: (option) => {
      const { nodes, lang } = flowOf(all, option.body, option.text);
      return h("span", { lang }, nodesOf(nodes, { paper }));
    },
    plain: (option) => paperText(paper, option.text, language).text,
    entry: (option, props) => {
      const { text, lang } = paperText(paper, option.text, language);
      return h("option", { value: option.id, lang, ...props }, text);
    },
  };
}

/**
 * @param {Ask} ask
 * @returns {Field}
 */
function fieldOf(ask) {
  const field = FIELDS[Object.keys(ask.kind)[0]] ?? firstField;
  return field(ask);
}

/**
 * Makes the field of a part, with what the part says.
 * @param {Told} all
 * @param {string} name
 * @returns {(part: Part, no: number, isInline: boolean, give: Give) => PartField}
 */
const partMaker = (all, name) => (part, no, isInline, give) => {
  const { paper, language, say } = all;
  const label = paperText(paper, part.label ?? {}, language).text || say("part", { no });
  const ask = askOf(all, { name: `${name}-${no}`, kind: part.kind, what: `part ${no} `, isFixed: part.is_fixed, label, isInline });
  const field = fieldOf({ ...ask, give });
  const { nodes, lang } = flowOf(all, part.body, {});
  const said = nodes.length > 0 && nodes[0] !== "" && h("div", { class: "said", lang }, nodesOf(nodes, { paper, places: field.places }));
  return { field, label, body: said };
};
