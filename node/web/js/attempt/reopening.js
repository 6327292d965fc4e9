// Whether a submission still stands. Pure.

/**
 * Whether a person opened the attempt again after this submission. That a node knows of no submission says nothing: it may
 * not have heard of it yet, and a receipt that a node signed stands. A reopening is a moment, and undoes what came before it,
 * as in the merge (protocol/src/merge.rs).
 * @param {{submitted_at: number} | null | undefined} submitted the receipt that this device holds
 * @param {{submitted: unknown, reopened_at?: number}} told
 */
export function isUndone(submitted, { submitted: there, reopened_at: reopenedAt }) {
  return submitted != null && there == null && reopenedAt !== undefined && reopenedAt >= submitted.submitted_at;
}
