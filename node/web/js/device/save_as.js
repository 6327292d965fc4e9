// Offers something to be saved as a file of this device.

/** The browser has begun to read it by then, in milliseconds. */
const RELEASE_MS = 60_000;

/**
 * @param {{name: string, blob: Blob}} file
 */
export function saveAs({ name, blob }) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), RELEASE_MS);
}
