//! Chains of real frames for this crate's tests.

use std::path::Path;

use protocol::{
    epoch::Epoch,
    frame::{EncodedRecord, Frame, FrameBuilder},
    hash::Hash,
    ids::{
        AttemptKey, CandidateId, DeviceTag, Incarnation, ItemNo, LogId, NodeId, OptionId, ResponseSeq,
        Sequence, SittingId,
    },
    record::{Event, Record},
    response::Response,
    time::{Instant, When},
    watermark::Watermark,
};

use super::{FrameLog, FrameStore, Outcome};
use crate::{OpenError, Settings};

pub(crate) fn log() -> LogId {
    LogId {
        node: NodeId(11),
        incarnation: Incarnation(0x00c0_ffee),
    }
}

/// Small caches and a short limit: many logs are opened, some hang.
pub(crate) fn settings() -> Settings {
    Settings {
        open_limit_seconds: 5,
        ..Settings::default()
    }
    .with_cache_bytes(4 * 1024 * 1024)
}

/// The frame after `head`, with `records` answers of the candidate.
pub(crate) fn frame_after(head: Watermark, records: u32, candidate: u32) -> Frame {
    let mut builder = FrameBuilder::new(log(), head.sequence.next(), head.hash);
    for seq in 0..records {
        let record = Record {
            when: When {
                at: Instant(1_700_000_000_000),
                elapsed_ms: u64::from(seq),
                error_ms: 1,
            },
            attempt: AttemptKey {
                sitting: SittingId(1),
                candidate: CandidateId(candidate),
            },
            event: Event::Answered {
                item: ItemNo(1),
                epoch: Epoch::first(DeviceTag(1)),
                seq: ResponseSeq(seq),
                response: Some(Response::Choice(OptionId(1))),
                marked: false,
                late: false,
            },
        };
        builder.push(&EncodedRecord::new(&record).unwrap());
    }
    builder.finish().unwrap()
}

/// A chain of frames from the beginning, `records` in each.
pub(crate) fn frames(count: u32, records: u32) -> Vec<Frame> {
    let mut head = Watermark {
        sequence: Sequence(0),
        hash: Hash::ZERO,
    };
    let mut chain = Vec::new();
    for candidate in 0..count {
        let frame = frame_after(head, records, candidate);
        head = Watermark::after(&frame);
        chain.push(frame);
    }
    chain
}

/// A new log with these frames, closed again.
pub(crate) fn written(dir: &Path, chain: &[Frame]) {
    let mut log = FrameLog::create(dir, log(), &settings()).unwrap();
    for frame in chain {
        log.append(frame).unwrap();
    }
}

/// Opens a log and returns what was visited.
pub(crate) fn opened(dir: &Path) -> Result<(Outcome, Vec<Frame>), OpenError> {
    let mut visited = Vec::new();
    let outcome = FrameLog::open(
        dir,
        Some(log()),
        &settings(),
        &mut |frame| visited.push(frame.clone()),
        &mut |_| (),
    )?;
    Ok((outcome, visited))
}

/// Copies a directory whole.
pub(crate) fn copy_directory(from: &Path, to: &Path) {
    crate::directory::copy(from, to).unwrap();
}
