// The paper's pictures as addresses that the page's own policy allows: blobs of this document, made when first shown.

/** What importers keep; nothing that can hold a script. */
const MEDIA_TYPES = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** @import {Paper} from "../paper.js" */

/**
 * Addresses by name, for each paper that is open.
 * @type {WeakMap<object, Map<string, string>>}
 */
const made = new WeakMap();

/**
 * The address of a picture; null where the paper has none of that name, or one that is no picture.
 * @param {Pick<Paper, "pictures">} paper
 * @param {string} name
 * @returns {string | null}
 */
export function pictureUrl(paper, name) {
  const pictures = paper.pictures ?? {};
  if (!Object.hasOwn(pictures, name) || !MEDIA_TYPES.includes(pictures[name].media_type)) return null;
  const urls = made.get(paper) ?? new Map();
  made.set(paper, urls);
  if (!urls.has(name)) {
    const { media_type: type, data } = pictures[name];
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    urls.set(name, URL.createObjectURL(new Blob([bytes], { type })));
  }
  return urls.get(name);
}
