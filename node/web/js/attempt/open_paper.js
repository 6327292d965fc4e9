// The paper of an attempt: the sealed bytes that this device keeps, or the node's, opened with the attempt's key.
import { SealedError, openPaper } from "./sealed.js";

/**
 * @import {AttemptRecord} from "./record.js"
 * @typedef {{hash: string, url: string, bytes: number}} Sealed where a sealed paper is
 */

/**
 * Opens the paper of an attempt. What this device kept may be damaged: then the node's is asked for once more.
 * @param {{sealed(hash: string): Promise<Uint8Array<ArrayBuffer> | undefined>}} storage
 * @param {(sealed: any) => Promise<Uint8Array<ArrayBuffer>>} fetchSealed
 * @param {AttemptRecord} record
 */
export async function openPaperOf(storage, fetchSealed, { sealed, key = "", paper }) {
  const kept = await storage.sealed(sealed.hash);
  try {
    return await openPaper(kept ?? (await fetchSealed(sealed)), key, paper);
  } catch (error) {
    if (!kept || !(error instanceof SealedError)) throw error;
    return openPaper(await fetchSealed(sealed), key, paper);
  }
}
