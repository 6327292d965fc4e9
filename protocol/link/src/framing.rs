//! How a message lies on a stream, as a pure function over bytes.
//!
//! Four bytes of length (big-endian, counting all that follows), one byte of version, the payload. The length is held
//! against the cap before anything is reserved for it, and the version before the payload is waited for. Used by the
//! QUIC streams and by whatever carries the same messages where UDP is dropped.

use bytes::{Buf, Bytes, BytesMut};

/// The version of the messages that we send.
pub const MESSAGE_VERSION: u8 = 1;

/// A message whose payload is packed ([`crate::packing`]): only on links of protocol version 2 and later.
pub(crate) const MESSAGE_VERSION_PACKED: u8 = 2;

/// The versions of messages that we read: plain and packed ones.
pub const MESSAGE_VERSIONS: &[u8] = &[MESSAGE_VERSION, MESSAGE_VERSION_PACKED];

/// The bytes before a payload.
pub(crate) const HEADER_BYTES: usize = LENGTH_BYTES + VERSION_BYTES;

const LENGTH_BYTES: usize = 4;
const VERSION_BYTES: usize = 1;

/// Bytes that are not a message. The stream cannot be read any further.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FramingError {
    /// Longer than this stream takes.
    #[error("a message of {bytes} bytes is refused: this stream takes {bytes_max} at most")]
    TooLong {
        /// What the message says or has.
        bytes: usize,
        /// The stream's cap.
        bytes_max: usize,
    },
    /// No version byte.
    #[error("a message without a version byte is refused: the other side does not speak this protocol")]
    NoVersion,
    /// A version that we do not know.
    #[error(
        "message version {version} is refused: this side reads versions {MESSAGE_VERSIONS:?}; update the older side"
    )]
    UnknownVersion {
        /// The version that the message carries.
        version: u8,
    },
    /// A packed message cannot be unpacked, or one cannot be packed.
    #[error("a packed message is refused: {0}; the stream cannot be used any more, open another")]
    NotPacked(String),
}

/// How a payload lies in its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As it is.
    Plain,
    /// Packed.
    Packed,
}

/// What the bytes so far amount to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parsed {
    /// A whole message; it has been taken out of the buffer.
    Message(Form, Bytes),
    /// So many more bytes are needed before more can be said.
    Missing(usize),
}

/// The bytes before a payload, or the refusal of a payload that is too long.
pub(crate) fn header(
    payload_bytes: usize,
    payload_bytes_max: usize,
    form: Form,
) -> Result<[u8; HEADER_BYTES], FramingError> {
    let too_long = FramingError::TooLong {
        bytes: payload_bytes,
        bytes_max: payload_bytes_max,
    };
    if payload_bytes > payload_bytes_max {
        return Err(too_long);
    }
    let length = u32::try_from(payload_bytes + VERSION_BYTES).map_err(|_| too_long)?;
    let [a, b, c, d] = length.to_be_bytes();
    let version = match form {
        Form::Plain => MESSAGE_VERSION,
        Form::Packed => MESSAGE_VERSION_PACKED,
    };
    Ok([a, b, c, d, version])
}

/// Takes the first message out of the buffer, or says what is missing. The buffer grows only by what a checked
/// length needs.
pub(crate) fn parse(buffer: &mut BytesMut, payload_bytes_max: usize) -> Result<Parsed, FramingError> {
    let Some(length) = buffer.first_chunk::<LENGTH_BYTES>() else {
        return Ok(Parsed::Missing(HEADER_BYTES - buffer.len()));
    };
    let length = u32::from_be_bytes(*length) as usize;
    let payload_bytes = length.checked_sub(VERSION_BYTES).ok_or(FramingError::NoVersion)?;
    if payload_bytes > payload_bytes_max {
        return Err(FramingError::TooLong {
            bytes: payload_bytes,
            bytes_max: payload_bytes_max,
        });
    }
    let Some(&version) = buffer.get(LENGTH_BYTES) else {
        return Ok(Parsed::Missing(HEADER_BYTES + payload_bytes - buffer.len()));
    };
    let form = match version {
        MESSAGE_VERSION => Form::Plain,
        MESSAGE_VERSION_PACKED => Form::Packed,
        version => return Err(FramingError::UnknownVersion { version }),
    };
    let missing = (HEADER_BYTES + payload_bytes).saturating_sub(buffer.len());
    if missing > 0 {
        buffer.reserve(missing);
        return Ok(Parsed::Missing(missing));
    }
    buffer.advance(HEADER_BYTES);
    Ok(Parsed::Message(form, buffer.split_to(payload_bytes).freeze()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(payload: &[u8]) -> Vec<u8> {
        [
            &header(payload.len(), payload.len(), Form::Plain).unwrap()[..],
            payload,
        ]
        .concat()
    }

    #[test]
    fn messages_come_out_whole_however_the_bytes_are_cut() {
        let bytes = [framed(b"first"), framed(b""), framed(b"third")].concat();
        for cut in 0..bytes.len() {
            let mut buffer = BytesMut::from(&bytes[..cut]);
            let mut messages = Vec::new();
            let mut rest = &bytes[cut..];
            while messages.len() < 3 {
                match parse(&mut buffer, 100).unwrap() {
                    Parsed::Message(_, message) => messages.push(message),
                    Parsed::Missing(missing) => {
                        assert!(missing > 0 && missing <= rest.len(), "cut at {cut}");
                        buffer.extend_from_slice(&rest[..missing]);
                        rest = &rest[missing..];
                    }
                }
            }
            assert_eq!(messages, [&b"first"[..], b"", b"third"]);
            assert!(buffer.is_empty() && rest.is_empty());
        }
    }

    #[test]
    fn a_message_that_is_too_long_is_refused_before_anything_is_reserved_for_it() {
        let mut buffer = BytesMut::from(&[0xff, 0xff, 0xff, 0xff][..]);
        let before = buffer.capacity();
        let refusal = parse(&mut buffer, 1 << 20);
        assert_eq!(
            refusal,
            Err(FramingError::TooLong {
                bytes: 0xffff_fffe,
                bytes_max: 1 << 20
            })
        );
        assert_eq!(buffer.capacity(), before);
        assert!(header(11, 10, Form::Plain).is_err());
    }

    #[test]
    fn an_unknown_version_is_refused_by_name_before_its_payload_arrives() {
        let mut buffer = BytesMut::from(&[0, 0, 0, 100, 9][..]);
        let refusal = parse(&mut buffer, 1000).unwrap_err();
        assert_eq!(refusal, FramingError::UnknownVersion { version: 9 });
        assert!(refusal.to_string().contains("version 9"));
    }

    #[test]
    fn a_message_without_a_version_is_refused() {
        let mut buffer = BytesMut::from(&[0, 0, 0, 0][..]);
        assert_eq!(parse(&mut buffer, 1000), Err(FramingError::NoVersion));
    }
}
