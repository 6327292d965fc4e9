//! The answers file: what a candidate's device holds of an attempt, sealed, for the day when no node can be reached from
//! it. The page makes one (`node/web/js/device/answers_file.js`), an invigilator carries it, a node opens and applies it.
//!
//! ```text
//! 0  4  magic "PKA" and the format version "1"
//! 4  4  sitting      8  4  candidate     (big-endian)
//! 12 12 nonce: random
//! 24 n  AES-256-GCM: ciphertext, then the 16-byte tag; its plain text is gzip of the JSON of [`AnswersFile`]
//! ```
//! The first 24 bytes are associated data. The key ([`key`]) is of one attempt; every node can derive it from the key that
//! seals tokens, and the device is given it with the start. So whoever finds a file reads nothing, and nobody makes a file
//! for another's attempt. What is in a file is believed as far as a save from that device would be, and no further.

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    io::{Read, Write},
};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    hash::Hash,
    ids::{AttemptKey, CandidateId, ItemNo, ResponseSeq, SittingId},
    record::SubmissionId,
    response::Response,
    time::Instant,
};

/// A file at most; one of an ordinary paper has some kilobytes.
pub const FILE_BYTES_MAX: usize = 1024 * 1024;

/// Its JSON at most.
pub const PLAIN_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Responses in one file: one for each item of the largest paper, several times over.
pub const RESPONSES_MAX: usize = 2_000;

/// Stays of which a file may carry tokens.
pub const TOKENS_MAX: usize = 64;

const MAGIC: [u8; 4] = *b"PKA1";
const NONCE_BYTES: usize = 12;
const HEADER_BYTES: usize = 24;
const VERSION: u8 = 1;

/// Binds the key to its use; never changes for this format.
const KEY_CONTEXT: &str = "pariksha 2026-11 answers file v1";

/// What a device holds of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswersFile {
    /// Of this text.
    pub version: u8,
    /// The attempt's token of each stay, by the epoch's number.
    pub tokens: BTreeMap<u16, String>,
    /// Everything that was given at this device, delivered or not.
    pub responses: Vec<KeptResponse>,
    /// The submission that the candidate confirmed.
    #[serde(default, with = "submission_text")]
    pub submission: Option<SubmissionId>,
    /// The digest of what was handed in.
    #[serde(default)]
    pub digest: Option<Hash>,
    /// When the device made the file, by what it knew of district time. To be shown, never to be judged by.
    #[serde(default, deserialize_with = "any_milliseconds")]
    pub made_at: Option<Instant>,
}

/// A response as the device holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptResponse {
    /// The number of the stay in which it was given.
    pub epoch: u16,
    /// To which item.
    pub item: ItemNo,
    /// Its place among the device's responses.
    pub seq: ResponseSeq,
    /// What was given; `None` clears.
    pub response: Option<Response>,
    /// Whether it is marked for review.
    #[serde(default)]
    pub marked: bool,
}

/// Why bytes are no answers file that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswersFileError {
    /// Other bytes.
    #[error("this is not a file of answers: it does not begin as one")]
    NotOne,
    /// More than there can be.
    #[error("this is too long for a file of answers: {0}")]
    TooLong(&'static str),
    /// Altered, cut off, or sealed under another key.
    #[error(
        "the file does not open: it was altered or is not whole, or it is of another cluster; save it at the candidate's device again"
    )]
    DoesNotOpen,
    /// It opens, but this build does not understand it.
    #[error("the file cannot be understood: {0}; was it made by a page of another version?")]
    NotUnderstood(String),
}

/// The key of an attempt's files, from the key that seals tokens.
pub fn key(token_key: &Hash, attempt: AttemptKey) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(KEY_CONTEXT);
    hasher.update(token_key.as_bytes());
    hasher.update(&attempt.sitting.0.to_be_bytes());
    hasher.update(&attempt.candidate.0.to_be_bytes());
    *hasher.finalize().as_bytes()
}

/// The name that the page gives a file.
pub fn name(attempt: AttemptKey) -> String {
    format!("pariksha-{}-{}.answers", attempt.candidate, attempt.sitting)
}

/// Opens a file under the key that seals tokens. The attempt is the one that the file was sealed for.
pub fn open(token_key: &Hash, bytes: &[u8]) -> Result<(AttemptKey, AnswersFile), AnswersFileError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(AnswersFileError::TooLong("it has more than 1 MiB"));
    }
    let (header, sealed) = bytes
        .split_first_chunk::<HEADER_BYTES>()
        .ok_or(AnswersFileError::NotOne)?;
    let (attempt, nonce) = parse(header)?;
    let mut packed = sealed.to_vec();
    let opened = cipher(&key(token_key, attempt))
        .open_in_place(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(header),
            &mut packed,
        )
        .map_err(|_| AnswersFileError::DoesNotOpen)?;
    let file = read(&unpack(opened)?)?;
    Ok((attempt, file))
}

