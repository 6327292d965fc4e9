// Whether this device can show Devanagari, and the node's font where it cannot.

/** Letters of different widths in every font that has them. */
const LETTERS = ["क", "र", "ण", "ज", "झ"];
const FAMILY = "Noto Sans Devanagari";
const RANGE = "U+0900-097F, U+1CD0-1CFF, U+200C-200D, U+20B9, U+25CC, U+A830-A839, U+A8E0-A8FF";

/**
 * Whether letters of these widths are all the same: then each is a sign that stands for a letter that is missing. Pure.
 * @param {number[]} widths
 */
export const isAllTheSame = (widths) => widths.every((width) => Math.abs(width - widths[0]) < 0.01);

/** Whether this device draws one and the same sign for all letters. False where it cannot be found out. */
export function lacksDevanagari() {
  const pen = document.createElement("canvas").getContext("2d");
  if (!pen) return false;
  pen.font = `40px system-ui, "Noto Sans", "${FAMILY}", sans-serif`;
  return isAllTheSame(LETTERS.map((letter) => pen.measureText(letter).width));
}

/**
 * Loads the font from a node; the page's style names its family already. Gives whether it is there now.
 * @param {string} url
 */
export async function loadDevanagari(url) {
  try {
    const face = new FontFace(FAMILY, `url("${url}")`, { unicodeRange: RANGE });
    document.fonts.add(await face.load());
    return true;
  } catch {
    return false;
  }
}
