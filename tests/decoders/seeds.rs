//! True inputs for each check: what a node and a coordinator really write.

use bytes::Bytes;
use protocol::{
    codec,
    epoch::Epoch,
    frame::{EncodedRecord, Frame, FrameBuilder},
    hash::Hash,
    ids::{
        AttemptKey, CandidateId, DeviceTag, GrantId, Incarnation, ItemNo, LogId, NodeId, OptionId, PaperId,
        PaperRef, PaperVersion, ResponseSeq, Revision, Sequence, SittingId,
    },
    record::{Event, Record, Submission, SubmittedBy},
    response::Response,
    time::{Instant, When},
    watermark::Watermark,
    wire::{centre, peer},
};
use serde::Serialize;
use state::{Command, Stamped};

const LOG: LogId = LogId {
    node: NodeId(3),
    incarnation: Incarnation(0x1234_5678_9abc),
};

/// By check, in the order of the checks.
pub(crate) fn all() -> [(&'static str, Vec<Vec<u8>>); 4] {
    [
        ("frame", frames()),
        ("wire", wires()),
        ("head", heads()),
        ("command", commands()),
    ]
}

fn events() -> Vec<Event> {
    let epoch = Epoch::first(DeviceTag(7));
    let answered = |item, response: Option<Response>, late| Event::Answered {
        item: ItemNo(item),
        epoch,
        seq: ResponseSeq(u32::from(item)),
        response,
        marked: late,
        late,
    };
    vec![
        Event::SignedIn { device: DeviceTag(7) },
        Event::Started {
            epoch,
            paper: PaperRef {
                paper: PaperId(1),
                version: PaperVersion(1),
            },
            deadline: Instant(9_000),
        },
        answered(1, Some(Response::Choice(OptionId(2))), false),
        answered(
            2,
            Some(Response::Choices([OptionId(1), OptionId(3)].into())),
            true,
        ),
        answered(3, Some(Response::Number("-2.50".to_owned())), false),
        answered(1, None, false),
        Event::Moved {
            epoch: epoch.moved_to(DeviceTag(8)),
        },
        Event::Extended {
            id: GrantId(1),
            extra_ms: 60_000,
        },
        Event::Paused { id: GrantId(2) },
        Event::Resumed { id: GrantId(2) },
        Event::Incident {
            id: GrantId(3),
            note: "a chair broke".to_owned(),
        },
        Event::Submitted(Submission {
            id: [5; 16],
            by: SubmittedBy::Candidate,
            digest: Hash::blake3(b"digest"),
            answered: 3,
        }),
        Event::Reopened { id: GrantId(4) },
    ]
}

fn record(event: Event) -> Record {
    Record {
        when: When {
            at: Instant(1_000),
            elapsed_ms: 5,
            error_ms: 2,
        },
        attempt: AttemptKey {
            sitting: SittingId(1),
            candidate: CandidateId(27_001),
        },
        event,
    }
}

fn frame(events: Vec<Event>) -> Frame {
    let mut builder = FrameBuilder::new(LOG, Sequence(1), Hash::ZERO);
    for event in events {
        builder.push(&EncodedRecord::new(&record(event)).expect("it is small"));
    }
    builder.finish().expect("it has records")
}

fn frames() -> Vec<Vec<u8>> {
    let single = events().into_iter().map(|event| frame(vec![event]));
    let all = std::iter::once(frame(events()));
    all.chain(single).map(|frame| frame.bytes().to_vec()).collect()
}

fn encoded<T: Serialize>(value: &T) -> Vec<u8> {
    codec::encode(value).expect("it is small")
}

fn wires() -> Vec<Vec<u8>> {
    let frame = frame(events());
    let mark = Watermark::after(&frame);
    vec![
        encoded(&centre::Open::Feed { after: Revision(3) }),
        encoded(&centre::Up::Logs(vec![LOG])),
        encoded(&centre::Up::Frames {
            log: LOG,
            frames: vec![frame.bytes().clone()],
        }),
        encoded(&centre::Down::Watermarks(vec![(LOG, mark)])),
        encoded(&centre::Down::Refused {
            log: LOG,
            reason: centre::Refusal::Gap(Sequence(9)),
        }),
        encoded(&centre::BlobAnswer::Chunk(Bytes::from_static(b"sealed"))),
        encoded(&peer::Open::Copy { log: LOG, head: mark }),
        encoded(&peer::CopyFrame {
            frame: frame.bytes().clone(),
        }),
        encoded(&peer::Copied { watermark: mark }),
        encoded(&peer::Logs {
            logs: vec![(LOG, mark)],
        }),
        encoded(&record(Event::SignedIn { device: DeviceTag(1) })),
        format!("pkj1-n-c-{}-{}", "07".repeat(16), Hash::blake3(b"ca")).into_bytes(),
    ]
}

fn heads() -> Vec<Vec<u8>> {
    let mut slot = b"PKHEAD\x00\x01".to_vec();
    slot.extend_from_slice(&9u64.to_be_bytes());
    slot.extend_from_slice(&LOG.node.0.to_be_bytes());
    slot.extend_from_slice(&LOG.incarnation.0.to_be_bytes());
    slot.extend_from_slice(&12u64.to_be_bytes());
    slot.extend_from_slice(Hash::blake3(b"frame").as_bytes());
    slot.extend_from_slice(Hash::blake3(&slot).as_bytes());
    assert!(
        store::frames::head_in(&slot).is_some(),
        "the head's format has changed"
    );
    vec![slot]
}

fn commands() -> Vec<Vec<u8>> {
    let commands = [
        Command::AddDistrict {
            name: "Pune".to_owned(),
        },
        Command::Frames {
            frames: vec![frame(events()).bytes().clone()],
        },
        Command::PutBlob {
            hash: Hash::blake3(b"blob"),
            offset: 0,
            total: 4,
            bytes: Bytes::from_static(b"blob"),
        },
    ];
    let stamped = Stamped {
        at: Instant(1),
        by: "ops".to_owned(),
        command: commands[0].clone(),
    };
    commands.iter().map(encoded).chain([encoded(&stamped)]).collect()
}
