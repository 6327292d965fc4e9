// Formatted content as elements. The paper's tree is data; only elements and attributes of the lists here are made, and
// whatever else a tree may name is shown as what stands in it. Never innerHTML.
import { h } from "../../dom.js";
import { pictureUrl } from "./pictures.js";
import { scroller } from "./scroller.js";

/**
 * @import {TextPlaces} from "../ask.js"
 * @import {FlowNode, Image, Paper} from "../paper.js"
 *
 * What content is shown with; `places` makes what stands at the place of a part, a gap, a hottext. Where it does not,
 * nothing stands there.
 * @typedef {{paper: Paper, places?: TextPlaces}} Show
 */

const MATHML = "http://www.w3.org/1998/Math/MathML";
/** Deeper content than any question has is not shown. */
const DEPTH_MAX = 60;

const HTML_TAGS = new Set((
  "p br div span b strong i em u s sub sup small ul ol li dl dt dd table caption colgroup col thead tbody tfoot tr th td pre code " +
  "blockquote hr bdi bdo ruby rt rp abbr cite dfn kbd q samp var figure figcaption"
).split(" "));
/**
 * One level lower: the page's own heading is the first.
 * @type {Record<string, string>}
 */
const HEADINGS = { h1: "h2", h2: "h3", h3: "h4", h4: "h5", h5: "h6", h6: "h6" };
const MATH_TAGS = new Set((
  "math mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle merror mpadded mphantom menclose msub msup msubsup munder mover " +
  "munderover mmultiscripts mprescripts none mtable mtr mtd semantics"
).split(" "));
/** What is no text: a formula's other writings, and what no importer leaves. */
const HIDDEN = new Set(["annotation", "annotation-xml", "script", "style"]);

const HTML_ATTRIBUTES = new Set(["lang", "dir", "title", "colspan", "rowspan", "scope", "start", "type", "span"]);
const MATH_ATTRIBUTES = new Set((
  "accent accentunder alttext columnalign columnspan depth dir display displaystyle fence form height largeop linethickness lspace " +
  "mathvariant maxsize minsize movablelimits notation rowalign rowspan rspace scriptlevel separator stretchy symmetric voffset width"
).split(" "));

/**
 * The nodes of `content`.
 * @param {FlowNode[]} content
 * @param {Show} show
 * @param {number} [depth]
 * @returns {any[]}
 */
export function nodesOf(content, show, depth = 0) {
  if (depth > DEPTH_MAX) return [];
  return content.flatMap((node) => nodeOf(node, show, depth)).filter((node) => node != null);
}

/**
 * @param {FlowNode} node
 * @param {Show} show
 * @param {number} depth
 */
function nodeOf(node, show, depth) {
  if (typeof node === "string") return [node];
  if (node.tag !== undefined) return elementOf(node.tag, node, show, depth);
  if (node.image !== undefined) return [imageOf({ alt: "", ...node, image: node.image }, show.paper)];
  if (node.part !== undefined) return [show.places?.part?.(node.part)].flat();
  if (node.gap !== undefined) return [show.places?.gap?.(node.gap)];
  if (node.hottext !== undefined) {
    const said = nodesOf(node.content ?? [], show, depth + 1);
    return show.places?.hottext ? [show.places.hottext(node.hottext, said)] : said;
  }
  return [];
}

/**
 * @param {string} tag
 * @param {{attributes?: Record<string, string>, content?: FlowNode[]}} node
 * @param {Show} show
 * @param {number} depth
 */
function elementOf(tag, { attributes = {}, content = [] }, show, depth) {
  if (HIDDEN.has(tag)) return [];
  const inner = nodesOf(content, show, depth + 1);
  const isMath = MATH_TAGS.has(tag);
  const name = HEADINGS[tag] ?? tag;
  if (!isMath && !HTML_TAGS.has(tag) && !Object.hasOwn(HEADINGS, tag)) return inner;
  const element = isMath ? document.createElementNS(MATHML, name) : document.createElement(name);
  const allowed = isMath ? MATH_ATTRIBUTES : HTML_ATTRIBUTES;
  for (const [key, value] of Object.entries(attributes)) if (allowed.has(key)) element.setAttribute(key, value);
  element.append(...inner);
  return [name === "table" || name === "pre" || element.getAttribute("display") === "block" ? scroller(element) : element];
}

/**
 * A picture; its words where it is not there.
 * @param {Image} image
 * @param {Pick<Paper, "pictures">} paper
 */
export function imageOf({ image, alt, width, height }, paper) {
  const src = pictureUrl(paper, image);
  return src === null ? h("span", { class: "missing" }, `[${alt || image}]`) : h("img", { src, alt, width, height });
}
