// Shows all questions of a paper below each other, with the modules that show them in the exam. Under each stands what
// would be saved. Nothing that is given here leaves the page.
import { h, setText } from "./js/dom.js";
import { paperText } from "./js/question/fields.js";
import { question } from "./js/question/kinds/question.js";
import { NAMES, speakerOf } from "./js/words.js";

const paper = await (await fetch("./paper.json")).json();
const given = new Map();
/** The fields that are shown. */
const fields = [];
const main = document.getElementById("main");

/** The item with everything in the paper's own order: whoever prepares a paper compares it with their file. */
function unshuffled(item) {
  const parts = item.kind.parts?.map((part) => ({ ...part, is_fixed: true }));
  return { ...item, is_fixed: true, kind: parts ? { parts } : item.kind };
}

function shown(item, index, language, say) {
  const hasPenalty = Number(item.penalty) > 0;
  const saved = h("pre", { "data-saved": item.no });
  const tell = () => setText(saved, JSON.stringify(given.get(item.no) ?? null));
  const give = (response) => {
    given.set(item.no, response);
    tell();
  };
  const labelledBy = `question-${item.no}`;
  const field = question({
    item: unshuffled(item), place: { item: item.no, options: [], seed: 0 }, say, paper, language, give, remaining: () => null,
    name: `item-${item.no}`, labelledBy,
  });
  field.set(given.get(item.no) ?? null);
  fields.push(field);
  tell();
  const clear = () => {
    field.clear();
    give(null);
  };
  return h("article", { class: "card" },
    h("h2", { id: labelledBy }, say("question", { place: index + 1, count: paper.items.length })),
    item.section ? h("p", { class: "hint" }, item.section) : "",
    h("p", { class: "hint" }, say(hasPenalty ? "marks" : "marksOnly", { marks: item.marks, penalty: item.penalty })),
    h("fieldset", { "data-item": item.no, "data-kind": field.kind, "aria-labelledby": labelledBy }, field.elements),
    h("div", { class: "row" }, h("button", { type: "button", "data-do": "clear", click: clear }, say("clear"))),
    h("p", { class: "hint" }, "What would be saved"), saved);
}

async function show(language) {
  // A paper may be in a language that the page does not speak.
  const say = await speakerOf(language in NAMES ? language : "en");
  for (const field of fields.splice(0)) field.flush?.();
  document.documentElement.lang = language;
  const title = paperText(paper, paper.title, language);
  main.replaceChildren(h("h1", { lang: title.lang }, title.text), ...paper.items.map((item, index) => shown(item, index, language, say)));
}

const option = (each) => h("option", { value: each, lang: each }, NAMES[each] ?? each);
const languages = h("select", { id: "language", change: () => show(languages.value) }, paper.languages.map(option));
document.getElementById("tools").append(h("label", {}, h("span", {}, "Language"), languages));
show(paper.languages[0]);
