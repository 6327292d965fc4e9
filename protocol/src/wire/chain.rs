//! Frames of one log, one behind the other, as they go up a link of protocol version 2: without what follows from the
//! rest. A frame's header repeats its log and where it begins, its link to the frame before is that frame's hash, and its
//! own hash is that of its bytes: all of it is made again at the other end, and the frames are the same bytes that the
//! node has on its disk. The last hash travels, and with it the whole chain is checked.
//!
//! At the pace of an exam a frame holds one or two answers, and its two hashes are more bytes than they.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{
    frame::{Frame, FrameError},
    hash::Hash,
    ids::{LogId, Sequence},
    limits::ENTRY_BYTES_MAX,
};

/// Frames of one log that follow each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    log: LogId,
    /// The sequence of the first record.
    first: Sequence,
    /// The hash of the frame before the first one.
    prev: Hash,
    /// The hash of the last one.
    end: Hash,
    links: Vec<Link>,
}

/// What a frame adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Link {
    /// How many records.
    count: u32,
    /// The records.
    body: Bytes,
}

/// Why a chain is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// A frame of it cannot be one.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The bytes are not those that were sent.
    #[error(
        "the chain of frames from sequence {0} does not end with the hash that it names: it was altered or damaged"
    )]
    Hash(Sequence),
    /// There is nothing in it.
    #[error("a chain without frames is not valid")]
    Empty,
    /// There is too much in it.
    #[error("a chain of more than {ENTRY_BYTES_MAX} bytes of frames is not taken; send less at once")]
    TooLong,
}

impl Chain {
    /// The chain of these frames; `None` when they are not of one log or do not follow each other.
    pub fn of(frames: &[Frame]) -> Option<Self> {
        let (first, last) = (frames.first()?, frames.last()?);
        let follows = |pair: &[Frame]| {
            pair[1].log() == pair[0].log()
                && pair[1].first() == pair[0].last().next()
                && pair[1].prev() == pair[0].hash()
        };
        frames.windows(2).all(follows).then(|| Self {
            log: first.log(),
            first: first.first(),
            prev: first.prev(),
            end: last.hash(),
            links: frames
                .iter()
                .map(|frame| Link {
                    count: frame.count(),
                    body: frame.body(),
                })
                .collect(),
        })
    }

    /// Of which log it says that it is.
    pub fn log(&self) -> LogId {
        self.log
    }

    /// The frames, made again and checked: the bytes that they were made of. At most [`ENTRY_BYTES_MAX`] together.
    pub fn frames(&self) -> Result<Vec<Frame>, ChainError> {
        let mut frames: Vec<Frame> = Vec::with_capacity(self.links.len());
        let (mut first, mut prev, mut bytes) = (self.first, self.prev, 0);
        for link in &self.links {
            let frame = Frame::assemble(self.log, first, prev, link.count, &link.body)?;
            bytes += frame.bytes().len();
            if bytes > ENTRY_BYTES_MAX {
                return Err(ChainError::TooLong);
            }
            first = frame.last().next();
            prev = frame.hash();
            frames.push(frame);
        }
        if frames.is_empty() {
            return Err(ChainError::Empty);
        }
        if prev == self.end {
            Ok(frames)
        } else {
            Err(ChainError::Hash(self.first))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        codec,
        epoch::Epoch,
        frame::{EncodedRecord, FrameBuilder},
        ids::{AttemptKey, CandidateId, DeviceTag, Incarnation, NodeId, SittingId},
        record::{Event, Record},
        time::{Instant, When},
    };

    const LOG: LogId = LogId {
        node: NodeId(3),
        incarnation: Incarnation(9),
    };

    fn frames(counts: &[u32]) -> Vec<Frame> {
        let (mut first, mut prev) = (Sequence(5), Hash::blake3(b"before"));
        let frame = |count: &u32| {
            let mut builder = FrameBuilder::new(LOG, first, prev);
            for number in 0..*count {
                let record = Record {
                    when: When {
                        at: Instant(1_700_000_000_000),
                        elapsed_ms: 7,
                        error_ms: 1,
                    },
                    attempt: AttemptKey {
                        sitting: SittingId(1),
                        candidate: CandidateId(number),
                    },
                    event: Event::Moved {
                        epoch: Epoch {
                            number: 2,
                            device: DeviceTag(4),
                        },
                    },
                };
                builder.push(&EncodedRecord::new(&record).unwrap());
            }
            let frame = builder.finish().unwrap();
            (first, prev) = (frame.last().next(), frame.hash());
            frame
        };
        counts.iter().map(frame).collect()
    }

    #[test]
    fn the_frames_come_out_as_the_same_bytes() {
        let frames = frames(&[1, 2, 400, 1]);
        let chain = Chain::of(&frames).unwrap();
        let sent = codec::encode(&chain).unwrap();
        let received: Chain = codec::decode(&sent).unwrap();
        assert_eq!(received.frames().unwrap(), frames);
        let whole: usize = frames.iter().map(|frame| frame.bytes().len()).sum();
        assert!(sent.len() < whole - 64 * 3, "{} of {whole} bytes", sent.len());
    }

    #[test]
    fn frames_that_do_not_follow_each_other_are_no_chain() {
        let frames = frames(&[1, 1, 1]);
        assert_eq!(Chain::of(&[]), None);
        assert_eq!(Chain::of(&[frames[0].clone(), frames[2].clone()]), None);
        assert_eq!(Chain::of(&[frames[1].clone(), frames[0].clone()]), None);
    }

    #[test]
    fn an_altered_chain_is_refused() {
        let frames = frames(&[2, 3]);
        let chain = Chain::of(&frames).unwrap();
        let altered = |alter: &dyn Fn(&mut Chain)| {
            let mut chain = chain.clone();
            alter(&mut chain);
            chain.frames().unwrap_err()
        };
        let mut body = chain.links[0].body.to_vec();
        body[3] ^= 1;
        let wrong_hash = ChainError::Hash(Sequence(5));
        assert_eq!(
            altered(&|chain| chain.links[0].body = body.clone().into()),
            wrong_hash
        );
        assert_eq!(altered(&|chain| chain.links[1].count = 4), wrong_hash);
        assert_eq!(altered(&|chain| chain.links.truncate(1)), wrong_hash);
        assert_eq!(altered(&|chain| chain.prev = Hash::blake3(b"other")), wrong_hash);
        assert_eq!(
            altered(&|chain| chain.first = Sequence(6)),
            ChainError::Hash(Sequence(6))
        );
        assert_eq!(altered(&|chain| chain.links.clear()), ChainError::Empty);
        assert_eq!(
            altered(&|chain| chain.links[0].count = 0),
            ChainError::Frame(FrameError::Empty)
        );
        assert_eq!(
            altered(&|chain| chain.first = Sequence(u64::MAX)),
            ChainError::Frame(FrameError::Empty)
        );
        let large = Bytes::from(vec![0; 70_000]);
        assert!(matches!(
            altered(&|chain| chain.links[0].body = large.clone()),
            ChainError::Frame(FrameError::NotAFrame(_))
        ));
        let long = Bytes::from(vec![0; 60_000]);
        let many = |chain: &mut Chain| {
            for _ in 0..5 {
                chain.links.push(Link {
                    count: 1,
                    body: long.clone(),
                });
            }
        };
        assert_eq!(altered(&many), ChainError::TooLong);
    }
}
