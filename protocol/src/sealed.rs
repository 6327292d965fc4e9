//! The form of a sealed paper: sealed once at the centre, passed on by nodes that never open it, opened by the browser.
//!
//! ```text
//! 0  4  magic "PKS" and the format version
//! 4  4  chunk size in bytes, big-endian
//! 8  8  length of the plain (gzipped) text, big-endian
//! 16 4  paper id     20 2  paper version    (big-endian)
//! 22 n  chunks, each AES-256-GCM: ciphertext, then the 16-byte tag
//! ```
//! Chunk `i` has the nonce `00 00 00 00 | i as u64 big-endian` and the header (22 bytes) as associated data. The key is
//! random, for one paper version only, so nonces never repeat under it; the length in the header keeps an end from being cut off.

use crate::ids::{PaperId, PaperRef, PaperVersion};

/// The header's length.
pub const HEADER_BYTES: usize = 22;
/// The tag's length after each chunk.
pub const TAG_BYTES: usize = 16;
/// Plain bytes in each chunk but the last.
pub const CHUNK_BYTES: u32 = 64 * 1024;

const MAGIC: [u8; 4] = *b"PKS\x01";

/// The header of a sealed paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedHeader {
    /// Plain bytes in each chunk but the last.
    pub chunk_bytes: u32,
    /// Length of the gzipped plain text.
    pub plain_bytes: u64,
    /// Which paper it is.
    pub paper: PaperRef,
}

/// Bytes that are not a sealed paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are not a sealed paper of a known format")]
pub struct NotSealed;

impl SealedHeader {
    /// The header's bytes.
    pub fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..8].copy_from_slice(&self.chunk_bytes.to_be_bytes());
        bytes[8..16].copy_from_slice(&self.plain_bytes.to_be_bytes());
        bytes[16..20].copy_from_slice(&self.paper.paper.0.to_be_bytes());
        bytes[20..22].copy_from_slice(&self.paper.version.0.to_be_bytes());
        bytes
    }

    /// Reads the header at the front of a sealed paper.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotSealed> {
        let header: &[u8; HEADER_BYTES] = bytes.first_chunk().ok_or(NotSealed)?;
        let [
            m0,
            m1,
            m2,
            m3,
            c0,
            c1,
            c2,
            c3,
            l0,
            l1,
            l2,
            l3,
            l4,
            l5,
            l6,
            l7,
            p0,
            p1,
            p2,
            p3,
            v0,
            v1,
        ] = *header;
        let chunk_bytes = u32::from_be_bytes([c0, c1, c2, c3]);
        if [m0, m1, m2, m3] != MAGIC || chunk_bytes == 0 {
            return Err(NotSealed);
        }
        let paper = PaperRef {
            paper: PaperId(u32::from_be_bytes([p0, p1, p2, p3])),
            version: PaperVersion(u16::from_be_bytes([v0, v1])),
        };
        Ok(Self {
            chunk_bytes,
            plain_bytes: u64::from_be_bytes([l0, l1, l2, l3, l4, l5, l6, l7]),
            paper,
        })
    }

    /// The nonce of a chunk.
    pub fn nonce(chunk: u64) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&chunk.to_be_bytes());
        nonce
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_round_trips_and_foreign_bytes_are_refused() {
        let header = SealedHeader {
            chunk_bytes: CHUNK_BYTES,
            plain_bytes: 12_345,
            paper: PaperRef {
                paper: PaperId(3),
                version: PaperVersion(2),
            },
        };
        assert_eq!(SealedHeader::parse(&header.to_bytes()), Ok(header));
        assert_eq!(
            SealedHeader::parse(b"PKS\x02aaaaaaaaaaaaaaaaaaaaaaaaa"),
            Err(NotSealed)
        );
        assert_eq!(SealedHeader::parse(b"PKS"), Err(NotSealed));
    }
}