/// Seals a file under an attempt's key. The nonce is random, from the caller.
pub fn seal(
    key: &[u8; 32],
    attempt: AttemptKey,
    nonce: [u8; NONCE_BYTES],
    file: &AnswersFile,
) -> Result<Vec<u8>, AnswersFileError> {
    let text = serde_json::to_vec(file).map_err(not_understood)?;
    let mut bytes = pack(&text).map_err(not_understood)?;
    let header = header(attempt, nonce);
    cipher(key)
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(&header),
            &mut bytes,
        )
        .map_err(|_| AnswersFileError::TooLong("the cipher does not take it"))?;
    Ok([&header[..], &bytes].concat())
}

fn header(attempt: AttemptKey, nonce: [u8; NONCE_BYTES]) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..4].copy_from_slice(&MAGIC);
    header[4..8].copy_from_slice(&attempt.sitting.0.to_be_bytes());
    header[8..12].copy_from_slice(&attempt.candidate.0.to_be_bytes());
    header[12..].copy_from_slice(&nonce);
    header
}

fn parse(header: &[u8; HEADER_BYTES]) -> Result<(AttemptKey, [u8; NONCE_BYTES]), AnswersFileError> {
    let rest = header.strip_prefix(&MAGIC).ok_or(AnswersFileError::NotOne)?;
    let parts = rest
        .split_first_chunk::<4>()
        .and_then(|(sitting, rest)| Some((sitting, rest.split_first_chunk::<4>()?)));
    let (sitting, (candidate, nonce)) = parts.ok_or(AnswersFileError::NotOne)?;
    let attempt = AttemptKey {
        sitting: SittingId(u32::from_be_bytes(*sitting)),
        candidate: CandidateId(u32::from_be_bytes(*candidate)),
    };
    let nonce = nonce.try_into().map_err(|_| AnswersFileError::NotOne)?;
    Ok((attempt, nonce))
}

fn cipher(key: &[u8; 32]) -> LessSafeKey {
    let key = UnboundKey::new(&AES_256_GCM, key).expect("an AES-256 key has 32 bytes");
    LessSafeKey::new(key)
}

fn pack(text: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text)?;
    encoder.finish()
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>, AnswersFileError> {
    let mut text = Vec::new();
    let mut bounded = GzDecoder::new(packed).take(PLAIN_BYTES_MAX as u64 + 1);
    bounded.read_to_end(&mut text).map_err(not_understood)?;
    if text.len() > PLAIN_BYTES_MAX {
        return Err(AnswersFileError::TooLong("its text has more than 4 MiB"));
    }
    Ok(text)
}

fn read(text: &[u8]) -> Result<AnswersFile, AnswersFileError> {
    let file: AnswersFile = serde_json::from_slice(text).map_err(not_understood)?;
    if file.version != VERSION {
        let words = format!("its version is {}, this node reads {VERSION}", file.version);
        return Err(AnswersFileError::NotUnderstood(words));
    }
    if file.responses.len() > RESPONSES_MAX {
        return Err(AnswersFileError::TooLong("it has more than 2,000 responses"));
    }
    if file.tokens.len() > TOKENS_MAX {
        return Err(AnswersFileError::TooLong("it has tokens of more than 64 stays"));
    }
    Ok(file)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "errors are handed over at the end of their life"
)]
fn not_understood(error: impl ToString) -> AnswersFileError {
    AnswersFileError::NotUnderstood(error.to_string())
}

/// A page's clock counts in fractions of milliseconds.
fn any_milliseconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Instant>, D::Error> {
    let ms = Option::<f64>::deserialize(deserializer)?;
    Ok(ms.map(|ms| Instant(ms as i64)))
}

/// 32 hexadecimal digits, or nothing.
mod submission_text {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

    use crate::record::SubmissionId;

    #[expect(clippy::ref_option, reason = "serde asks for it so")]
    pub(super) fn serialize<S: Serializer>(
        id: &Option<SubmissionId>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        id.map(hex::encode).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<SubmissionId>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        let read = |text: String| {
            let mut id = SubmissionId::default();
            hex::decode_to_slice(text, &mut id).map(|()| id)
        };
        let read = text.map(read).transpose();
        read.map_err(|_| D::Error::custom("a submission is 32 hexadecimal digits"))
    }
}
