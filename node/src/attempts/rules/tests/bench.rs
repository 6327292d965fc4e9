//! An attempt fed with records as a log would hold them.

use protocol::{
    epoch::Epoch,
    hash::Hash,
    ids::{
        AttemptKey, CandidateId, DeviceTag, DistrictId, Incarnation, ItemNo, LogId, NodeId, OptionId,
        PaperId, PaperRef, PaperVersion, ResponseSeq, Sequence, SittingId,
    },
    outline::{ItemOutline, Outline, ResponseKind},
    record::{Event, Record},
    response::Response,
    sitting::Sitting,
    time::{Instant, When},
};

use super::super::*;
use crate::attempts::slot::{Held, Place};

pub(super) const HERE: NodeId = NodeId(1);
pub(super) const THERE: NodeId = NodeId(2);
pub(super) const PHONE: DeviceTag = DeviceTag(11);
pub(super) const TABLET: DeviceTag = DeviceTag(22);
pub(super) const OPENS: Instant = Instant(1_000_000);
pub(super) const HOUR_MS: i64 = 3_600_000;

pub(super) fn sitting() -> Sitting {
    Sitting {
        id: SittingId(1),
        title: "Morning".into(),
        paper: PaperRef {
            paper: PaperId(1),
            version: PaperVersion(1),
        },
        opens: OPENS,
        closes: OPENS.plus_ms(3 * HOUR_MS),
        duration_ms: HOUR_MS as u32,
        districts: vec![DistrictId(1)],
        batch: String::new(),
        order_secret: Hash::ZERO,
    }
}

pub(super) fn outline() -> Outline {
    let items = (1..=3).map(|no| {
        let kind = if no == 3 {
            ResponseKind::Number
        } else {
            ResponseKind::Choice { options: 4 }
        };
        (ItemNo(no), ItemOutline { no: ItemNo(no), kind })
    });
    Outline {
        paper: sitting().paper,
        items: items.collect(),
    }
}

/// An attempt and the log it grows from.
pub(super) struct Bench {
    pub(super) held: Held,
    pub(super) sequence: u64,
}

impl Bench {
    pub(super) fn new() -> Self {
        let key = AttemptKey {
            sitting: SittingId(1),
            candidate: CandidateId(5),
        };
        Self {
            held: Held::new(key),
            sequence: 0,
        }
    }

    pub(super) fn started() -> Self {
        let mut bench = Self::new();
        let events = bench.start(PHONE, HERE, Elsewhere::Refuse, OPENS).unwrap();
        bench.apply(events, HERE, OPENS);
        bench
    }

    pub(super) fn apply(&mut self, events: Vec<Event>, node: NodeId, at: Instant) {
        for event in events {
            self.sequence += 1;
            let when = When {
                at,
                elapsed_ms: 0,
                error_ms: 0,
            };
            let record = Record {
                when,
                attempt: self.held.key,
                event,
            };
            let log = LogId {
                node,
                incarnation: Incarnation(1),
            };
            let place = Place {
                log,
                sequence: Sequence(self.sequence),
            };
            self.held.apply(&record, place, HERE);
        }
    }

    pub(super) fn start(
        &self,
        device: DeviceTag,
        node: NodeId,
        elsewhere: Elsewhere,
        now: Instant,
    ) -> Result<Vec<Event>, StartRefusal> {
        let request = StartRequest {
            sitting: &sitting(),
            extra_permille: 0,
            device,
            node,
            elsewhere,
            release: ReleaseState::Released,
        };
        decide_start(&self.held, request, now)
    }

    pub(super) fn epoch(&self) -> Epoch {
        self.held.merged.epoch().unwrap()
    }

    pub(super) fn decide(
        &self,
        epoch: Epoch,
        requests: &[AnswerRequest],
        now: Instant,
    ) -> Result<Decision, SaveRefusal> {
        let deadline = self.held.merged.deadline().unwrap_or(OPENS);
        decide_answers(&self.held, &outline(), epoch, deadline, requests, now)
    }

    /// Saves, applies, and gives the verdicts.
    pub(super) fn save(&mut self, epoch: Epoch, requests: &[AnswerRequest], now: Instant) -> Vec<Verdict> {
        let decision = self.decide(epoch, requests, now).unwrap();
        self.apply(decision.events, HERE, now);
        decision.verdicts
    }
}

pub(super) fn choose(item: u16, seq: u32, option: u8) -> AnswerRequest {
    AnswerRequest {
        item: ItemNo(item),
        seq: ResponseSeq(seq),
        response: Some(Response::Choice(OptionId(option))),
        marked: false,
    }
}

pub(super) const SAVE: Verdict = Verdict::Save { late: false };
