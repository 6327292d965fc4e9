use proptest::prelude::*;

use super::*;
use crate::{
    epoch::Epoch,
    ids::{AttemptKey, CandidateId, DeviceTag, ItemNo, OptionId, ResponseSeq, SittingId},
    record::Event,
    response::Response,
    time::{Instant, When},
};

fn log() -> LogId {
    LogId {
        node: NodeId(7),
        incarnation: Incarnation(0xfeed),
    }
}

fn answered(seq: u32, text: &str) -> Record {
    Record {
        when: When {
            at: Instant(1_700_000_000_000),
            elapsed_ms: 5,
            error_ms: 2,
        },
        attempt: AttemptKey {
            sitting: SittingId(1),
            candidate: CandidateId(99),
        },
        event: Event::Answered {
            item: ItemNo(3),
            epoch: Epoch::first(DeviceTag(4)),
            seq: ResponseSeq(seq),
            response: if text.is_empty() {
                Some(Response::Choice(OptionId(1)))
            } else {
                Some(Response::Number(text.into()))
            },
            marked: false,
            late: false,
        },
    }
}

fn frame_of(records: &[Record]) -> Frame {
    let mut builder = FrameBuilder::new(log(), Sequence(10), Hash::ZERO);
    for record in records {
        builder.push(&EncodedRecord::new(record).unwrap());
    }
    builder.finish().unwrap()
}

#[test]
fn a_flipped_byte_anywhere_is_noticed() {
    let frame = frame_of(&[answered(1, "2.5"), answered(2, "")]);
    for at in 0..frame.bytes().len() {
        let mut bytes = frame.bytes().to_vec();
        bytes[at] ^= 1;
        assert!(Frame::parse(bytes.into()).is_err(), "byte {at}");
    }
}

#[test]
fn an_unreadable_record_is_kept_and_does_not_hide_the_next() {
    let mut builder = FrameBuilder::new(log(), Sequence(1), Hash::ZERO);
    builder.push(&EncodedRecord(vec![255; 9]));
    builder.push(&EncodedRecord::new(&answered(1, "")).unwrap());
    let frame = Frame::parse(builder.finish().unwrap().bytes().clone()).unwrap();
    let entries = frame.records();
    assert!(matches!(entries[0].1, Entry::Unreadable(_)));
    assert_eq!(entries[1], (Sequence(2), Entry::Known(answered(1, ""))));
}

#[test]
fn an_answer_takes_few_bytes() {
    let record = EncodedRecord::new(&answered(1, "")).unwrap();
    assert!(record.frame_bytes() <= 40, "{} bytes", record.frame_bytes());
}

proptest! {
    #[test]
    fn what_is_built_parses_to_the_same(numbers in prop::collection::vec("[0-9]{0,30}", 1..200)) {
        let records: Vec<Record> = numbers.iter().enumerate().map(|(index, text)| answered(index as u32, text)).collect();
        let frame = frame_of(&records);
        let parsed = Frame::parse(frame.bytes().clone()).unwrap();
        prop_assert_eq!(&parsed, &frame);
        prop_assert_eq!(parsed.last(), Sequence(9 + records.len() as u64));
        let back: Vec<Record> = parsed.known_records().map(|(_, record)| record).collect();
        prop_assert_eq!(back, records);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Frame::parse(bytes.clone().into());
        // With a good hash in front of arbitrary content.
        let mut framed = MAGIC.to_vec();
        framed.extend_from_slice(&bytes);
        let hash = Hash::blake3(&framed);
        framed.extend_from_slice(hash.as_bytes());
        if let Ok(frame) = Frame::parse(framed.into()) {
            let _ = frame.records();
        }
    }
}
