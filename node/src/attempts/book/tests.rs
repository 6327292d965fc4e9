use protocol::{
    epoch::Epoch,
    frame::{EncodedRecord, FrameBuilder},
    ids::{CandidateId, DeviceTag, Incarnation, ItemNo, OptionId, ResponseSeq, SittingId},
    response::Response,
    time::When,
};

use super::*;

/// The log's next frame, with so many responses.
fn frame(incarnation: u64, head: Watermark, responses: u32) -> Frame {
    let log = LogId {
        node: NodeId(1),
        incarnation: Incarnation(incarnation),
    };
    let mut builder = FrameBuilder::new(log, head.sequence.next(), head.hash);
    for seq in 0..responses {
        let record = Record {
            when: When {
                at: Instant(1),
                elapsed_ms: 1,
                error_ms: 1,
            },
            attempt: AttemptKey {
                sitting: SittingId(1),
                candidate: CandidateId(1),
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

#[test]
fn what_the_centre_holds_is_counted_for_each_life_of_the_log() {
    let book = Book::new(NodeId(1));
    let yesterday = frame(7, Watermark::default(), 100);
    let today = frame(3, Watermark::default(), 2);
    let later = frame(3, Watermark::after(&today), 5);
    for frame in [&yesterday, &today, &later] {
        book.absorb_own(frame);
    }
    assert_eq!(book.counts().acknowledged, 107);
    let up_to = |of_yesterday: u64, of_today: u64| {
        book.acknowledged_up_to(|log| {
            let is_yesterdays = *log == yesterday.log();
            Sequence(if is_yesterdays { of_yesterday } else { of_today })
        })
    };
    assert_eq!(up_to(0, 2), 2, "today's do not wait for yesterday's");
    assert_eq!(up_to(100, 2), 102);
    assert_eq!(up_to(100, 7), 107);
    assert_eq!(up_to(0, 0), 107, "it never goes back");
}
