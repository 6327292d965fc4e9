use proptest::prelude::*;
use protocol::{merge::MergedAttempt, watermark::Watermark, wire::centre::Refusal};

use super::*;
use crate::{AlarmKind, Delivery, bounds::FORKS_PER_LOG_MAX};

fn result_of(effects: &Effects) -> Result<Watermark, Refusal> {
    match &effects.outcome {
        Ok(Outcome::Delivered { logs, damaged }) => {
            assert!(damaged.is_empty());
            let [Delivery { result, .. }] = logs.as_slice() else {
                panic!("one log is delivered");
            };
            result.clone()
        }
        other => panic!("{other:?}"),
    }
}

fn three_frames() -> Vec<Frame> {
    let one = |item| vec![answered(1, item, u32::from(item), 2)];
    chain(log(1), &[one(1), one(2), one(3)])
}

#[test]
fn a_repeated_frame_is_answered_with_the_watermark_and_counts_once() {
    let mut world = World::ready();
    let frames = three_frames();
    let first = world.deliver(&[&frames[0], &frames[1]]);
    assert_eq!(result_of(&first), Ok(Watermark::after(&frames[1])));
    assert_eq!(first.frames, frames[..2]);
    let again = world.deliver(&[&frames[0], &frames[1]]);
    assert_eq!(result_of(&again), Ok(Watermark::after(&frames[1])));
    assert_eq!((again.rows, again.frames), (vec![], vec![]));
    assert_eq!(world.state.log_counts(&log(1)).answered, 2);
}

#[test]
fn a_gap_names_where_to_go_on() {
    let mut world = World::ready();
    let frames = three_frames();
    world.deliver(&[&frames[0]]);
    let effects = world.deliver(&[&frames[2]]);
    assert_eq!(result_of(&effects), Err(Refusal::Gap(Sequence(2))));
    assert!(effects.frames.is_empty());
}

#[test]
fn a_second_history_is_kept_as_evidence_alarmed_and_never_merged() {
    let mut world = World::ready();
    let frames = three_frames();
    world.deliver(&[&frames[0], &frames[1]]);
    let merged = world.state.attempts(SITTING).collect::<Vec<_>>();
    let forged = chain(
        log(1),
        &[
            vec![answered(1, 1, 1, 4)],
            vec![answered(1, 2, 2, 4)],
            vec![answered(1, 3, 3, 4)],
        ],
    );
    for frame in &forged[..2] {
        let refused = result_of(&world.deliver(&[frame]));
        assert_eq!(refused, Err(Refusal::Fork(frame.first())));
    }
    // One that follows in number but not by hash.
    assert_eq!(
        result_of(&world.deliver(&[&forged[2]])),
        Err(Refusal::Fork(Sequence(3)))
    );
    assert_eq!(world.state.attempts(SITTING).collect::<Vec<_>>(), merged);
    let kept: Vec<Bytes> = world.state.forks(log(1)).map(|fork| fork.bytes.clone()).collect();
    let sent: Vec<Bytes> = forged.iter().map(|frame| frame.bytes().clone()).collect();
    assert_eq!(kept, sent);
    let alarm = world.state.alarms().next().unwrap();
    assert_eq!((alarm.kind, alarm.count), (AlarmKind::Fork, 3));
    // The true history goes on.
    assert_eq!(
        result_of(&world.deliver(&[&frames[2]])),
        Ok(Watermark::after(&frames[2]))
    );
}

#[test]
fn a_node_that_repeats_its_fork_for_ever_fills_nothing() {
    let mut world = World::ready();
    world.deliver(&[&three_frames()[0]]);
    for option in 0..40 {
        let forged = chain(log(1), &[vec![answered(1, 1, 9, option)]]);
        world.deliver(&[&forged[0]]);
        world.deliver(&[&forged[0]]);
    }
    assert_eq!(world.state.forks(log(1)).count(), FORKS_PER_LOG_MAX);
    assert_eq!(world.state.alarms().count(), 1);
}

#[test]
fn a_damaged_frame_is_refused_and_what_is_held_stays() {
    let mut world = World::ready();
    let frames = three_frames();
    world.deliver(&[&frames[0]]);
    let mut bytes = frames[1].bytes().to_vec();
    bytes[70] ^= 1;
    let effects = world.try_apply(Command::Frames {
        frames: vec![bytes.into(), frames[2].bytes().clone()],
    });
    assert!(matches!(result_of(&effects), Err(Refusal::Damaged(_))));
    assert_eq!(world.state.watermark(&log(1)), Watermark::after(&frames[0]));
    assert_eq!(effects.alarms[0].kind, AlarmKind::Damaged);
    assert_eq!(
        result_of(&world.deliver(&[&frames[1], &frames[2]])),
        Ok(Watermark::after(&frames[2]))
    );
}

