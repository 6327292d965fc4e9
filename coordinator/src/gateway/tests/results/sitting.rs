//! A second sitting, with a text that people mark.

use bytes::Bytes;
use protocol::{
    epoch::Epoch,
    ids::{
        AttemptKey, CandidateId, DeviceTag, ItemNo, OptionId, PaperId, PaperRef, PaperVersion, ResponseSeq,
        SittingId,
    },
    record::Event,
    response::Response,
    time::Instant,
};

use super::super::{
    Down, Open,
    steps::{exam, open, ship},
};
use crate::harness::{Cluster, Node};

pub(super) const PAPER: &str = "kind,key,stem,a,b,c,marks,penalty\n\
    choice,B,Capital of Maharashtra?,Pune,Mumbai,Nashik,2,0.5\n\
    long,,Describe a river.,,,,5,0\n";

/// Candidate, option chosen, text written.
pub(super) const GIVEN: [(u32, u8, &str); 4] = [
    (27_002, 2, "The Godavari rises at Trimbak,\nand flows east."),
    (27_003, 1, "=HYPERLINK(\"http://elsewhere\")"),
    (27_004, 2, "The Krishna."),
    (27_005, 3, ""),
];

pub(super) fn paper() -> PaperRef {
    PaperRef {
        paper: PaperId(2),
        version: PaperVersion(1),
    }
}

pub(super) fn events(candidate: u32, option: u8, text: &str) -> Vec<(AttemptKey, Event)> {
    let epoch = Epoch::first(DeviceTag(5));
    let answered = |item, response| Event::Answered {
        item: ItemNo(item),
        epoch,
        seq: ResponseSeq(u32::from(item)),
        response: Some(response),
        marked: false,
        late: false,
    };
    let mut events = vec![
        Event::Started {
            epoch,
            paper: paper(),
            deadline: Instant(3_600_000),
        },
        answered(1, Response::Choice(OptionId(option))),
    ];
    if !text.is_empty() {
        events.push(answered(2, Response::Text(text.into())));
    }
    let attempt = AttemptKey {
        sitting: SittingId(2),
        candidate: CandidateId(candidate),
    };
    events.into_iter().map(|event| (attempt, event)).collect()
}

/// Sitting 1 is the usual one; in sitting 2 four candidates sit a paper with a text to be marked.
pub(super) async fn sat(cluster: &Cluster, node: &mut Node, link: &link::Connection) {
    let roster = "number,name,roll,district\n27003,Ravi,R3,Pune\n27004,Sana,R4,Pune\n27005,Om,R5,Pune\n";
    let roster = cluster.file("more.csv", roster);
    let codes = cluster.path("more-codes.csv").display().to_string();
    assert_eq!(
        cluster
            .ctl(&["roster", "import", &roster, "--codes", &codes])
            .await,
        0
    );
    let file = cluster.file("long.csv", PAPER);
    assert_eq!(
        cluster
            .ctl(&["paper", "import", &file, "--title", "Second"])
            .await,
        0
    );
    let create = [
        "sitting",
        "create",
        "--paper",
        "2v1",
        "--title",
        "Evening",
        "--opens",
        "+3h",
        "--closes",
        "+2h",
        "--duration",
        "60m",
        "--districts",
        "pune",
    ];
    assert_eq!(cluster.ctl(&create).await, 0);
    let mut stream = open(link, Open::Ship).await;
    let mut frames: Vec<Bytes> = vec![node.frame(exam().0).bytes().clone()];
    for (candidate, option, text) in GIVEN {
        frames.push(node.frame(events(candidate, option, text)).bytes().clone());
    }
    let answer = ship(&mut stream, node, frames).await;
    assert!(matches!(answer, Down::Delivered { .. }), "{answer:?}");
}
