//! What the gateway's tests do again and again: a prepared cluster, a whole exam, streams.

use std::time::Duration;

use bytes::Bytes;
use link::{CertificateAuthority, FramedStream, Identity, PeerName, PrivateKey, Validity};
use protocol::{
    checkpoint::Checkpoint,
    digest,
    epoch::Epoch,
    hash::Hash,
    ids::{
        AttemptKey, CandidateId, DeviceTag, ItemNo, OptionId, PaperId, PaperRef, PaperVersion, ResponseSeq,
        SittingId,
    },
    record::{Event, Submission, SubmittedBy},
    response::Response,
    time::Instant,
    watermark::Watermark,
    wire::centre::{BlobAnswer, Counts, Down, Open, Refusal, Report, Up},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    authority,
    harness::{Cluster, LONG, Node},
};

pub(super) const PAPER: &str = "kind,key,stem,a,b,c,marks,penalty\n\
    choice,B,Capital of Maharashtra?,Pune,Mumbai,Nashik,2,0.5\n\
    choices,A;C,Rivers?,Godavari,Sahyadri,Krishna,2,0\n\
    number,3.5,Seven halves?,,,,1,0\n";

pub(super) async fn say<T: Serialize>(stream: &mut FramedStream, message: &T) {
    stream.send_message(message).await.unwrap();
}

pub(super) async fn hear<T: DeserializeOwned>(stream: &mut FramedStream) -> T {
    tokio::time::timeout(LONG, stream.recv_message())
        .await
        .expect("an answer in time")
        .unwrap()
        .unwrap()
}

pub(super) async fn open(link: &link::Connection, open: Open) -> FramedStream {
    let mut stream = link.open().await.unwrap();
    say(&mut stream, &open).await;
    stream
}

pub(super) async fn ship(stream: &mut FramedStream, node: &Node, frames: Vec<Bytes>) -> Down {
    say(
        stream,
        &Up::Frames {
            log: node.log,
            frames,
        },
    )
    .await;
    hear(stream).await
}

/// A prepared cluster, its node in Pune, and the node's link.
pub(super) struct Linked {
    pub(super) cluster: Cluster,
    pub(super) node: Node,
    pub(super) link: link::Connection,
}

impl Linked {
    pub(super) async fn start() -> Self {
        let cluster = Cluster::start().await;
        let node = prepare(&cluster).await;
        let link = cluster.link(&node.identity).await.unwrap();
        Self { cluster, node, link }
    }
}

/// A further node that has joined; gives its link.
pub(super) async fn joined(cluster: &Cluster, name: &str, district: &str) -> link::Connection {
    let token = cluster.node_token(name, district).await;
    let node = cluster.join_node(&token).await.unwrap();
    cluster.link(&node.identity).await.unwrap()
}

/// Why frames were refused.
pub(super) fn refused(answer: Down) -> Refusal {
    match answer {
        Down::Refused { reason, .. } => reason,
        other => panic!("not refused: {other:?}"),
    }
}

