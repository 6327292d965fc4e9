//! The one encoding of everything that is stored or sent: bincode 2, varint, with a limit, all bytes consumed.
//! Nothing else in the workspace configures bincode.

use serde::{Serialize, de::DeserializeOwned};

use crate::limits::MESSAGE_BYTES_MAX;

/// A limit for what is read from our own disk or from Raft (snapshots, registry): still bounded, but larger.
pub const LARGE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Why a value could not be encoded or decoded.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// The value does not fit its limit or cannot be expressed.
    #[error("cannot encode the value: {0}")]
    Encode(#[from] bincode::error::EncodeError),
    /// The bytes are not such a value.
    #[error("the bytes are not a valid value ({0}); the sender's version or the data is wrong")]
    Decode(#[from] bincode::error::DecodeError),
    /// Bytes are left over after the value.
    #[error("{0} bytes follow the value; the sender's version or the data is wrong")]
    Trailing(usize),
}

fn config() -> bincode::config::Configuration<
    bincode::config::LittleEndian,
    bincode::config::Varint,
    bincode::config::Limit<MESSAGE_BYTES_MAX>,
> {
    bincode::config::standard().with_limit::<MESSAGE_BYTES_MAX>()
}

/// Encodes a message or record.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CodecError> {
    Ok(bincode::serde::encode_to_vec(value, config())?)
}

/// Decodes a message or record; at most [`MESSAGE_BYTES_MAX`], all bytes consumed.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    let (value, used) = bincode::serde::decode_from_slice(bytes, config())?;
    consumed(value, bytes.len() - used)
}

/// Decodes one value from the front of the bytes; returns it and the bytes it took.
pub fn decode_prefix<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, usize), CodecError> {
    Ok(bincode::serde::decode_from_slice(bytes, config())?)
}

/// Encodes something large for our own disk or a snapshot.
pub fn encode_large<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CodecError> {
    Ok(bincode::serde::encode_to_vec(
        value,
        bincode::config::standard().with_limit::<LARGE_BYTES_MAX>(),
    )?)
}

/// Decodes something large; at most [`LARGE_BYTES_MAX`], all bytes consumed.
pub fn decode_large<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    let (value, used) = bincode::serde::decode_from_slice(
        bytes,
        bincode::config::standard().with_limit::<LARGE_BYTES_MAX>(),
    )?;
    consumed(value, bytes.len() - used)
}

fn consumed<T>(value: T, left: usize) -> Result<T, CodecError> {
    if left == 0 {
        Ok(value)
    } else {
        Err(CodecError::Trailing(left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_that_lies_is_refused_before_it_is_allocated() {
        // varint marker 253 = u64 follows: a length of 2^60.
        let mut bytes = vec![253];
        bytes.extend_from_slice(&(1u64 << 60).to_le_bytes());
        assert!(decode::<Vec<u8>>(&bytes).is_err());
    }

    #[test]
    fn bytes_after_the_value_are_refused() {
        let mut bytes = encode(&7u32).unwrap();
        bytes.push(0);
        assert!(matches!(decode::<u32>(&bytes), Err(CodecError::Trailing(1))));
    }
}
