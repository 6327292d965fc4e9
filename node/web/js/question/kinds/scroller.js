// What is wider than the screen (tables, formulas, code) scrolls by itself, also with the keyboard alone: where it is wider,
// and only there, it takes the focus.
import { h } from "../../dom.js";

/** @param {ResizeObserverEntry[]} entries */
function look(entries) {
  for (const { target } of entries) {
    const frame = /** @type {HTMLElement} */ (target.closest(".scroll"));
    if (frame.scrollWidth > frame.clientWidth) frame.tabIndex = 0;
    else frame.removeAttribute("tabindex");
  }
}

/** @type {ResizeObserver | undefined} */
let observer;

/**
 * A frame around an element within which it scrolls.
 * @param {Element} element
 */
export function scroller(element) {
  observer ??= new ResizeObserver(look);
  const frame = h("div", { class: "scroll" }, element);
  observer.observe(frame);
  observer.observe(element);
  return frame;
}
