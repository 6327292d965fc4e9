// Builds elements. Text only ever becomes text nodes: nothing that a paper or a roster says can become markup.

/**
 * What stands within an element; lists are laid flat, what is false or not there is left out.
 * @typedef {Node | string | false | null | undefined | Child[]} Child
 *
 * @typedef {string | number | boolean | null | undefined | ((event: any) => unknown)} Prop
 */

/**
 * An element: `props` are attributes; those that are functions are listeners, those that are false or null are left out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, Prop>} [props]
 * @param {...Child} children
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (name === "value" || name === "checked") Object.assign(element, { [name]: value });
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : String(value));
  }
  /** @type {any[]} */
  const nested = children;
  element.append(...nested.flat(Infinity).filter((child) => child !== null && child !== false && child !== undefined));
  return element;
}

/**
 * One of the shell's own elements, which are always there.
 * @param {string} id
 */
export const byId = (id) =>
  /** @type {HTMLElement} */
  (document.getElementById(id));

/**
 * Sets an element's text if it differs, so that a live region speaks only of news.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Puts a screen into the page and moves the focus to its heading.
 * @param {...(Node | string)} children
 */
export function show(...children) {
  const main = byId("main");
  main.replaceChildren(...children);
  focusHeading(main);
  // The bar at the top would cover a heading that was only scrolled into view.
  scrollTo(0, 0);
}

/**
 * Moves the focus to the first heading inside.
 * @param {ParentNode} parent
 */
export function focusHeading(parent) {
  /** @type {HTMLElement | null} */
  const heading = parent.querySelector("h1, h2");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus();
}

/**
 * Tells a screen reader something that is visible elsewhere.
 * @param {string} text
 */
export function announce(text) {
  setText(byId("announcer"), text);
}
