//! Every bound that both sides share, each with its reason. A bound that only one part keeps lives in that part.

/// A frame's greatest length in bytes, header and hash included. One group commit; under a quarter of a sled page's
/// budget, so it never becomes a blob file.
pub const FRAME_BYTES_MAX: usize = 60 * 1024;

/// A record's greatest encoded length: an answer of plain text must fit several times into one frame.
pub const RECORD_BYTES_MAX: usize = 16 * 1024;

/// A wire message's greatest length.
pub const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// What one Raft entry may hold of frames.
pub const ENTRY_BYTES_MAX: usize = 256 * 1024;

/// A chunk of a blob, on the wire and as one row at the centre: above 112 KiB a row could make sled write a file that it
/// never syncs.
pub const BLOB_CHUNK_BYTES: usize = 64 * 1024;

/// The greatest blob (a sealed paper, an image).
pub const BLOB_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Candidates in one roster document.
pub const ROSTER_PAGE_MAX: usize = 500;

/// Items of one paper.
pub const ITEMS_MAX: usize = 500;

/// Options of one item.
pub const OPTIONS_MAX: usize = 26;

/// Rows, columns, gaps, words and places of one item: what a response names beside options.
pub const NAMED_MAX: usize = 99;

/// Parts of one item.
pub const PARTS_MAX: usize = 40;

/// Bytes of a response's texts together: with its frame around it a record holds them.
pub const RESPONSE_BYTES_MAX: usize = 14 * 1024;

/// Characters of a text as typed: so many in any script stay within [`RESPONSE_BYTES_MAX`] at three bytes each.
pub const TEXT_CHARS_MAX: u16 = 4_500;

/// Characters of a numeric response as typed.
pub const NUMBER_CHARS_MAX: usize = 40;

/// Contents that are kept for one (epoch, seq) that was used for several: enough to show a person, bounded against
/// a client that floods.
pub const VERSIONS_MAX: usize = 8;

/// Characters of an incident's note.
pub const NOTE_CHARS_MAX: usize = 500;
