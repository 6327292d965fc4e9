//! How frames lie in one row of the shelf: a frame alone as it is, or a run of frames of one log that follow each other.
//! Pure. A row for each frame was half of what the centre's processors did while it caught up: at the pace of an exam a
//! frame holds one or two answers, and sled's cost is by the row.
//!
//! ```text
//! a frame alone: its bytes, which begin with "PKF"
//! a run: magic "PKR" and the format version, the last sequence (8, big-endian), then
//!     version 2: the frames as a [`Chain`] in the one codec
//!     version 1, which is read and no longer written: for each frame its length (4) and bytes
//! ```
//!
//! A chain leaves out what follows from the rest: at the pace of an exam more than half of a frame's bytes. They are made
//! again, and proved by the last hash, when the run is read, where each frame's hash would be computed anyway.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use protocol::{
    codec,
    frame::Frame,
    ids::{LogId, Sequence},
    wire::chain::Chain,
};

use super::{ShelfError, parse};

const MAGIC: [u8; 3] = *b"PKR";
const HEADER_BYTES: usize = MAGIC.len() + 1 + size_of::<u64>();
const WHOLE: u8 = 1;
const CHAINED: u8 = 2;
const LENGTH_BYTES: usize = 4;

/// Bytes of a run's frames: hundreds of small ones, some 28 KiB when they are chained; and however they are, below what
/// a row may have.
const RUN_BYTES: usize = 64 * 1024;

/// Frames of one log that follow each other and go into one row.
#[derive(Debug, Clone)]
pub(super) struct Run {
    frames: Vec<Frame>,
}

impl Run {
    /// The runs of these frames, in order; those of one log follow each other where nothing is missing.
    pub(super) fn of(frames: &[Frame]) -> Vec<Self> {
        let mut runs: Vec<Self> = Vec::new();
        let mut bytes = 0;
        for frame in frames {
            let length = frame.bytes().len() + LENGTH_BYTES;
            match runs.last_mut() {
                Some(run)
                    if run.log() == frame.log()
                        && run.last().next() == frame.first()
                        && run.frames[run.frames.len() - 1].hash() == frame.prev()
                        && bytes + length <= RUN_BYTES =>
                {
                    bytes += length;
                    run.frames.push(frame.clone());
                }
                Some(_) | None => {
                    bytes = length;
                    runs.push(Self {
                        frames: vec![frame.clone()],
                    });
                }
            }
        }
        runs
    }

    pub(super) fn log(&self) -> LogId {
        self.frames[0].log()
    }

    pub(super) fn first(&self) -> Sequence {
        self.frames[0].first()
    }

    pub(super) fn last(&self) -> Sequence {
        self.frames[self.frames.len() - 1].last()
    }

    #[cfg(test)]
    pub(super) fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// The row's value.
    pub(super) fn value(&self) -> Result<Bytes, ShelfError> {
        if let [alone] = self.frames.as_slice() {
            return Ok(alone.bytes().clone());
        }
        let chain = Chain::of(&self.frames);
        let chain = codec::encode(&chain.ok_or_else(|| {
            ShelfError::Damaged("frames that are to be stored do not follow each other".to_owned())
        })?)?;
        let mut value = BytesMut::with_capacity(HEADER_BYTES + chain.len());
        value.put_slice(&MAGIC);
        value.put_u8(CHAINED);
        value.put_u64(self.last().0);
        value.put_slice(&chain);
        Ok(value.freeze())
    }
}

/// The frames of a row.
pub(super) fn frames(value: Bytes) -> Result<Vec<Frame>, ShelfError> {
    let frames = match version(&value) {
        None => return Ok(vec![parse(value)?]),
        Some(CHAINED) => chained(&value.slice(HEADER_BYTES..))?,
        Some(WHOLE) => whole(value.slice(HEADER_BYTES..))?,
        Some(version) => {
            return Err(ShelfError::Damaged(format!(
                "a run of frames is of format {version}, which this program does not know"
            )));
        }
    };
    if frames.last().map(Frame::last) == Some(last(&value)?) {
        Ok(frames)
    } else {
        Err(cut())
    }
}

fn chained(body: &[u8]) -> Result<Vec<Frame>, ShelfError> {
    let chain: Chain = codec::decode(body).map_err(|error| ShelfError::Damaged(error.to_string()))?;
    chain
        .frames()
        .map_err(|error| ShelfError::Damaged(error.to_string()))
}

fn whole(mut rest: Bytes) -> Result<Vec<Frame>, ShelfError> {
    let mut frames = Vec::new();
    while rest.has_remaining() {
        if rest.remaining() < LENGTH_BYTES {
            return Err(cut());
        }
        let length = rest.get_u32() as usize;
        if rest.remaining() < length {
            return Err(cut());
        }
        // A copy: a frame that is kept must not hold the whole row.
        frames.push(parse(Bytes::copy_from_slice(&rest.split_to(length)))?);
    }
    Ok(frames)
}

/// The last sequence of a row, without a look at its frames.
pub(super) fn last(value: &Bytes) -> Result<Sequence, ShelfError> {
    match version(value) {
        Some(_) => Ok(Sequence(value.slice(MAGIC.len() + 1..).get_u64())),
        None => Ok(parse(value.clone())?.last()),
    }
}

/// The format of a run; `None` for a frame alone.
fn version(value: &Bytes) -> Option<u8> {
    (value.len() > HEADER_BYTES && value.starts_with(&MAGIC)).then(|| value[MAGIC.len()])
}

fn cut() -> ShelfError {
    ShelfError::Damaged("a run of frames is cut".to_owned())
}

/// A run as version 1 wrote it.
#[cfg(test)]
pub(super) fn whole_value(frames: &[Frame]) -> Bytes {
    let mut value = BytesMut::new();
    value.put_slice(&MAGIC);
    value.put_u8(WHOLE);
    value.put_u64(frames[frames.len() - 1].last().0);
    for frame in frames {
        value.put_u32(frame.bytes().len() as u32);
        value.put_slice(frame.bytes());
    }
    value.freeze()
}
