//! How frames lie in one row of the shelf: a frame alone as it is, or a run of frames of one log that follow each other.
//! Pure. A row for each frame was half of what the centre's processors did while it caught up: at the pace of an exam a
//! frame holds one or two answers, and sled's cost is by the row.
//!
//! ```text
//! a frame alone: its bytes, which begin with "PKF"
//! a run: magic "PKR" and the format version, the last sequence (8, big-endian), then for each frame its length (4) and bytes
//! ```

use bytes::{Buf, BufMut, Bytes, BytesMut};
use protocol::{
    frame::Frame,
    ids::{LogId, Sequence},
};

use super::{ShelfError, parse};

const MAGIC: [u8; 4] = *b"PKR\x01";
const LENGTH_BYTES: usize = 4;

/// Bytes of a run: far below what a row may have, so that a leaf of such rows stays small, and hundreds of small frames.
const RUN_BYTES: usize = 32 * 1024;

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

    /// The row's value.
    pub(super) fn value(&self) -> Bytes {
        if let [alone] = self.frames.as_slice() {
            return alone.bytes().clone();
        }
        let mut value = BytesMut::with_capacity(RUN_BYTES);
        value.put_slice(&MAGIC);
        value.put_u64(self.last().0);
        for frame in &self.frames {
            value.put_u32(frame.bytes().len() as u32);
            value.put_slice(frame.bytes());
        }
        value.freeze()
    }
}

/// The frames of a row.
pub(super) fn frames(value: Bytes) -> Result<Vec<Frame>, ShelfError> {
    let Some(mut rest) = run_body(&value) else {
        return Ok(vec![parse(value)?]);
    };
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
    if frames.last().map(Frame::last) == Some(last(&value)?) {
        Ok(frames)
    } else {
        Err(cut())
    }
}

/// The last sequence of a row, without a look at its frames.
pub(super) fn last(value: &Bytes) -> Result<Sequence, ShelfError> {
    match run_body(value) {
        Some(_) => Ok(Sequence(value.slice(MAGIC.len()..).get_u64())),
        None => Ok(parse(value.clone())?.last()),
    }
}

fn run_body(value: &Bytes) -> Option<Bytes> {
    let header = MAGIC.len() + size_of::<u64>();
    (value.len() > header && value[..MAGIC.len()] == MAGIC).then(|| value.slice(header..))
}

fn cut() -> ShelfError {
    ShelfError::Damaged("a run of frames is cut".to_owned())
}
