use proptest::prelude::*;

use super::*;
use crate::{
    ids::{AttemptKey, CandidateId, OptionId, PaperId, PaperVersion, SittingId},
    record::SubmittedBy,
    time::When,
};

fn record(at: i64, event: Event) -> Record {
    Record {
        when: When {
            at: Instant(at),
            elapsed_ms: 0,
            error_ms: 0,
        },
        attempt: AttemptKey {
            sitting: SittingId(1),
            candidate: CandidateId(1),
        },
        event,
    }
}

fn answered(at: i64, number: u16, device: u32, seq: u32, option: u8, late: bool) -> Record {
    let epoch = Epoch {
        number,
        device: DeviceTag(device),
    };
    let response = (option > 0).then_some(Response::Choice(OptionId(option)));
    record(
        at,
        Event::Answered {
            item: ItemNo(1),
            epoch,
            seq: ResponseSeq(seq),
            response,
            marked: false,
            late,
        },
    )
}

fn fold(records: &[Record]) -> MergedAttempt {
    let mut attempt = MergedAttempt::default();
    for record in records {
        attempt.apply(record);
    }
    attempt
}

fn any_record() -> impl Strategy<Value = Record> {
    let paper = PaperRef {
        paper: PaperId(1),
        version: PaperVersion(1),
    };
    let event = prop_oneof![
        8 => (1..3u16, 1..4u16, 1..3u32, 1..5u32, 0..4u8, any::<bool>(), any::<bool>()).prop_map(
            |(item, number, device, seq, option, marked, late)| Event::Answered {
                item: ItemNo(item),
                epoch: Epoch { number, device: DeviceTag(device) },
                seq: ResponseSeq(seq),
                response: (option > 0).then_some(Response::Choice(OptionId(option))),
                marked,
                late,
            }
        ),
        1 => (1..3u16, 0..9i64).prop_map(move |(device, deadline)| Event::Started {
            epoch: Epoch::first(DeviceTag(device.into())), paper, deadline: Instant(deadline) }),
        1 => (0..3u8, 0..3u16).prop_map(|(id, answered)| Event::Submitted(Submission {
            id: [id; 16], by: SubmittedBy::Candidate, digest: Hash::ZERO, answered })),
        1 => (0..3u64, 0..9u32).prop_map(|(id, extra_ms)| Event::Extended { id: GrantId(id), extra_ms }),
        1 => (0..3u64).prop_map(|id| Event::Paused { id: GrantId(id) }),
        1 => (0..3u64).prop_map(|id| Event::Resumed { id: GrantId(id) }),
        1 => (0..3u64).prop_map(|id| Event::Reopened { id: GrantId(id) }),
        1 => (2..4u16, 1..3u32).prop_map(|(number, device)| Event::Moved { epoch: Epoch { number, device: DeviceTag(device) } }),
        1 => (0..3u64, "[ab]{1,2}").prop_map(|(id, note)| Event::Incident { id: GrantId(id), note }),
        1 => (1..3u32).prop_map(|device| Event::SignedIn { device: DeviceTag(device) }),
    ];
    (0..20i64, event).prop_map(|(at, event)| record(at, event))
}

proptest! {
    #[test]
    fn the_order_and_repetition_of_records_change_nothing(
        records in prop::collection::vec(any_record(), 0..40),
        shuffled in any::<prop::sample::Index>(),
    ) {
        let once = fold(&records);
        let mut other = records.clone();
        other.reverse();
        if !other.is_empty() {
            let middle = shuffled.index(other.len());
            other.rotate_left(middle);
            other.extend_from_slice(&records[..middle]);
        }
        prop_assert_eq!(fold(&other), once);
    }

    #[test]
    fn joining_is_commutative_associative_idempotent_and_equals_folding(
        a in prop::collection::vec(any_record(), 0..15),
        b in prop::collection::vec(any_record(), 0..15),
        c in prop::collection::vec(any_record(), 0..15),
    ) {
        let join = |left: &MergedAttempt, right: &MergedAttempt| { let mut out = left.clone(); out.join(right.clone()); out };
        let (fa, fb, fc) = (fold(&a), fold(&b), fold(&c));
        prop_assert_eq!(join(&fa, &fb), join(&fb, &fa));
        prop_assert_eq!(join(&join(&fa, &fb), &fc), join(&fa, &join(&fb, &fc)));
        prop_assert_eq!(join(&fa, &fa), fa.clone());
        prop_assert_eq!(join(&fa, &fb), fold(&[a, b].concat()));
    }
}

#[test]
fn an_old_epochs_late_write_counts_only_where_the_new_epoch_did_not_touch() {
    let attempt = fold(&[answered(1, 2, 9, 1, 3, false), answered(2, 1, 8, 50, 1, false)]);
    assert_eq!(
        attempt.responses(LatePolicy::InTimeOnly).next(),
        Some((ItemNo(1), &Response::Choice(OptionId(3))))
    );
}

#[test]
fn the_same_place_with_other_content_goes_to_review_and_decides_nothing() {
    let attempt = fold(&[answered(1, 2, 8, 5, 1, false), answered(2, 2, 9, 5, 2, false)]);
    assert_eq!(attempt.under_review().collect::<Vec<_>>(), [ItemNo(1)]);
    assert_eq!(attempt.responses(LatePolicy::InTimeOnly).count(), 0);
}

#[test]
fn the_same_answer_acknowledged_by_two_nodes_is_one_answer() {
    let attempt = fold(&[answered(5, 1, 8, 5, 1, false), answered(3, 1, 8, 5, 1, false)]);
    assert_eq!(attempt.under_review().count(), 0);
    assert_eq!(
        attempt.items[&ItemNo(1)].latest.as_ref().unwrap().versions[0].at,
        Instant(3)
    );
}

#[test]
fn a_late_answer_is_kept_and_the_one_in_time_still_counts() {
    let attempt = fold(&[answered(1, 1, 8, 1, 1, false), answered(2, 1, 8, 2, 2, true)]);
    assert_eq!(
        attempt.responses(LatePolicy::InTimeOnly).next(),
        Some((ItemNo(1), &Response::Choice(OptionId(1))))
    );
    assert_eq!(
        attempt.responses(LatePolicy::CountLate).next(),
        Some((ItemNo(1), &Response::Choice(OptionId(2))))
    );
}
