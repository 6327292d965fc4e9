//! A node that writes frames, for the tests.

use bytes::Bytes;
use protocol::{
    epoch::Epoch,
    frame::{EncodedRecord, FrameBuilder},
    ids::{
        AttemptKey, CandidateId, DeviceTag, Incarnation, ItemNo, LogId, NodeId, OptionId, ResponseSeq,
        SittingId,
    },
    record::{Event, Record},
    response::Response,
    time::{Instant, When},
    watermark::Watermark,
};
use state::Command;

/// A node that writes frames.
pub(super) struct Writer {
    log: LogId,
    at: Watermark,
}

impl Writer {
    pub(super) fn of(node: NodeId) -> Self {
        Self {
            log: LogId {
                node,
                incarnation: Incarnation(7),
            },
            at: Watermark::default(),
        }
    }

    pub(super) fn log(&self) -> LogId {
        self.log
    }

    /// A command with the next frames, each of so many records.
    pub(super) fn frames(&mut self, frames: u32, records: u32) -> Command {
        Command::Frames {
            frames: (0..frames).map(|_| self.frame(records)).collect(),
        }
    }

    fn frame(&mut self, records: u32) -> Bytes {
        let mut builder = FrameBuilder::new(self.log, self.at.sequence.next(), self.at.hash);
        for index in 0..records {
            let seq = self.at.sequence.0 as u32 + index + 1;
            let record = Record {
                when: When {
                    at: Instant(1_700_000_000_000),
                    elapsed_ms: u64::from(seq),
                    error_ms: 1,
                },
                attempt: AttemptKey {
                    sitting: SittingId(1),
                    candidate: CandidateId(seq % 17),
                },
                event: Event::Answered {
                    item: ItemNo((seq % 30) as u16),
                    epoch: Epoch::first(DeviceTag(4)),
                    seq: ResponseSeq(seq),
                    response: Some(Response::Choice(OptionId((seq % 4) as u8 + 1))),
                    marked: false,
                    late: false,
                },
            };
            builder.push(&EncodedRecord::new(&record).unwrap());
        }
        let frame = builder.finish().unwrap();
        self.at = Watermark::after(&frame);
        frame.bytes().clone()
    }
}
