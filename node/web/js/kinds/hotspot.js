// Choosing places of a picture: in the picture, where each has a number, or in the list below it, which says the same in words.
import { h } from "../dom.js";
import { imageOf } from "./content.js";
import { limited } from "./select.js";

/** Whether a point in the picture's pixels lies within an area. Pure. */
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

/** The middle of an area in a picture of `width` by `height`. Pure. */
export function middle({ shape, coordinates: at }, width, height) {
  if (shape === "default") return [width / 2, height / 2];
  if (shape === "circle") return [at[0], at[1]];
  const ofEach = (first) => at.filter((_, index) => index % 2 === first);
  const between = (list) => (Math.min(...list) + Math.max(...list)) / 2;
  return [between(ofEach(0)), between(ofEach(1))];
}

/** The field. */
export function hotspotField(ask) {
  const { areas, image, max } = ask.kind.hotspot;
  const number = new Map(areas.map((area, index) => [area.id, index + 1]));
  // In the picture's order: the numbers are what the list and the picture share.
  const show = (area) => h("span", {}, `${number.get(area.id)}. ${ask.plain(area)}`);
  const field = limited({ ...ask, show, list: (options) => options }, { kind: "hotspot", options: areas, min: 0, max });
  const inputs = new Map(field.inputs.map((input) => [Number(input.dataset.option), input]));
  const picture = imageOf(image, ask.paper);
  const marks = new Map(areas.map((area) => [area.id, h("span", { class: "mark", "aria-hidden": "true" }, String(number.get(area.id)))]));

  const size = () => [image.width ?? picture.naturalWidth ?? 0, image.height ?? picture.naturalHeight ?? 0];
  const place = () => {
    const [width, height] = size();
    for (const area of areas) {
      const [x, y] = middle(area, width, height);
      const { style } = marks.get(area.id);
      style.left = `${(100 * x) / (width || 1)}%`;
      style.top = `${(100 * y) / (height || 1)}%`;
    }
  };
  const draw = () => {
    for (const [id, mark] of marks) mark.classList.toggle("chosen", inputs.get(id).checked);
  };
  const pressed = (event) => {
    const box = picture.getBoundingClientRect();
    const [width, height] = size();
    const [x, y] = [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
    const area = areas.find((each) => isWithin(each, x, y));
    // The list's own boxes do the rest: limits, words, what is kept.
    if (area) inputs.get(area.id).click();
  };
  picture.addEventListener("load", place);
  place();
  const frame = h("div", { class: "spots", click: pressed }, picture, [...marks.values()]);
  const list = h("div", { change: draw }, field.elements);
  const set = (response) => {
    field.set(response);
    draw();
  };
  return { ...field, prompt: `${ask.tell("inPicture")} ${field.prompt}`, elements: [frame, list], set, clear: () => set(null) };
}