#[test]
fn bytes_that_are_no_frame_are_named_and_the_others_taken() {
    let mut world = World::ready();
    let frames = vec![Bytes::from_static(b"nonsense"), three_frames()[0].bytes().clone()];
    match world.apply(Command::Frames { frames }) {
        Outcome::Delivered { logs, damaged } => {
            assert_eq!(damaged.len(), 1);
            assert!(logs[0].result.is_ok());
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_unreadable_record_is_counted_alarmed_and_blocks_nothing() {
    let mut world = World::ready();
    let mut bytes = three_frames()[0].bytes().to_vec();
    // The record's event gets a number that no build knows; the hash is made right again.
    let body = bytes.len() - 32;
    bytes[61..body].fill(0xff);
    let hash = Hash::blake3(&bytes[..body]);
    bytes[body..].copy_from_slice(hash.as_bytes());
    let broken = Frame::parse(bytes.into()).unwrap();
    let mut builder = FrameBuilder::new(log(1), Sequence(2), broken.hash());
    builder.push(&EncodedRecord::new(&answered(1, 3, 1, 1)).unwrap());
    let next = builder.finish().unwrap();
    let effects = world.deliver(&[&broken, &next]);
    assert_eq!(result_of(&effects), Ok(Watermark::after(&next)));
    assert_eq!(effects.alarms[0].kind, AlarmKind::Unreadable);
    let counts = world.state.log_counts(&log(1));
    assert_eq!((counts.unreadable, counts.answered, counts.frames), (1, 1, 2));
}

#[test]
fn frames_of_an_unknown_node_are_refused() {
    let mut world = World::ready();
    let frames = chain(log(99), &[vec![answered(1, 1, 1, 1)]]);
    assert!(matches!(
        result_of(&world.deliver(&[&frames[0]])),
        Err(Refusal::NotYours(_))
    ));
    assert_eq!(world.state.watermarks().count(), 0);
}

fn any_records() -> impl Strategy<Value = Vec<Vec<Record>>> {
    let one =
        (1..3u32, 1..4u16, 1..5u32, 1..4u8, any::<bool>()).prop_map(|(who, item, seq, option, number)| {
            let mut record = answered(who, item, seq, option);
            if let (Event::Answered { response, late, .. }, true) = (&mut record.event, number) {
                *response = Some(Response::Number(option.to_string()));
                *late = option == 3;
            }
            record
        });
    prop::collection::vec(prop::collection::vec(one, 1..4), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_order_and_repetition_of_deliveries_gives_the_same_attempts(
        first in any_records(),
        second in any_records(),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let mut frames = chain(log(1), &first);
        frames.extend(chain(log(2), &second));
        let mut world = World::ready();
        for pick in picks {
            world.deliver(&[pick.get(&frames)]);
        }
        // What is still missing, as a node that asks for the watermark sends it.
        world.deliver(&frames.iter().collect::<Vec<_>>());
        let mut expected: BTreeMap<CandidateId, MergedAttempt> = BTreeMap::new();
        for record in first.iter().chain(&second).flatten() {
            expected.entry(record.attempt.candidate).or_default().apply(record);
        }
        let merged: BTreeMap<_, _> =
            world.state.attempts(SITTING).map(|held| (held.candidate, held.attempt)).collect();
        prop_assert_eq!(merged, expected);
        let mut stored = world.frames.clone();
        stored.sort_by_key(|frame| (frame.log(), frame.first()));
        prop_assert_eq!(stored, frames, "each frame is stored once");
        replay::stands_after_a_restart(&world);
    }
}

#[test]
fn what_a_snapshot_holds_does_not_grow_with_what_is_answered() {
    const NUMBER_BYTES_MAX: usize = 9;
    let mut world = World::ready();
    let answers: Vec<Vec<Record>> = (1..=300)
        .map(|seq| vec![answered(1 + seq % 2, (1 + seq % 100) as u16, seq, 2)])
        .collect();
    let frames = chain(log(1), &answers);
    let size = |world: &World| -> (usize, usize) {
        let rows: Vec<_> = world.state.rows().collect();
        let bytes = rows.iter().map(|(key, value)| key.len() + value.len()).sum();
        (rows.len(), bytes)
    };
    world.deliver(&[&frames[0]]);
    let (rows, bytes) = size(&world);
    for some in frames[1..].chunks(50) {
        world.deliver(&some.iter().collect::<Vec<_>>());
    }
    let (rows_later, bytes_later) = size(&world);
    assert_eq!(world.state.log_counts(&log(1)).answered, 300);
    assert_eq!(rows_later, rows);
    assert!(
        bytes_later <= bytes + NUMBER_BYTES_MAX,
        "{bytes} bytes with one answer, {bytes_later} with 300: only the watermark's number may be longer"
    );
}
