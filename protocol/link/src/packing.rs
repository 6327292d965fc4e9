//! Compression of a stream: each half that packs carries one zstd context for the stream's whole life, so that a short
//! message profits from all that came before it. What is inside a message is not looked at and not changed.
//!
//! A packed message is four bytes of its length when unpacked (big-endian), then what zstd made of it, flushed. The
//! length is held against the stream's cap before anything is reserved, nothing longer than it is ever unpacked, and
//! the window is bounded on both sides, so a peer can make us hold [`WINDOW_BYTES`] for a stream and no more.

use bytes::Bytes;
use zstd::{
    stream::raw::{CParameter, DParameter, Decoder, Encoder, InBuffer, Operation, OutBuffer},
    zstd_safe,
};

use crate::framing::FramingError;

/// What a stream remembers of the past, as a power of two: 12,000 candidates' last answers lie in it.
const WINDOW_LOG: u32 = 20;

/// The same in bytes.
pub const WINDOW_BYTES: usize = 1 << WINDOW_LOG;

/// zstd's effort. Frames are a few megabytes a second at most; see `docs/PERFORMANCE.md` for what other levels give.
const LEVEL: i32 = 5;

const LENGTH_BYTES: usize = 4;

/// Packs what is sent.
pub(crate) struct Packer(Encoder<'static>);

/// Unpacks what is received. After a failure it can do nothing more.
pub(crate) struct Unpacker {
    decoder: Decoder<'static>,
    failed: bool,
}

#[allow(clippy::needless_pass_by_value, reason = "`map_err` hands the error over")]
fn failed(why: impl ToString) -> FramingError {
    FramingError::NotPacked(why.to_string())
}

impl Packer {
    pub(crate) fn new() -> Result<Self, FramingError> {
        let mut encoder = Encoder::new(LEVEL).map_err(failed)?;
        encoder
            .set_parameter(CParameter::WindowLog(WINDOW_LOG))
            .map_err(failed)?;
        Ok(Self(encoder))
    }

    /// The message as it is sent. After a failure the stream cannot be used any more.
    pub(crate) fn pack(&mut self, message: &[u8]) -> Result<Bytes, FramingError> {
        let length = u32::try_from(message.len()).map_err(failed)?;
        let bound = LENGTH_BYTES + zstd_safe::compress_bound(message.len()) + 64;
        let mut packed = Vec::with_capacity(bound);
        packed.extend_from_slice(&length.to_be_bytes());
        let mut out = OutBuffer::around_pos(&mut packed, LENGTH_BYTES);
        let mut input = InBuffer::around(message);
        while input.pos < message.len() {
            self.0.run(&mut input, &mut out).map_err(failed)?;
        }
        if self.0.flush(&mut out).map_err(failed)? > 0 {
            return Err(failed("zstd asks for more room than it said that it needs"));
        }
        Ok(packed.into())
    }
}

impl Unpacker {
    pub(crate) fn new() -> Result<Self, FramingError> {
        let mut decoder = Decoder::new().map_err(failed)?;
        decoder
            .set_parameter(DParameter::WindowLogMax(WINDOW_LOG))
            .map_err(failed)?;
        Ok(Self {
            decoder,
            failed: false,
        })
    }

    /// The message back; at most `bytes_max`, exactly what it says, and nothing left over.
    pub(crate) fn unpack(&mut self, packed: &[u8], bytes_max: usize) -> Result<Bytes, FramingError> {
        if self.failed {
            return Err(failed("an earlier message of this stream could not be unpacked"));
        }
        let message = self.whole(packed, bytes_max);
        self.failed = message.is_err();
        message
    }

    fn whole(&mut self, packed: &[u8], bytes_max: usize) -> Result<Bytes, FramingError> {
        let (length, packed) = packed
            .split_first_chunk::<LENGTH_BYTES>()
            .ok_or_else(|| failed("its length is missing"))?;
        let bytes = u32::from_be_bytes(*length) as usize;
        if bytes > bytes_max {
            return Err(FramingError::TooLong { bytes, bytes_max });
        }
        // One more than it may have, so that more shows.
        let mut message = Vec::with_capacity(bytes + 1);
        let mut out = OutBuffer::around(&mut message);
        let mut input = InBuffer::around(packed);
        loop {
            let (read, written) = (input.pos, out.pos());
            self.decoder.run(&mut input, &mut out).map_err(failed)?;
            if out.pos() > bytes {
                return Err(failed("it is longer than it says"));
            }
            if (input.pos, out.pos()) == (read, written) {
                break;
            }
        }
        if input.pos < packed.len() || out.pos() < bytes {
            return Err(failed("it is shorter than it says"));
        }
        Ok(message.into())
    }
}

impl std::fmt::Debug for Packer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Packer")
    }
}

