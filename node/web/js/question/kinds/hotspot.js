// Choosing places of a picture: in the picture, where each has a number, or in the list below it, which says the same in words.
import { h } from "../../dom.js";
import { imageOf } from "./content.js";
import { limited } from "./select.js";

/**
 * @import {Ask, Field} from "../ask.js"
 * @import {Area, Hotspots} from "../paper.js"
 * @typedef {import("../response.js").ItemResponse} ItemResponse
 */

/**
 * Whether a point in the picture's pixels lies within an area. Pure.
 * @param {Pick<Area, "shape" | "coordinates">} area
 * @param {number} x
 * @param {number} y
 */
export function isWithin({ shape, coordinates: at }, x, y) {
  if (shape === "default") return true;
  if (shape === "circle") return (x - at[0]) ** 2 + (y - at[1]) ** 2 <= at[2] ** 2;
  if (shape === "rect") return x >= at[0] && x <= at[2] && y >= at[1] && y <= at[3];
  let isInside = false;
  const corners = Math.floor(at.length / 2);
  for (let one = 0, other = corners - 1; one < corners; other = one, one += 1) {
    const [x1, y1, x2, y2] = [at[2 * one], at[2 * one + 1], at[2 * other], at[2 * other + 1]];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) isInside = !isInside;
  }
  return isInside;
}

/**
 * The middle of an area in a picture of `width` by `height`. Pure.
 * @param {Pick<Area, "shape" | "coordinates">} area
 * @param {number} width
 * @param {number} height
 */
export function middle({ shape, coordinates: at }, width, height) {
  if (shape === "default") return [width / 2, height / 2];
  if (shape === "circle") return [at[0], at[1]];
  /** @param {0 | 1} first */
  const ofEach = (first) => at.filter((_, index) => index % 2 === first);
  /** @param {number[]} list */
  const between = (list) => (Math.min(...list) + Math.max(...list)) / 2;
  return [between(ofEach(0)), between(ofEach(1))];
}

/**
 * The field.
 * @param {Ask<{hotspot: Hotspots}>} ask
 * @returns {Field}
 */
export function hotspotField(ask) {
  const { areas, image, max } = ask.kind.hotspot;
  // In the picture's order: the numbers are what the list and the picture share.
  const numbers = new Map(areas.map((area, index) => [area.id, `${index + 1}`]));
  const field = limited({
    ...ask, list: (options) => options, show: (area) => h("span", {}, `${numbers.get(area.id)}. `, ask.show(area)),
  }, { kind: "hotspot", options: areas, min: 0, max });
  const picture = imageOf(image, ask.paper);
  const spots = areas.map((area, index) => ({
    area, input: field.inputs[index], mark: h("span", { class: "mark", "aria-hidden": "true" }, numbers.get(area.id)),
  }));

  const size = () => {
    const own = picture instanceof HTMLImageElement ? picture : { naturalWidth: 0, naturalHeight: 0 };
    return [image.width ?? own.naturalWidth, image.height ?? own.naturalHeight];
  };
  const place = () => {
    const [width, height] = size();
    for (const { area, mark: { style } } of spots) {
      const [x, y] = middle(area, width, height);
      style.left = `${(100 * x) / (width || 1)}%`;
      style.top = `${(100 * y) / (height || 1)}%`;
    }
  };
  const draw = () => spots.forEach(({ mark, input }) => mark.classList.toggle("chosen", input.checked));
  /** @param {MouseEvent} event */
  const pressed = (event) => {
    const box = picture.getBoundingClientRect();
    const [width, height] = size();
    const [x, y] = [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
    // The list's own boxes do the rest: limits, words, what is kept.
    spots.find(({ area }) => isWithin(area, x, y))?.input.click();
  };
  picture.addEventListener("load", place);
  place();
  const frame = h("div", { class: "spots", click: pressed }, picture, spots.map(({ mark }) => mark));
  const list = h("div", { change: draw }, field.elements);
  /** @param {ItemResponse | null} response */
  const set = (response) => {
    field.set(response);
    draw();
  };
  return { ...field, prompt: `${ask.say("inPicture")} ${field.prompt}`, elements: [frame, list], set, clear: () => set(null) };
}
