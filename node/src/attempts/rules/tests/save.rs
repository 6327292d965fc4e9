//! Saving responses.

use protocol::{
    deadline::GRACE_MS,
    epoch::Epoch,
    ids::{ItemNo, ResponseSeq},
    merge::LatePolicy,
};

use super::{
    super::*,
    bench::{Bench, HERE, HOUR_MS, OPENS, SAVE, TABLET, choose},
};

#[test]
fn responses_are_saved_once_and_a_repeat_is_told_where_the_first_lies() {
    let mut bench = Bench::started();
    let epoch = bench.epoch();
    let first = [choose(1, 1, 2), choose(2, 2, 3)];
    assert_eq!(bench.save(epoch, &first, OPENS), [SAVE, SAVE]);
    let place = bench.held.answers[&ItemNo(1)].place;
    let repeat = bench.decide(epoch, &first[..1], OPENS).unwrap();
    assert_eq!(
        repeat.verdicts,
        [Verdict::AlreadySaved {
            late: false,
            place: Some(place)
        }]
    );
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
    let verdicts = bench.save(
        epoch,
        &[choose(2, 8, 1), choose(2, 8, 1), choose(2, 8, 2), choose(2, 7, 1)],
        OPENS,
    );
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
        &[
            choose(9, 1, 1),
            choose(1, 2, 5),
            choose(3, 3, 1),
            choose(1, 0, 1),
            choose(2, 4, 4),
        ],
        OPENS,
    );
    assert_eq!(
        verdicts[0],
        Verdict::Refused(AnswerRefusal::UnknownItem(ItemNo(9)))
    );
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
    assert_eq!(
        bench.save(epoch, &[choose(1, 2, 3)], after),
        [Verdict::Save { late: true }]
    );
    // The node hands in what came in time; what comes even later is still kept.
    let event = decide_expiry(&bench.held, after).unwrap();
    bench.apply(vec![event], HERE, after);
    let much_later = after.plus_ms(HOUR_MS);
    assert_eq!(
        bench.save(epoch, &[choose(2, 3, 1)], much_later),
        [Verdict::Save { late: true }]
    );
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
    let decision = bench
        .decide(old, &[choose(1, 9, 3), choose(2, 10, 3)], OPENS)
        .unwrap();
    assert!(!decision.is_epoch_current);
    assert_eq!(
        decision.verdicts,
        [Verdict::Superseded, SAVE],
        "the new epoch has not touched item 2"
    );
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
