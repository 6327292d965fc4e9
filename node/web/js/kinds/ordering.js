// Putting options into an order with buttons and a list of places; nothing has to be dragged.
import { h } from "../dom.js";
import { order } from "./responses.js";

/** The order after `id` was put at `place` (from 1; 0 takes it out), within `max`. Pure. */
export function placed(ids, id, place, max) {
  const others = ids.filter((other) => other !== id);
  if (place < 1) return others;
  return [...others.slice(0, place - 1), id, ...others.slice(place - 1)].slice(0, max);
}

/** The field. All options stand in the order once one was moved, unless the item asks for a selection (`max`). */
export function orderField(ask) {
  const { tell, list, announce, give } = ask;
  const { options, min = 0, max } = ask.kind.order;
  const shown = list(options).map((option) => option.id);
  const isWhole = max >= options.length;
  let ids = [];
  let isFrozen = false;

  const rows = new Map(list(options).map((option) => [option.id, rowOf(ask, option, { isWhole, max, move })]));
  const lines = h("ol", { class: "order" });
  const keep = h("button", { type: "button", "data-keep": true, click: () => keepAll() }, tell("keepOrder"));

  /** The options as they stand in the list: first those of the response. */
  const standing = () => [...ids, ...shown.filter((id) => !ids.includes(id))];

  function move(id, place, isStep) {
    const from = isWhole ? standing() : ids;
    const now = from.indexOf(id) + 1;
    // A step beyond the last place is the last; what has none yet comes to the end.
    const wanted = isStep && now === 0 ? from.length + 1 : isStep ? now + place : place;
    const focused = document.activeElement;
    change(placed(from, id, wanted, max));
    const { row, up, down, select } = rows.get(id);
    if (row.contains(focused)) (focused.disabled ? [up, down, select].find((each) => !each.disabled) : focused)?.focus();
    const { plain } = ask;
    const text = plain(options.find((option) => option.id === id));
    const at = ids.indexOf(id) + 1;
    announce(at > 0 ? tell("movedTo", { text, place: at, count: isWhole ? ids.length : max }) : tell("takenOut", { text }));
  }

  function keepAll() {
    change(standing());
    // The button has gone.
    rows.get(ids[0])?.select.focus();
  }

  function change(next) {
    ids = next;
    draw();
    give(order(ids));
  }

  function draw() {
    const all = standing();
    const focused = document.activeElement;
    lines.append(...all.map((id) => rows.get(id).row));
    if (lines.contains(focused)) focused.focus();
    all.forEach((id, index) => rows.get(id).show({ place: ids.indexOf(id) + 1, index, count: ids.length, isFrozen, all: all.length }));
    keep.hidden = !isWhole || ids.length > 0;
    keep.disabled = isFrozen;
  }

  function set(response) {
    ids = (response?.order ?? []).filter((id) => rows.has(id));
    draw();
  }

  const prompt = isWhole ? tell("orderAll") : tell("orderSome", { min, max });
  return {
    kind: "order", prompt, elements: [lines, keep], set, clear: () => set(null),
    freeze: (isNow) => {
      isFrozen = isNow;
      draw();
    },
  };
}

/** One option's line. */
function rowOf({ tell, show, plain }, option, { isWhole, max, move }) {
  const text = plain(option);
  const step = (name, by, sign) => h("button", {
    type: "button", "data-step": name, "aria-label": tell(name, { text }), click: () => move(option.id, by, true),
  }, sign);
  const [up, down] = [step("moveUp", -1, "↑"), step("moveDown", 1, "↓")];
  const places = Array.from({ length: max }, (_, index) => h("option", { value: index + 1 }, String(index + 1)));
  const none = h("option", { value: 0 }, "–");
  const select = h("select", {
    "aria-label": tell("placeOf", { text }), "data-place": option.id, change: () => move(option.id, Number(select.value), false),
  }, none, places);
  const row = h("li", { "data-option": option.id }, select, show(option), h("span", { class: "steps" }, up, down));
  return {
    row, up, down, select,
    show: ({ place, index, count, isFrozen, all }) => {
      const isFull = !isWhole && place === 0 && count >= max;
      select.value = place;
      select.disabled = isFrozen || isFull;
      // In a whole order nothing is taken out singly; places beyond the next free one would leave a hole.
      none.disabled = none.hidden = isWhole && count > 0;
      places.forEach((each, at) => (each.disabled = !isWhole && at > count - (place > 0 ? 1 : 0)));
      up.disabled = isFrozen || isFull || (isWhole ? index === 0 : place === 1);
      down.disabled = isFrozen || (isWhole ? index === all - 1 : place === 0 || place === count);
      row.dataset.placed = place > 0;
    },
  };
}