/// Waits until the page of metrics has this line.
pub(super) async fn until_shown(cluster: &Cluster, line: &str) {
    let line = format!("pariksha_coordinator_{line}");
    let url = format!("{}/metrics", cluster.context.urls[0]);
    let mut page = String::new();
    let shown = async {
        while !page.lines().any(|shown| shown == line) {
            let request = cluster.http().get(&url).bearer_auth(&cluster.context.token);
            page = request.send().await.unwrap().text().await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let in_time = tokio::time::timeout(LONG, shown).await.is_ok();
    assert!(in_time, "{line} does not come to stand in\n{page}");
}

/// Two candidates, one paper, one sitting, one node in Pune; gives the node.
async fn prepare(cluster: &Cluster) -> Node {
    for district in ["Pune", "Nagpur"] {
        assert_eq!(cluster.ctl(&["district", "add", district]).await, 0);
    }
    let roster = cluster.file(
        "roster.csv",
        "number,name,roll,district\n27001,Asha,R1,Pune\n27002,Meera,R2,Pune\n",
    );
    let codes = cluster.path("codes.csv").display().to_string();
    assert_eq!(
        cluster
            .ctl(&["roster", "import", &roster, "--codes", &codes])
            .await,
        0
    );
    let paper = cluster.file("paper.csv", PAPER);
    assert_eq!(
        cluster
            .ctl(&["paper", "import", &paper, "--title", "Sample"])
            .await,
        0
    );
    let create = [
        "sitting",
        "create",
        "--paper",
        "1v1",
        "--title",
        "Morning",
        "--opens",
        "now",
        "--closes",
        "+2h",
        "--duration",
        "60m",
        "--districts",
        "pune",
    ];
    assert_eq!(cluster.ctl(&create).await, 0);
    let token = cluster.node_token("pune-1", "Pune").await;
    let node = cluster.join_node(&token).await.unwrap();
    assert_eq!(
        (node.joined.name.as_str(), node.joined.coordinators.len()),
        ("pune-1", 1)
    );
    node
}

pub(super) fn paper() -> PaperRef {
    PaperRef {
        paper: PaperId(1),
        version: PaperVersion(1),
    }
}

pub(super) fn attempt() -> AttemptKey {
    AttemptKey {
        sitting: SittingId(1),
        candidate: CandidateId(27_001),
    }
}

/// One candidate's whole exam: a changed answer, a right multiple choice, a wrong number, the submission.
pub(super) fn exam() -> (Vec<(AttemptKey, Event)>, Hash) {
    let epoch = Epoch::first(DeviceTag(5));
    let answered = |item, seq, response| Event::Answered {
        item: ItemNo(item),
        epoch,
        seq: ResponseSeq(seq),
        response: Some(response),
        marked: false,
        late: false,
    };
    let right = Response::Choice(OptionId(2));
    let rivers = Response::Choices([OptionId(1), OptionId(3)].into());
    let number = Response::Number("3.4".into());
    let kept = [(ItemNo(1), &right), (ItemNo(2), &rivers), (ItemNo(3), &number)];
    let digest = digest::of_responses(kept);
    let submission = Submission {
        id: [9; 16],
        by: SubmittedBy::Candidate,
        digest,
        answered: 3,
    };
    let events = vec![
        Event::Started {
            epoch,
            paper: paper(),
            deadline: Instant(3_600_000),
        },
        answered(1, 1, Response::Choice(OptionId(1))),
        answered(1, 2, right.clone()),
        answered(2, 3, rivers.clone()),
        answered(3, 4, number.clone()),
        Event::Submitted(submission),
    ];
    (
        events.into_iter().map(|event| (attempt(), event)).collect(),
        digest,
    )
}

pub(super) async fn report(stream: &mut FramedStream, node: &Node, head: Watermark) {
    let checkpoint = Checkpoint {
        log: node.log,
        head,
        at: Instant(1),
    }
    .sign(&node.signing);
    let counts = Counts {
        acknowledged: 4,
        ..Counts::default()
    };
    let report = Report {
        checkpoint,
        lag_ms: 0,
        asked_ms: 77,
        counts,
        version: "test".into(),
    };
    say(stream, &Up::Report(report)).await;
    let answer = hear::<Down>(stream).await;
    assert!(
        matches!(answer, Down::Time { asked_ms: 77, now } if now.0 > 1_600_000_000_000),
        "{answer:?}"
    );
}

pub(super) fn foreign_identity() -> Identity {
    let now = authority::system_time(Instant(daemon::Clock::wall_ms(&daemon::SystemClock)));
    let ca = CertificateAuthority::generate("other", now).unwrap();
    let key = PrivateKey::generate().unwrap();
    let request = key.signing_request().unwrap();
    let certificate = ca
        .issue(PeerName::Node(1), &request, Validity::leaf(now))
        .unwrap();
    Identity::new(&certificate, key, ca.certificate_pem()).unwrap()
}

/// Fetches a blob in two goes, as after a break.
pub(super) async fn fetch(link: &link::Connection, hash: Hash) -> Vec<u8> {
    let mut bytes = Vec::new();
    for offset in [0, 10] {
        bytes.truncate(offset as usize);
        let mut stream = open(link, Open::Blob { hash, offset }).await;
        while let BlobAnswer::Chunk(chunk) = hear(&mut stream).await {
            bytes.extend_from_slice(&chunk);
        }
    }
    bytes
}
