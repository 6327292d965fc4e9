//! What the head slot adds to a commit: the frame alone, with the head written beside it (what the log does), and with the
//! head synced beside it. The record of one such run decided `docs/decisions/0007`.

use std::{path::Path, time::Duration};

use anyhow::Result;
use protocol::{
    frame::{EncodedRecord, Frame, FrameBuilder},
    hash::Hash,
    ids::{Incarnation, LogId, NodeId, Sequence},
};
use store::{
    Settings,
    durable::{Batch, Durable},
    frames::{FrameLog, FrameStore},
};

/// Records in each frame of a turn: small, middling and nearly full frames.
pub(super) const RECORDS: [usize; 3] = [1, 20, 150];

const FRAMES: usize = 300;

const LOG: LogId = LogId {
    node: NodeId(1),
    incarnation: Incarnation(1),
};

/// Commits a second: the frame alone, the head beside it, the head synced beside it.
pub(super) fn turn(directory: &Path, records: usize, record: &EncodedRecord) -> Result<[f64; 3]> {
    let chain = chain(records, record)?;
    std::fs::create_dir_all(directory)?;
    let alone = Durable::open(&directory.join("alone"), &Settings::default())?;
    let alone = commits_a_second(&chain, |frame| {
        let mut batch = Batch::default();
        batch.put(&frame.first().0.to_be_bytes(), frame.bytes());
        Ok(alone.commit(batch)?)
    })?;
    let mut log = FrameLog::create(&directory.join("beside"), LOG, &Settings::default())?;
    let beside = commits_a_second(&chain, |frame| Ok(log.append(frame)?))?;
    let mut log = FrameLog::create(&directory.join("synced"), LOG, &Settings::default())?;
    let synced = commits_a_second(&chain, |frame| {
        log.append(frame)?;
        Ok(log.checkpoint()?)
    })?;
    Ok([alone, beside, synced])
}

#[expect(clippy::disallowed_methods, reason = "a bench needs a clock")]
fn commits_a_second(chain: &[Frame], mut commit: impl FnMut(&Frame) -> Result<()>) -> Result<f64> {
    let begun = std::time::Instant::now();
    for frame in chain {
        commit(frame)?;
    }
    let took = begun.elapsed().max(Duration::from_micros(1));
    Ok(chain.len() as f64 / took.as_secs_f64())
}

fn chain(records: usize, record: &EncodedRecord) -> Result<Vec<Frame>> {
    let (mut first, mut prev) = (Sequence(1), Hash::ZERO);
    let mut chain = Vec::with_capacity(FRAMES);
    for _ in 0..FRAMES {
        let mut builder = FrameBuilder::new(LOG, first, prev);
        for _ in 0..records {
            builder.push(record);
        }
        let frame = builder.finish()?;
        (first, prev) = (frame.last().next(), frame.hash());
        chain.push(frame);
    }
    Ok(chain)
}
