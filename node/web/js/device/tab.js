// Only one tab of a browser writes: whoever holds the lock. Another may take it; the first is told.

const LOCK = "pariksha-writer";

/**
 * Tries to become the tab that writes. Gives true, or false when another is; `steal` takes it from that one. `lost` is
 * called when it is taken from this one.
 * @param {{steal?: boolean, lost: () => void}} how
 * @returns {Promise<boolean>}
 */
export function becomeWriter({ steal = false, lost }) {
  return new Promise((resolve) => {
    const options = steal ? { steal: true } : { ifAvailable: true };
    const held = navigator.locks.request(LOCK, options, (lock) => {
      resolve(lock !== null);
      // Held until this tab goes.
      return lock === null ? undefined : new Promise(() => {});
    });
    held.catch(lost);
  });
}

/** Resolves when the other tab is gone. */
export async function otherIsGone() {
  await navigator.locks.request(LOCK, { mode: "shared" }, () => {});
}