impl std::fmt::Debug for Unpacker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unpacker")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: usize = 1 << 20;

    fn noise(seed: u64, bytes: usize) -> Vec<u8> {
        let mut state = seed;
        let next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as u8
        };
        std::iter::repeat_with(next).take(bytes).collect()
    }

    #[test]
    fn every_message_comes_back_as_soon_as_it_is_packed() {
        let (mut packer, mut unpacker) = (Packer::new().unwrap(), Unpacker::new().unwrap());
        let (long, zeros) = (noise(1, 300_000), vec![0; 500_000]);
        for message in [&b"first"[..], b"", b"first", &long, &long, &zeros, b"last"] {
            let packed = packer.pack(message).unwrap();
            assert_eq!(unpacker.unpack(&packed, MAX).unwrap(), message);
        }
    }

    #[test]
    fn what_came_before_makes_a_repeat_short() {
        let mut packer = Packer::new().unwrap();
        let message = noise(2, 400);
        let first = packer.pack(&message).unwrap().len();
        let again = packer.pack(&message).unwrap().len();
        assert!(first > 400 && again < 40, "{first}, then {again}");
    }

    #[test]
    fn a_message_that_is_longer_than_it_may_be_or_than_it_says_is_refused() {
        let mut packer = Packer::new().unwrap();
        // A bomb: half a megabyte in a few bytes.
        let packed = packer.pack(&vec![7; 500_000]).unwrap();
        assert!(packed.len() < 1000, "{}", packed.len());
        let refusal = Unpacker::new().unwrap().unpack(&packed, 1000).unwrap_err();
        assert!(
            matches!(
                refusal,
                FramingError::TooLong {
                    bytes: 500_000,
                    bytes_max: 1000
                }
            ),
            "{refusal}"
        );
        let mut lying = packed.to_vec();
        lying[..4].copy_from_slice(&999u32.to_be_bytes());
        let mut unpacker = Unpacker::new().unwrap();
        let refusal = unpacker.unpack(&lying, 1000).unwrap_err();
        assert!(matches!(refusal, FramingError::NotPacked(_)), "{refusal}");
        assert!(
            unpacker.unpack(&packed, MAX).is_err(),
            "nothing follows a failure"
        );
        lying[..4].copy_from_slice(&500_001u32.to_be_bytes());
        assert!(Unpacker::new().unwrap().unpack(&lying, MAX).is_err());
    }

    #[test]
    fn cut_altered_and_foreign_bytes_are_refused_without_a_panic() {
        let message = noise(3, 2000);
        let packed = Packer::new().unwrap().pack(&message).unwrap();
        for end in 0..packed.len() {
            assert!(
                Unpacker::new().unwrap().unpack(&packed[..end], MAX).is_err(),
                "cut at {end}"
            );
        }
        for seed in 0..200 {
            let _ = Unpacker::new().unwrap().unpack(&noise(seed, 300), MAX);
        }
        // A window larger than ours.
        let mut encoder = Encoder::new(1).unwrap();
        encoder.set_parameter(CParameter::WindowLog(24)).unwrap();
        let mut packed = vec![0; 4];
        packed.reserve(10_000);
        packed[..4].copy_from_slice(&2000u32.to_be_bytes());
        let mut out = OutBuffer::around_pos(&mut packed, 4);
        encoder.run(&mut InBuffer::around(&message), &mut out).unwrap();
        encoder.flush(&mut out).unwrap();
        assert!(Unpacker::new().unwrap().unpack(&packed, MAX).is_err());
    }
}
