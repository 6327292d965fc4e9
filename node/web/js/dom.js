// Builds elements. Text only ever becomes text nodes: nothing that a paper or a roster says can become markup.

/** An element: `props` are attributes; those that are functions are listeners, those that are false or null are left out. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (name === "value" || name === "checked") element[name] = value;
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== false && child !== undefined));
  return element;
}

/** Sets an element's text if it differs, so that a live region speaks only of news. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Puts a screen into the page and moves the focus to its heading. */
export function show(...children) {
  const main = document.getElementById("main");
  main.replaceChildren(...children);
  focusHeading(main);
}

/** Moves the focus to the first heading inside. */
export function focusHeading(parent) {
  const heading = parent.querySelector("h1, h2");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus();
}

/** Tells a screen reader something that is visible elsewhere. */
export function announce(text) {
  setText(document.getElementById("announcer"), text);
}
