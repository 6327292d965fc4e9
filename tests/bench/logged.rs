//! What a stopped node's disk holds: the answers in its log, counted record by record after the whole chain was verified.

use std::path::Path;

use anyhow::{Result, bail};
use protocol::{frame::Frame, record::Event};
use store::frames::{FrameLog, Outcome};

/// Answers in all lives of a node's log.
pub(crate) fn answers(data: &Path) -> Result<u64> {
    let mut answers = 0;
    for entry in std::fs::read_dir(data.join("log"))? {
        let life = entry?.path();
        if !life.is_dir() {
            continue;
        }
        let mut visit = |frame: &Frame| {
            let given = |event: &Event| matches!(event, Event::Answered { .. });
            answers += frame
                .known_records()
                .filter(|(_, record)| given(&record.event))
                .count() as u64;
        };
        let settings = store::Settings::default();
        if let Outcome::Doubt { reason } = FrameLog::open(&life, None, &settings, &mut visit, &mut |_| {})? {
            bail!("{} is in doubt: {reason}", life.display());
        }
    }
    Ok(answers)
}
