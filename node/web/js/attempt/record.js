// What this device keeps of an attempt besides its answers. Types only.

/**
 * @typedef {object} AttemptRecord
 * @property {number} candidate
 * @property {number} sitting
 * @property {any} epoch the stay of this device: {number, device}; null before the first start
 * @property {Record<string, string>} tokens one for each stay that may still be needed
 * @property {number} [started]
 * @property {number} [deadline] district time, as the node in use knows it
 * @property {number} [latestDeadline] the latest that any node told
 * @property {any} [paper]
 * @property {any[]} [order]
 * @property {string} [key] opens the sealed paper
 * @property {string} [fileKey] seals the answers file
 * @property {number} [nodeNext] the seq that the node expects next
 * @property {string | null} [withdrawn] why the paper was withdrawn
 * @property {string | null} [submission] the submission's identity, 32 hexadecimal digits
 * @property {number | null} [sealedAt] when the candidate confirmed the submission, in district time; 0 where that was unknown
 * @property {any} [submitted] the node's receipt
 * @property {number[]} seen
 * @property {number} position
 * @property {number | null} [lastItem] what was answered last at another device, until this one stands there
 * @property {"item" | "review" | "receipt"} view
 * @property {Record<string, string>} [views] in which language an item is shown
 * @property {string} [title]
 * @property {any} [sealed] where the sealed paper is
 */
export {};
