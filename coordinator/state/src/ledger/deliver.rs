//! Taking frames: check the hash, the node, the chain and the continuity; merge; advance the watermark. All in one
//! command, so that a watermark never says more than what was merged.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use protocol::{
    frame::{Frame, FrameError},
    ids::LogId,
    limits::ENTRY_BYTES_MAX,
    time::Instant,
    watermark::{Continuity, Watermark},
    wire::centre::Refusal,
};

use crate::{
    alarm::{Alarm, AlarmKind, raise},
    bounds::{FRAMES_PER_COMMAND_MAX, LOGS_PER_NODE_MAX, count_within, size},
    effects::{Changes, Delivery, Outcome},
    rejection::Rejection,
    state::State,
};

/// Who brought frames, and when.
#[derive(Clone, Copy)]
pub(crate) struct Bringer<'a> {
    pub(crate) at: Instant,
    pub(crate) by: &'a str,
}

impl State {
    pub(crate) fn deliver(
        &mut self,
        frames: &[Bytes],
        bringer: Bringer<'_>,
        changes: &mut Changes,
    ) -> Result<Outcome, Rejection> {
        count_within("frames in one command", frames.len(), FRAMES_PER_COMMAND_MAX)?;
        size(
            "one command's frames",
            frames.iter().map(Bytes::len).sum(),
            ENTRY_BYTES_MAX,
        )?;
        let mut logs: BTreeMap<LogId, Result<Watermark, Refusal>> = BTreeMap::new();
        let mut damaged = Vec::new();
        for bytes in frames {
            match Frame::parse(bytes.clone()) {
                Ok(frame) => {
                    // After a refused frame nothing of its log can follow.
                    if !matches!(logs.get(&frame.log()), Some(Err(_))) {
                        let result = self.take(&frame, bringer, changes);
                        logs.insert(frame.log(), result);
                    }
                }
                Err(error @ FrameError::Hash { log, .. }) => {
                    self.alarm(AlarmKind::Damaged, log, error.to_string(), bringer.at, changes);
                    logs.insert(log, Err(Refusal::Damaged(error.to_string())));
                }
                Err(error) => damaged.push(error.to_string()),
            }
        }
        // Once for all frames of a log, also where a later one was refused.
        let advanced: BTreeSet<LogId> = changes.frames.iter().map(Frame::log).collect();
        for log in advanced {
            self.ledger.watermarks.write(changes, &log);
        }
        let logs = logs
            .into_iter()
            .map(|(log, result)| Delivery { log, result })
            .collect();
        Ok(Outcome::Delivered { logs, damaged })
    }

    fn take(
        &mut self,
        frame: &Frame,
        bringer: Bringer<'_>,
        changes: &mut Changes,
    ) -> Result<Watermark, Refusal> {
        let log = frame.log();
        self.may_hold(log, bringer, changes)?;
        let watermark = self.ledger.watermark(&log);
        match watermark.continuity(frame) {
            Continuity::Next => Ok(self.advance(frame, bringer, changes)),
            Continuity::Gap { from } => Err(Refusal::Gap(from)),
            Continuity::Held => {
                let folded = self.ledger.folded.get(&log);
                if folded.is_some_and(|folded| folded.holds(frame)) {
                    Ok(watermark)
                } else {
                    Err(self.fork(frame, bringer, changes))
                }
            }
            Continuity::Fork => Err(self.fork(frame, bringer, changes)),
        }
    }

    fn may_hold(&mut self, log: LogId, bringer: Bringer<'_>, changes: &mut Changes) -> Result<(), Refusal> {
        if !self.registry.nodes.contains(&log.node) {
            let detail = format!(
                "frames of node {} came, which this cluster does not know",
                log.node
            );
            self.alarm(AlarmKind::UnknownNode, log, detail.clone(), bringer.at, changes);
            return Err(Refusal::NotYours(detail));
        }
        if self.ledger.watermarks.contains(&log) || self.logs_of(log.node).count() < LOGS_PER_NODE_MAX {
            return Ok(());
        }
        Err(Refusal::NotYours(format!(
            "node {} has {LOGS_PER_NODE_MAX} logs already; find out why it begins new ones",
            log.node
        )))
    }

    fn advance(&mut self, frame: &Frame, bringer: Bringer<'_>, changes: &mut Changes) -> Watermark {
        let log = frame.log();
        let unreadable = self.ledger.fold(frame, &mut self.attempts);
        if unreadable > 0 {
            let detail = format!(
                "{unreadable} records of log {log} from sequence {} cannot be read; they are kept, update the coordinators",
                frame.first()
            );
            self.alarm(AlarmKind::Unreadable, log, detail, bringer.at, changes);
        }
        let watermark = Watermark::after(frame);
        self.ledger.watermarks.hold(log, watermark);
        changes.frames.push(frame.clone());
        watermark
    }

    fn fork(&mut self, frame: &Frame, bringer: Bringer<'_>, changes: &mut Changes) -> Refusal {
        let log = frame.log();
        self.ledger.keep_fork(frame, bringer.at, bringer.by, changes);
        let detail = format!(
            "another history came for sequence {} of log {log}; it is kept as evidence and was not merged. The node's disk \
             was restored or altered: let it take a new incarnation",
            frame.first()
        );
        self.alarm(AlarmKind::Fork, log, detail, bringer.at, changes);
        Refusal::Fork(frame.first())
    }

    pub(crate) fn alarm(
        &mut self,
        kind: AlarmKind,
        log: LogId,
        detail: String,
        at: Instant,
        changes: &mut Changes,
    ) {
        let next = self.registry.count(changes, |counters| {
            counters.alarm += 1;
            counters.alarm
        });
        let alarm = Alarm {
            kind,
            log,
            detail,
            first: at,
            last: at,
            count: 1,
        };
        raise(&mut self.alarms, next, alarm, changes);
    }
}
