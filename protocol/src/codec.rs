//! The one encoding of everything that is stored or sent: bincode 2, varint, with a limit, all bytes consumed.
//! Nothing else in the workspace configures bincode.

use serde::{Serialize, de::DeserializeOwned};

use crate::limits::MESSAGE_BYTES_MAX;

/// A limit for what is read from our own disk or from Raft (snapshots, registry): still bounded, but larger.
pub const LARGE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Numbers up to this are one byte; the greater ones stand after a mark that says how wide they are.
const ONE_BYTE_MAX: u8 = 250;
const TWO_BYTES: u8 = 251;
const FOUR_BYTES: u8 = 252;
const EIGHT_BYTES: u8 = 253;

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

/// Writes an unsigned number of any width as [`encode`] does, for who writes many small values.
pub(crate) fn push_number(bytes: &mut Vec<u8>, number: u64) {
    if let Ok(small) = u8::try_from(number)
        && small <= ONE_BYTE_MAX
    {
        bytes.push(small);
    } else if let Ok(number) = u16::try_from(number) {
        bytes.push(TWO_BYTES);
        bytes.extend_from_slice(&number.to_le_bytes());
    } else if let Ok(number) = u32::try_from(number) {
        bytes.push(FOUR_BYTES);
        bytes.extend_from_slice(&number.to_le_bytes());
    } else {
        bytes.push(EIGHT_BYTES);
        bytes.extend_from_slice(&number.to_le_bytes());
    }
}

/// Reads what [`push_number`] wrote from the front of the bytes. The caller judges whether it fits.
pub(crate) fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let (first, rest) = bytes.split_first()?;
    let (number, rest) = match *first {
        small @ ..=ONE_BYTE_MAX => (small.into(), rest),
        TWO_BYTES => wide(rest, u16::from_le_bytes)?,
        FOUR_BYTES => wide(rest, u32::from_le_bytes)?,
        EIGHT_BYTES => wide(rest, u64::from_le_bytes)?,
        _ => return None,
    };
    *bytes = rest;
    Some(number)
}

fn wide<T: Into<u64>, const N: usize>(bytes: &[u8], read: fn([u8; N]) -> T) -> Option<(u64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((read(*number).into(), rest))
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
