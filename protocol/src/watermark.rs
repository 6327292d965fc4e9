//! How far a log is known to somebody: the last sequence and its frame's hash. Never goes back.

use serde::{Deserialize, Serialize};

use crate::{frame::Frame, hash::Hash, ids::Sequence};

/// The last sequence held, and the hash of the frame that ends with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Watermark {
    /// The last sequence; zero for an empty log.
    pub sequence: Sequence,
    /// The hash of the frame that ends there; zero for an empty log.
    pub hash: Hash,
}

/// How a frame stands to a watermark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Continuity {
    /// It is the next one.
    Next,
    /// It lies wholly below: held already (whether with the same bytes, the holder must compare).
    Held,
    /// Frames between are missing; send from `from`.
    Gap {
        /// The first sequence that is missing.
        from: Sequence,
    },
    /// It follows, but on another history: its previous hash is not ours, or it straddles the watermark.
    Fork,
}

impl Watermark {
    /// How the frame continues this log. The frame's log is the caller's to check.
    pub fn continuity(&self, frame: &Frame) -> Continuity {
        if frame.last() <= self.sequence {
            Continuity::Held
        } else if frame.first() > self.sequence.next() {
            Continuity::Gap {
                from: self.sequence.next(),
            }
        } else if frame.first() == self.sequence.next() && frame.prev() == self.hash {
            Continuity::Next
        } else {
            Continuity::Fork
        }
    }

    /// The watermark after a frame.
    pub fn after(frame: &Frame) -> Self {
        Self {
            sequence: frame.last(),
            hash: frame.hash(),
        }
    }
}
