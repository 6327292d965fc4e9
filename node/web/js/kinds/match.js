// Matching rows with columns, and finding what belongs together among equals. Both give pairs; how often each may be used is
// kept by taking away what is used up.
import { h } from "../dom.js";
import { associations, pairs } from "./responses.js";
import { isUsedUp, usesAt, usesIn } from "./uses.js";

/** The field for rows and columns: a list for each row that takes one column, checkboxes for rows that take several. */
export function matchField(ask) {
  const { tell, list, announce, give } = ask;
  const { rows, columns, max } = ask.kind.match;
  let held = [];
  let isFrozen = false;
  const offered = list(columns, "columns");
  const isPlain = offered.every((column) => !column.body) && rows.every((row) => row.uses_max === 1);
  const line = isPlain ? listRow : boxesRow;
  const isLimited = max < (isPlain ? rows.length : rows.length * columns.length);
  const change = (row, chosen) => {
    held = [...held.filter(([one]) => one !== row), ...chosen.map((column) => [row, column])];
    rest();
    if (held.length >= max && isLimited) announce(tell("fullNow", { max }));
    give(pairs(held));
  };
  const lines = list(rows, "rows").map((row) => line(ask, row, offered, change));

  function rest() {
    const uses = usesAt(held, 1);
    for (const each of lines) {
      const own = held.filter(([row]) => row === each.id).map(([, column]) => column);
      const isFull = held.length >= max;
      each.rest(own, (column) => !own.includes(column.id) && (isUsedUp(column, uses) || (isFull && !(each.swaps && own.length > 0))), isFrozen);
    }
  }

  const set = (response) => {
    held = [...(response?.pairs ?? [])];
    rest();
  };
  const prompt = isLimited ? tell("matchUpTo", { max }) : tell("matchAll");
  return {
    kind: "match", prompt, elements: [h("div", { class: "match" }, lines.map((each) => each.element))], set, clear: () => set(null),
    freeze: (isNow) => {
      isFrozen = isNow;
      rest();
    },
  };
}

/** A row with a list of the columns. */
function listRow({ tell, show, plain }, row, columns, change) {
  const lines = columns.map((column) => h("option", { value: column.id }, plain(column)));
  const chosen = () => change(row.id, select.value === "" ? [] : [Number(select.value)]);
  const select = h("select", { "data-row": row.id, change: chosen }, h("option", { value: "" }, tell("choose")), lines);
  return {
    id: row.id, swaps: true, element: h("label", { class: "pair" }, show(row), select),
    rest: (own, isGone, isFrozen) => {
      select.value = own[0] ?? "";
      select.disabled = isFrozen;
      lines.forEach((line, at) => (line.disabled = isGone(columns[at])));
    },
  };
}

/** A row with a checkbox for each column; where it takes one only, another takes its place. */
function boxesRow({ show }, row, columns, change) {
  const isOne = row.uses_max === 1;
  const boxes = columns.map((column) => h("input", { type: "checkbox", "data-row": row.id, "data-option": column.id, change: (event) => {
    const others = isOne ? [] : boxes.filter((box) => box.checked && box !== event.target).map((box) => Number(box.dataset.option));
    change(row.id, event.target.checked ? [...others, column.id] : others);
  } }));
  const labels = columns.map((column, at) => h("label", { class: "option" }, boxes[at], show(column)));
  return {
    id: row.id, swaps: isOne, element: h("fieldset", { class: "boxes" }, h("legend", {}, show(row)), labels),
    rest: (own, isGone, isFrozen) => boxes.forEach((box, at) => {
      box.checked = own.includes(columns[at].id);
      const isRowFull = !isOne && isUsedUp(row, new Map([[row.id, own.length]])) && !box.checked;
      box.disabled = isFrozen || isRowFull || isGone(columns[at]);
    }),
  };
}

/** The field for pairs among equals: a line of two lists for each pair, and always one more to fill. */
export function associateField(ask) {
  const { tell, list, show, plain, give } = ask;
  const { options, min = 0, max } = ask.kind.associate;
  const offered = list(options);
  let isFrozen = false;
  const box = h("div", { class: "pairs" });
  const lines = [];
  const held = () => lines.map((line) => line.chosen()).filter(([one, other]) => one && other && one !== other);

  function changed() {
    draw();
    give(associations(held()));
  }

  function draw() {
    const isOpen = lines.some((line) => line.chosen().includes(0));
    if (!isOpen && lines.length < max) {
      lines.push(pairLine({ tell, plain }, offered, lines.length + 1, changed));
      box.append(lines.at(-1).element);
    }
    const uses = usesIn(lines.map((line) => line.chosen()));
    for (const line of lines) line.rest(uses, isFrozen);
  }

  const set = (response) => {
    const pairsGiven = response?.pairs ?? [];
    // The lines stay as they were filled where they say the same.
    if (pairs(associations(held())?.pairs ?? [])?.pairs.join(";") === pairs(pairsGiven)?.pairs.join(";") && lines.length > 0) return draw();
    lines.length = 0;
    for (const pair of pairsGiven) {
      lines.push(pairLine({ tell, plain }, offered, lines.length + 1, changed));
      lines.at(-1).set(pair);
    }
    box.replaceChildren(...lines.map((line) => line.element));
    return draw();
  };
  const clear = () => {
    lines.length = 0;
    box.replaceChildren();
    draw();
  };
  // What a list cannot show as it is formatted stands above.
  const formatted = offered.some((option) => option.body) && h("ul", {}, offered.map((option) => h("li", {}, show(option))));
  const freeze = (isNow) => {
    isFrozen = isNow;
    draw();
  };
  return { kind: "associate", prompt: tell("pairAll", { min, max }), elements: [formatted, box], set, clear, freeze };
}

function pairLine({ tell, plain }, options, no, changed) {
  const side = (name) => {
    const lines = options.map((option) => h("option", { value: option.id }, plain(option)));
    const select = h("select", { "aria-label": tell(name, { no }), "data-pair": no, change: changed }, h("option", { value: 0 }, tell("choose")), lines);
    return { select, lines };
  };
  const sides = [side("pairFirst"), side("pairSecond")];
  const chosen = () => sides.map(({ select }) => Number(select.value));
  return {
    element: h("div", { class: "pair" }, sides[0].select, h("span", { "aria-hidden": "true" }, "–"), sides[1].select),
    chosen,
    set: (pair) => sides.forEach(({ select }, at) => (select.value = pair[at])),
    rest: (uses, isFrozen) => sides.forEach(({ select, lines }, at) => {
      const [own, other] = [chosen()[at], chosen()[1 - at]];
      select.disabled = isFrozen;
      lines.forEach((line, index) => {
        const { id } = options[index];
        line.disabled = id !== own && (id === other || isUsedUp(options[index], uses));
      });
    }),
  };
}
