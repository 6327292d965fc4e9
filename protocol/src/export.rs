//! Exported logs: frames on a USB stick when the WAN never returns. A node writes them, anyone can check that such a file
//! is whole, only the cluster it was made for can read it.
//!
//! ```text
//! header:  0  4  magic "PKX" and the format version
//!          4  4  length n of what follows (big-endian, as all numbers outside bincode), at most HEADER_BYTES_MAX
//!          8  n  ExportHeader, bincode 2
//! pieces:  0  1  kind: 1 a frame, 2 the end
//!          1  8  first sequence          (end: how many frames there were)
//!          9  8  last sequence           (end: the last sequence of the file)
//!          17 4  length n of the body
//!          21 n  the frame, AES-256-GCM: ciphertext, then the 16-byte tag   (end: the last frame's hash)
//!          .. 64 Ed25519 by the node that made the file over: context, BLAKE3 of the header, the piece's index (8), all above
//! ```
//! The AES key is HKDF-SHA-256 of X25519 (ephemeral key of the file, sealing key of the cluster) with the header's BLAKE3
//! as salt; the nonce is `00 00 00 00 | index`; the header's hash and the piece's first 21 bytes are associated data.
//! What lies open: the cluster, the log, who made the file and when, how many records each frame has and how long it is.
//! Files may be put one behind the other: several logs on one stick.

mod reader;
mod seal;
#[cfg(test)]
mod tests;
mod writer;

use serde::{Deserialize, Serialize};

use crate::{
    cluster::{EndorsementFault, SignedEndorsement},
    hash::Hash,
    ids::{LogId, Sequence},
    limits::FRAME_BYTES_MAX,
    time::Instant,
    watermark::Watermark,
};

pub use reader::{ExportReader, Opener, Piece};
pub use seal::sealing_public_key;
pub use writer::ExportWriter;

const MAGIC: [u8; 4] = *b"PKX\x01";
const CONTEXT: &[u8] = b"pariksha export v1\0";
/// The longest header.
pub const HEADER_BYTES_MAX: usize = 1024;
/// What stands before a piece's body.
pub const PIECE_HEAD_BYTES: usize = 21;
const SIGNATURE_BYTES: usize = 64;
const TAG_BYTES: usize = 16;
/// The longest piece.
pub const PIECE_BYTES_MAX: usize = PIECE_HEAD_BYTES + FRAME_BYTES_MAX + TAG_BYTES + SIGNATURE_BYTES;

const KIND_FRAME: u8 = 1;
const KIND_END: u8 = 2;

/// What an exported file says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportHeader {
    /// The cluster that can read it: [`crate::cluster::ClusterKeys::id`].
    pub cluster: Hash,
    /// Which log.
    pub log: LogId,
    /// The first sequence that is in it.
    pub from: Sequence,
    /// The node that made it.
    pub maker: SignedEndorsement,
    /// When, in district time.
    pub at: Instant,
    /// The file's own X25519 public key.
    pub ephemeral: [u8; 32],
}

/// What is wrong with an exported file; where it can be said, from which sequence on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// No such file.
    #[error("this is not an exported log; `pariksha-node log export` makes one")]
    NotAnExport,
    /// A format of another program.
    #[error("exported log format version {0} is not known here; update this program")]
    Version(u8),
    /// Made for another cluster.
    #[error(
        "this file was exported for another cluster ({found}); only its coordinators can read it, this cluster is {expected}"
    )]
    OtherCluster {
        /// Whose it is.
        found: Hash,
        /// Who was asked.
        expected: Hash,
    },
    /// The maker is not a node of the cluster.
    #[error("the node that made this file is not of the cluster: {0}")]
    Maker(#[from] EndorsementFault),
    /// The bytes are not what the node wrote.
    #[error("the frame at sequence {0} was altered: its bytes are not what the node signed")]
    Altered(Sequence),
    /// Frames are not there.
    #[error("the frames with sequences {from} to {to} are missing from the file")]
    Missing {
        /// The first.
        from: Sequence,
        /// The last.
        to: Sequence,
    },
    /// A frame is not where it belongs.
    #[error(
        "the frame at sequence {found} stands where sequence {expected} is due: frames were reordered or repeated"
    )]
    Reordered {
        /// What was due.
        expected: Sequence,
        /// What came.
        found: Sequence,
    },
    /// The file has no end.
    #[error("the file ends after sequence {0} without its end mark: it was cut off; copy it again")]
    CutOff(Sequence),
    /// A frame opens, but does not belong there.
    #[error("the frame at sequence {first} cannot be taken: {why}")]
    Frame {
        /// Where.
        first: Sequence,
        /// Why.
        why: String,
    },
    /// The keys do not work.
    #[error("the file cannot be sealed or opened: {0}")]
    Key(&'static str),
}

/// How far a file's frames go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// How many frames.
    pub frames: u64,
    /// The last sequence and its frame's hash.
    pub head: Watermark,
}
