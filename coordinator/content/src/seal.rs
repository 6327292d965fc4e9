//! Sealing of a paper: JSON, gzip, then the chunked form of [`protocol::sealed`] that the browser opens. A coordinator
//! seals each paper version once under its own random key; [`open`] is for coordinators and tests, nodes never open.
//! A key must never seal two papers, for the chunks' nonces would repeat.

use std::io::{Read, Write};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use flate2::{Compression, bufread::GzDecoder, write::GzEncoder};
use protocol::{
    ids::PaperRef,
    limits::BLOB_BYTES_MAX,
    paper::Paper,
    sealed::{CHUNK_BYTES, HEADER_BYTES, NotSealed, SealedHeader, TAG_BYTES},
};

/// A paper's greatest length as JSON: what opening one may take of memory, whatever its gzip claims.
pub const PAPER_JSON_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Why a paper could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// More than a blob may hold.
    #[error(
        "paper {paper} is too large: {bytes} bytes, at most {max} are allowed; split it or shorten its texts",
        max = BLOB_BYTES_MAX
    )]
    TooLarge {
        /// Which paper.
        paper: PaperRef,
        /// How large it is when sealed or opened.
        bytes: u64,
    },
    /// Not a sealed paper.
    #[error("{0}; fetch the paper again")]
    NotSealed(#[from] NotSealed),
    /// The bytes end too early or go on after the end.
    #[error("the sealed paper {paper} has {held} bytes, its header promises {promised}; fetch it again")]
    WrongLength {
        /// Which paper.
        paper: PaperRef,
        /// How many bytes there are.
        held: u64,
        /// How many there must be.
        promised: u64,
    },
    /// The key is another one or the bytes were altered.
    #[error("the sealed paper {0} does not open: the key is not this paper's or the bytes were altered")]
    DoesNotOpen(PaperRef),
    /// The paper inside is another one than the header says.
    #[error("the sealed paper {header} holds paper {content}; it was sealed wrongly, publish it again")]
    OtherPaper {
        /// What the header says.
        header: PaperRef,
        /// What was inside.
        content: PaperRef,
    },
    /// JSON or gzip failed.
    #[error("the paper cannot be written or read: {0}")]
    Content(#[from] std::io::Error),
}

fn cipher(key: &[u8; 32]) -> LessSafeKey {
    let key = UnboundKey::new(&AES_256_GCM, key).expect("an AES-256 key has 32 bytes");
    LessSafeKey::new(key)
}

/// Seals a paper under a key that is used for nothing else.
pub fn seal(paper: &Paper, key: &[u8; 32]) -> Result<Vec<u8>, SealError> {
    let json = serde_json::to_vec(paper).map_err(std::io::Error::from)?;
    let too_large = |bytes: usize| SealError::TooLarge {
        paper: paper.paper,
        bytes: bytes as u64,
    };
    if json.len() as u64 > PAPER_JSON_BYTES_MAX {
        return Err(too_large(json.len()));
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&json)?;
    let plain = gzip.finish()?;
    let sealed = seal_chunks(&plain, paper.paper, CHUNK_BYTES, key)?;
    if sealed.len() > BLOB_BYTES_MAX {
        return Err(too_large(sealed.len()));
    }
    Ok(sealed)
}

/// Opens a sealed paper.
pub fn open(sealed: &[u8], key: &[u8; 32]) -> Result<Paper, SealError> {
    let (header, plain) = open_chunks(sealed, key)?;
    let mut json = Vec::new();
    GzDecoder::new(plain.as_slice())
        .take(PAPER_JSON_BYTES_MAX + 1)
        .read_to_end(&mut json)?;
    if json.len() as u64 > PAPER_JSON_BYTES_MAX {
        return Err(SealError::TooLarge {
            paper: header.paper,
            bytes: json.len() as u64,
        });
    }
    let paper: Paper = serde_json::from_slice(&json).map_err(std::io::Error::from)?;
    if paper.paper != header.paper {
        return Err(SealError::OtherPaper {
            header: header.paper,
            content: paper.paper,
        });
    }
    Ok(paper)
}

fn seal_chunks(
    plain: &[u8],
    paper: PaperRef,
    chunk_bytes: u32,
    key: &[u8; 32],
) -> Result<Vec<u8>, SealError> {
    let header = SealedHeader {
        chunk_bytes,
        plain_bytes: plain.len() as u64,
        paper,
    };
    let cipher = cipher(key);
    let mut sealed = header.to_bytes().to_vec();
    for (number, chunk) in (0..).zip(plain.chunks(chunk_bytes as usize)) {
        let mut chunk = chunk.to_vec();
        let nonce = Nonce::assume_unique_for_key(SealedHeader::nonce(number));
        cipher
            .seal_in_place_append_tag(nonce, Aad::from(header.to_bytes()), &mut chunk)
            .map_err(|_| SealError::TooLarge {
                paper,
                bytes: header.plain_bytes,
            })?;
        sealed.extend_from_slice(&chunk);
    }
    Ok(sealed)
}

fn open_chunks(sealed: &[u8], key: &[u8; 32]) -> Result<(SealedHeader, Vec<u8>), SealError> {
    let header = SealedHeader::parse(sealed)?;
    let chunks = header.plain_bytes.div_ceil(u64::from(header.chunk_bytes));
    let tags = chunks.saturating_mul(TAG_BYTES as u64);
    let promised = (HEADER_BYTES as u64)
        .saturating_add(header.plain_bytes)
        .saturating_add(tags);
    if promised != sealed.len() as u64 {
        return Err(SealError::WrongLength {
            paper: header.paper,
            held: sealed.len() as u64,
            promised,
        });
    }
    let cipher = cipher(key);
    let mut plain = Vec::with_capacity(sealed.len());
    let sealed_chunk_bytes = (header.chunk_bytes as usize).saturating_add(TAG_BYTES);
    for (number, chunk) in (0..).zip(sealed[HEADER_BYTES..].chunks(sealed_chunk_bytes)) {
        let mut chunk = chunk.to_vec();
        let nonce = Nonce::assume_unique_for_key(SealedHeader::nonce(number));
        let opened = cipher
            .open_in_place(nonce, Aad::from(header.to_bytes()), &mut chunk)
            .map_err(|_| SealError::DoesNotOpen(header.paper))?;
        plain.extend_from_slice(opened);
    }
    Ok((header, plain))
}

#[cfg(test)]
mod tests;
