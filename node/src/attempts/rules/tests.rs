//! The rules, fed with records as a log would hold them.

use protocol::{
    deadline::GRACE_MS,
    epoch::Epoch,
    hash::Hash,
    ids::{
        AttemptKey, CandidateId, DeviceTag, DistrictId, GrantId, Incarnation, ItemNo, LogId, NodeId, OptionId,
        PaperId, PaperRef, PaperVersion, ResponseSeq, Sequence, SittingId,
    },
    merge::LatePolicy,
    outline::{ItemOutline, Outline, ResponseKind},
    record::{Event, Record, SubmittedBy},
    response::Response,
    sitting::Sitting,
    time::{Instant, When},
};

use super::*;
use crate::attempts::slot::{Held, Place};

const HERE: NodeId = NodeId(1);
const THERE: NodeId = NodeId(2);
const PHONE: DeviceTag = DeviceTag(11);
const TABLET: DeviceTag = DeviceTag(22);
const OPENS: Instant = Instant(1_000_000);
const HOUR_MS: i64 = 3_600_000;

fn sitting() -> Sitting {
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

fn outline() -> Outline {
    let items = (1..=3).map(|no| {
        let kind = if no == 3 { ResponseKind::Number } else { ResponseKind::Choice { options: 4 } };
        (ItemNo(no), ItemOutline { no: ItemNo(no), kind })
    });
    Outline {
        paper: sitting().paper,
        items: items.collect(),
    }
}

/// An attempt and the log it grows from.
struct Bench {
    held: Held,
    sequence: u64,
}

impl Bench {
    fn new() -> Self {
        let key = AttemptKey {
            sitting: SittingId(1),
            candidate: CandidateId(5),
        };
        Self {
            held: Held::new(key),
            sequence: 0,
        }
    }

    fn started() -> Self {
        let mut bench = Self::new();
        let events = bench.start(PHONE, HERE, Elsewhere::Refuse, OPENS).unwrap();
        bench.apply(events, HERE, OPENS);
        bench
    }

    fn apply(&mut self, events: Vec<Event>, node: NodeId, at: Instant) {
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

    fn start(
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

    fn epoch(&self) -> Epoch {
        self.held.merged.epoch().unwrap()
    }

    fn decide(&self, epoch: Epoch, requests: &[AnswerRequest], now: Instant) -> Result<Decision, SaveRefusal> {
        let deadline = self.held.merged.deadline().unwrap_or(OPENS);
        decide_answers(&self.held, &outline(), epoch, deadline, requests, now)
    }

    /// Saves, applies, and gives the verdicts.
    fn save(&mut self, epoch: Epoch, requests: &[AnswerRequest], now: Instant) -> Vec<Verdict> {
        let decision = self.decide(epoch, requests, now).unwrap();
        self.apply(decision.events, HERE, now);
        decision.verdicts
    }
}

fn choose(item: u16, seq: u32, option: u8) -> AnswerRequest {
    AnswerRequest {
        item: ItemNo(item),
        seq: ResponseSeq(seq),
        response: Some(Response::Choice(OptionId(option))),
        marked: false,
    }
}

const SAVE: Verdict = Verdict::Save { late: false };

#[test]
fn an_attempt_starts_only_while_its_sitting_is_open_and_released() {
    let bench = Bench::new();
    let early = bench.start(PHONE, HERE, Elsewhere::Refuse, OPENS.plus_ms(-5));
    assert_eq!(early, Err(StartRefusal::NotOpen { wait_ms: 5 }));
    let late = bench.start(PHONE, HERE, Elsewhere::Refuse, sitting().closes);
    assert_eq!(late, Err(StartRefusal::Closed));
    let sealed = StartRequest {
        sitting: &sitting(),
        extra_permille: 0,
        device: PHONE,
        node: HERE,
        elsewhere: Elsewhere::Refuse,
        release: ReleaseState::Sealed,
    };
    assert_eq!(decide_start(&bench.held, sealed, OPENS), Err(StartRefusal::NotReleased));
    let started = bench.start(PHONE, HERE, Elsewhere::Refuse, OPENS).unwrap();
    let expected = Event::Started {
        epoch: Epoch::first(PHONE),
        paper: sitting().paper,
        deadline: OPENS.plus_ms(HOUR_MS),
    };
    assert_eq!(started, [expected]);
}

#[test]
fn the_same_device_goes_on_and_another_one_must_say_that_it_moves() {
    let mut bench = Bench::started();
    assert_eq!(bench.start(PHONE, HERE, Elsewhere::Refuse, OPENS), Ok(vec![]));
    let other = bench.start(TABLET, HERE, Elsewhere::Refuse, OPENS);
    assert_eq!(other, Err(StartRefusal::OpenElsewhere));
    let moved = bench.start(TABLET, HERE, Elsewhere::Move, OPENS).unwrap();
    let epoch = Epoch {
        number: 2,
        device: TABLET,
    };
    assert_eq!(moved, [Event::Moved { epoch }]);
    bench.apply(moved, HERE, OPENS);
    assert_eq!(bench.held.merged.deadline(), Some(OPENS.plus_ms(HOUR_MS)), "the deadline stays");
}

#[test]
fn the_same_device_at_another_node_gets_the_next_epoch() {
    let mut bench = Bench::started();
    let moved = bench.start(PHONE, THERE, Elsewhere::Refuse, OPENS).unwrap();
    assert_eq!(moved, [Event::Moved { epoch: Epoch { number: 2, device: PHONE } }]);
    bench.apply(moved, THERE, OPENS);
    assert_eq!(bench.held.node(), Some(THERE));
    assert_eq!(bench.start(PHONE, THERE, Elsewhere::Refuse, OPENS), Ok(vec![]));
}

#[test]
fn responses_are_saved_once_and_a_repeat_is_told_where_the_first_lies() {
    let mut bench = Bench::started();
    let epoch = bench.epoch();
    let first = [choose(1, 1, 2), choose(2, 2, 3)];
    assert_eq!(bench.save(epoch, &first, OPENS), [SAVE, SAVE]);
    let place = bench.held.answers[&ItemNo(1)].place;
    let repeat = bench.decide(epoch, &first[..1], OPENS).unwrap();
    assert_eq!(repeat.verdicts, [Verdict::AlreadySaved { late: false, place: Some(place) }]);
    assert!(repeat.events.is_empty());
    assert_eq!(bench.held.next_seq(), ResponseSeq(3));
}

#[test]
fn a_sequence_going_backwards_is_superseded_and_a_reused_one_is_refused() {
    let mut bench = Bench::started();
    let epoch = bench.epoch();
    bench.save(epoch, &[choose(1, 5, 2)], OPENS);
    let verdicts = bench.save(epoch, &[choose(1, 4, 1), choose(1, 5, 1), choose(1, 6, 1)], OPENS);
    let reused = AnswerRefusal::SequenceReused {
        item: ItemNo(1),
        seq: ResponseSeq(5),
    };
    assert_eq!(verdicts, [Verdict::Superseded, Verdict::Refused(reused), SAVE]);
    // The same within one request.
    let verdicts = bench.save(epoch, &[choose(2, 8, 1), choose(2, 8, 1), choose(2, 8, 2), choose(2, 7, 1)], OPENS);
    assert!(matches!(
        verdicts.as_slice(),
        [
            Verdict::Save { .. },
            Verdict::AlreadySaved { place: None, .. },
            Verdict::Refused(AnswerRefusal::SequenceReused { .. }),
            Verdict::Superseded
        ]
    ));
}

#[test]
fn an_unknown_item_or_option_is_refused_and_the_others_are_saved() {
    let mut bench = Bench::started();
    let epoch = bench.epoch();
    let verdicts = bench.save(
        epoch,
        &[choose(9, 1, 1), choose(1, 2, 5), choose(3, 3, 1), choose(1, 0, 1), choose(2, 4, 4)],
        OPENS,
    );
    assert_eq!(verdicts[0], Verdict::Refused(AnswerRefusal::UnknownItem(ItemNo(9))));
    assert!(matches!(verdicts[1], Verdict::Refused(AnswerRefusal::Invalid(_))));
    assert!(matches!(verdicts[2], Verdict::Refused(AnswerRefusal::Invalid(_))));
    assert_eq!(verdicts[3], Verdict::Refused(AnswerRefusal::SequenceZero));
    assert_eq!(verdicts[4], SAVE);
    assert_eq!(bench.held.merged.responses(LatePolicy::InTimeOnly).count(), 1);
}

#[test]
fn a_response_after_the_deadline_is_kept_and_marked_late() {
    let mut bench = Bench::started();
    let epoch = bench.epoch();
    let deadline = bench.held.merged.deadline().unwrap();
    let in_grace = deadline.plus_ms(GRACE_MS);
    assert_eq!(bench.save(epoch, &[choose(1, 1, 1)], in_grace), [SAVE]);
    let after = in_grace.plus_ms(1);
    assert_eq!(bench.save(epoch, &[choose(1, 2, 3)], after), [Verdict::Save { late: true }]);
    // The node hands in what came in time; what comes even later is still kept.
    let event = decide_expiry(&bench.held, after).unwrap();
    bench.apply(vec![event], HERE, after);
    let much_later = after.plus_ms(HOUR_MS);
    assert_eq!(bench.save(epoch, &[choose(2, 3, 1)], much_later), [Verdict::Save { late: true }]);
    let merged = &bench.held.merged;
    assert_eq!(merged.responses(LatePolicy::InTimeOnly).count(), 1);
    assert_eq!(merged.responses(LatePolicy::CountLate).count(), 2);
}

#[test]
fn an_old_epochs_response_is_kept_and_told_that_it_is_old() {
    let mut bench = Bench::started();
    let old = bench.epoch();
    bench.save(old, &[choose(1, 1, 1)], OPENS);
    let moved = bench.start(TABLET, HERE, Elsewhere::Move, OPENS).unwrap();
    bench.apply(moved, HERE, OPENS);
    let new = bench.epoch();
    bench.save(new, &[choose(1, 1, 2)], OPENS);
    let decision = bench.decide(old, &[choose(1, 9, 3), choose(2, 10, 3)], OPENS).unwrap();
    assert!(!decision.is_epoch_current);
    assert_eq!(decision.verdicts, [Verdict::Superseded, SAVE], "the new epoch has not touched item 2");
    assert!(bench.decide(new, &[], OPENS).unwrap().is_epoch_current);
}

#[test]
fn two_devices_under_one_epoch_number_are_both_kept_for_a_person_to_decide() {
    let mut bench = Bench::started();
    let (phone, tablet) = (
        bench.epoch(),
        Epoch {
            number: 1,
            device: TABLET,
        },
    );
    bench.save(phone, &[choose(1, 1, 1)], OPENS);
    assert_eq!(bench.save(tablet, &[choose(1, 1, 2)], OPENS), [SAVE]);
    assert_eq!(bench.held.merged.under_review().collect::<Vec<_>>(), [ItemNo(1)]);
}

#[test]
fn a_submission_needs_the_same_digest_and_is_idempotent() {
    let mut bench = Bench::started();
    let epoch = bench.epoch();
    bench.save(epoch, &[choose(1, 1, 2)], OPENS);
    let digest = Hash::sha256(b"1:c2\n");
    let wrong = decide_submit(&bench.held, SubmitRequest { id: [1; 16], digest: Hash::ZERO });
    assert_eq!(wrong, Err(SubmitRefusal::DigestDiffers { expected: digest }));
    let request = SubmitRequest { id: [1; 16], digest };
    let Ok(SubmitOutcome::Record(event)) = decide_submit(&bench.held, request) else {
        panic!("a first submission is recorded");
    };
    bench.apply(vec![event], HERE, OPENS);
    assert_eq!(decide_submit(&bench.held, request), Ok(SubmitOutcome::Repeated));
    let other = SubmitRequest {
        id: [2; 16],
        digest: Hash::ZERO,
    };
    assert_eq!(decide_submit(&bench.held, other), Ok(SubmitOutcome::Already));
    assert_eq!(bench.decide(epoch, &[choose(1, 2, 1)], OPENS), Err(SaveRefusal::Submitted));
    assert_eq!(Bench::new().held.merged.submission(), None);
    assert_eq!(decide_submit(&Bench::new().held, request), Err(SubmitRefusal::NotStarted));
}

#[test]
fn an_expired_attempt_is_handed_in_under_one_identity_until_it_is_reopened() {
    let mut bench = Bench::started();
    let deadline = bench.held.merged.deadline().unwrap();
    let expired = deadline.plus_ms(GRACE_MS + 1);
    assert_eq!(decide_expiry(&bench.held, deadline.plus_ms(GRACE_MS)), None);
    let first = decide_expiry(&bench.held, expired).unwrap();
    let again = decide_expiry(&bench.held, expired.plus_ms(500)).unwrap();
    assert_eq!(first, again, "two nodes mean the same submission");
    let Event::Submitted(submission) = &first else { panic!("{first:?}") };
    assert_eq!(submission.by, SubmittedBy::Deadline);
    let key = protocol::codec::encode(&bench.held.key).unwrap();
    assert_eq!(submission.id, Hash::blake3(&key).as_bytes()[..16]);
    let id = submission.id;
    bench.apply(vec![first], HERE, expired);
    assert_eq!(decide_expiry(&bench.held, expired), None);
    bench.apply(vec![Event::Reopened { id: GrantId(1) }], HERE, expired.plus_ms(1));
    let Some(Event::Submitted(submission)) = decide_expiry(&bench.held, expired.plus_ms(2)) else {
        panic!("a reopened attempt expires again");
    };
    assert_ne!(submission.id, id);
}
