//! The gateway with a real cluster of one, a real link and a node that joined as nodes do.

mod correction;
mod results;
mod scoring;
mod steps;

use std::collections::BTreeMap;

use protocol::{
    feed::{Document, Release},
    frame::Frame,
    hash::Hash,
    ids::{Revision, Sequence},
    watermark::Watermark,
    wire::{
        centre::{BlobAnswer, Down, FeedMessage, FramesAnswer, Open, Refusal, Up},
        chain::Chain,
    },
};

use crate::{
    harness::{Cluster, Node},
    ops::shapes::{Reconciliation, Status, Wan},
};
use steps::{Linked, exam, fetch, foreign_identity, hear, open, paper, refused, report, say, ship};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_on_a_packed_stream_is_held_as_the_same_frames() {
    let Linked {
        cluster,
        mut node,
        link,
    } = Linked::start().await;
    let mut stream = link.open().await.unwrap().packed().unwrap();
    say(&mut stream, &Open::Ship).await;
    let (events, _) = exam();
    let frames = [node.frame(events[..3].to_vec()), node.frame(events[3..].to_vec())];
    let chain = Chain::of(&frames).unwrap();
    say(&mut stream, &Up::Chain(chain.clone())).await;
    assert_eq!(
        hear::<Down>(&mut stream).await,
        Down::Delivered {
            log: node.log,
            watermark: Watermark::after(&frames[1]),
        }
    );
    let from = Sequence(1);
    let log = node.log;
    let mut held = open(&link, Open::Frames { log, from }).await;
    assert_eq!(
        hear::<FramesAnswer>(&mut held).await,
        FramesAnswer::Frames(frames.iter().map(|frame| frame.bytes().clone()).collect())
    );

    let elsewhere = steps::joined(&cluster, "nagpur-1", "Nagpur").await;
    let mut stream = open(&elsewhere, Open::Ship).await;
    say(&mut stream, &Up::Chain(chain)).await;
    let refusal = refused(hear(&mut stream).await);
    assert!(matches!(refusal, Refusal::NotYours(_)), "{refusal}");
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_shipped_frame_to_an_exported_score_that_balances() {
    let Linked {
        cluster,
        mut node,
        link,
    } = Linked::start().await;
    let mut stream = open(&link, Open::Ship).await;
    say(&mut stream, &Up::Logs(vec![node.log])).await;
    assert_eq!(
        hear::<Down>(&mut stream).await,
        Down::Watermarks(vec![(node.log, Watermark::default())])
    );

    let (events, digest) = exam();
    let first = node.frame(events[..3].to_vec());
    let second = node.frame(events[3..].to_vec());
    let frames = vec![first.bytes().clone(), second.bytes().clone()];
    let delivered = Down::Delivered {
        log: node.log,
        watermark: Watermark::after(&second),
    };
    assert_eq!(ship(&mut stream, &node, frames.clone()).await, delivered);
    assert_eq!(
        ship(&mut stream, &node, frames.clone()).await,
        delivered,
        "a repetition changes nothing"
    );

    let mut held = open(
        &link,
        Open::Frames {
            log: node.log,
            from: Sequence(1),
        },
    )
    .await;
    assert_eq!(
        hear::<FramesAnswer>(&mut held).await,
        FramesAnswer::Frames(frames),
        "the same bytes come back"
    );
    assert_eq!(
        hear::<FramesAnswer>(&mut held).await,
        FramesAnswer::End(Watermark::after(&second))
    );

    report(&mut stream, &node, Watermark::after(&second)).await;
    let status: Status = cluster.get("status").await;
    let pune = &status.districts[0];
    assert_eq!(
        (pune.wan, pune.acknowledged, pune.delivered),
        (Wan::Connected, 4, 4)
    );
    assert_eq!((pune.candidates.registered, pune.candidates.submitted), (2, 1));

    scores_are_exported_and_balance(&cluster, digest).await;
    the_same_frames_are_dumped(&cluster, &node, &[first, second]).await;
    cluster.stop().await;
}

async fn scores_are_exported_and_balance(cluster: &Cluster, digest: Hash) {
    assert_eq!(cluster.ctl(&["result", "export", "1"]).await, 4, "not scored yet");
    assert_eq!(
        cluster.ctl(&["result", "reconcile", "1"]).await,
        6,
        "not scored, so it does not balance"
    );
    assert_eq!(cluster.ctl(&["result", "score", "1"]).await, 0);
    let out = cluster.path("results.csv").display().to_string();
    assert_eq!(cluster.ctl(&["result", "export", "1", "--out", &out]).await, 0);
    let mut csv = csv::Reader::from_path(&out).unwrap();
    let rows: Vec<BTreeMap<String, String>> = csv.deserialize().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (
            rows[0]["candidate"].as_str(),
            rows[0]["total"].as_str(),
            rows[0]["max"].as_str()
        ),
        ("27001", "4", "5")
    );
    assert_eq!(rows[0]["digest"], digest.to_string());
    let report: Reconciliation = cluster.get("sittings/1/reconciliation").await;
    assert!(report.balances, "{report:?}");
    assert_eq!(
        (report.districts[0].absent, report.districts[0].acknowledged),
        (1, 4)
    );
    assert_eq!(cluster.ctl(&["result", "reconcile", "1"]).await, 0);
}

async fn the_same_frames_are_dumped(cluster: &Cluster, node: &Node, frames: &[Frame]) {
    let dump = cluster.path("frames").display().to_string();
    assert_eq!(
        cluster
            .ctl(&["log", "frames", &node.log.to_string(), "--out", &dump])
            .await,
        0
    );
    let bytes = std::fs::read(&dump).unwrap();
    let mut expected = Vec::new();
    for frame in frames {
        expected.extend_from_slice(&(frame.bytes().len() as u32).to_be_bytes());
        expected.extend_from_slice(frame.bytes());
    }
    assert_eq!(bytes, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn altered_frames_other_districts_logs_and_other_clusters_are_refused() {
    let Linked {
        cluster,
        mut node,
        link,
    } = Linked::start().await;
    let mut stream = open(&link, Open::Ship).await;
    let frame = node.frame(exam().0);
    let mut altered = frame.bytes().to_vec();
    altered[70] ^= 1;
    let answer = ship(&mut stream, &node, vec![altered.into()]).await;
    assert!(matches!(refused(answer), Refusal::Damaged(_)));

    let far_link = steps::joined(&cluster, "nagpur-1", "Nagpur").await;
    let mut far_stream = open(&far_link, Open::Ship).await;
    let answer = ship(&mut far_stream, &node, vec![frame.bytes().clone()]).await;
    assert!(matches!(refused(answer), Refusal::NotYours(_)));
    let mut held = open(
        &far_link,
        Open::Frames {
            log: node.log,
            from: Sequence(1),
        },
    )
    .await;
    assert_eq!(
        hear::<FramesAnswer>(&mut held).await,
        FramesAnswer::End(Watermark::default())
    );

    // A node of the same district may hand over for the other.
    let peer_link = steps::joined(&cluster, "pune-2", "Pune").await;
    let mut peer_stream = open(&peer_link, Open::Ship).await;
    let taken = ship(&mut peer_stream, &node, vec![frame.bytes().clone()]).await;
    assert_eq!(
        taken,
        Down::Delivered {
            log: node.log,
            watermark: Watermark::after(&frame)
        }
    );

    let foreign = foreign_identity();
    assert!(
        cluster.link(&foreign).await.is_err(),
        "another cluster's certificate"
    );
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_joins_one_machine_once() {
    let cluster = Cluster::start().await;
    assert_eq!(cluster.ctl(&["district", "add", "Pune"]).await, 0);
    let token = cluster.node_token("pune-1", "Pune").await;
    let mut wrong = token.clone();
    wrong.secret[0] ^= 1;
    assert!(cluster.join_node(&wrong).await.is_err());
    cluster.join_node(&token).await.unwrap();
    let again = cluster.join_node(&token).await.err().unwrap();
    assert!(again.contains("used"), "{again}");
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_feed_brings_the_sealed_paper_and_its_key_only_after_the_release() {
    let Linked { cluster, link, .. } = Linked::start().await;
    let mut feed = open(&link, Open::Feed { after: Revision(0) }).await;
    let mut documents = Vec::new();
    let up_to = loop {
        match hear(&mut feed).await {
            FeedMessage::Entry(entry) => documents.push(entry.document),
            FeedMessage::UpToDate(revision) => break revision,
        }
    };
    let kinds: Vec<_> = documents
        .iter()
        .filter(|document| document.is_old())
        .map(Document::key)
        .collect();
    assert_eq!(
        kinds.len(),
        5,
        "district, directory, roster, sitting, paper: {kinds:?}"
    );
    // The custodian adds these a moment after the sitting was planned.
    let later: Vec<_> = documents.iter().filter(|document| !document.is_old()).collect();
    assert!(
        later
            .iter()
            .all(|document| matches!(document, Document::Check(_) | Document::Gate(_))),
        "{later:?}"
    );
    assert!(
        !documents
            .iter()
            .any(|document| matches!(document, Document::Release(_)))
    );
    let Some(Document::Paper(notice)) = documents
        .iter()
        .find(|document| matches!(document, Document::Paper(_)))
    else {
        panic!("the paper's notice is in the feed");
    };
    let sealed = fetch(&link, notice.blob).await;
    assert!(sealed.len() == notice.bytes as usize && Hash::blake3(&sealed) == notice.blob);

    assert_eq!(cluster.ctl(&["paper", "release", "1v1"]).await, 0);
    let release: Release = loop {
        if let FeedMessage::Entry(entry) = hear(&mut feed).await
            && let Document::Release(release) = entry.document
        {
            assert!(entry.revision > up_to);
            break release;
        }
    };
    let opened = content::seal::open(&sealed, &release.key).unwrap();
    assert_eq!((opened.paper, opened.items.len()), (paper(), 3));
    assert!(content::seal::open(&sealed, &[0; 32]).is_err());

    let mut unknown = open(
        &link,
        Open::Blob {
            hash: Hash::ZERO,
            offset: 0,
        },
    )
    .await;
    assert_eq!(hear::<BlobAnswer>(&mut unknown).await, BlobAnswer::Unknown);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_metrics_show_raft_the_gateway_and_the_districts_and_a_node_that_goes_silent() {
    let Linked {
        cluster,
        mut node,
        link,
    } = Linked::start().await;
    let mut stream = open(&link, Open::Ship).await;
    let frame = node.frame(exam().0);
    ship(&mut stream, &node, vec![frame.bytes().clone()]).await;
    report(&mut stream, &node, Watermark::after(&frame)).await;
    for line in [
        "raft_is_leader 1",
        "raft_has_leader 1",
        "raft_proposals 0",
        "raft_replication_lag_entries{coordinator=\"1\"} 0",
        "gateway_links 1",
        "gateway_batches_waiting 0",
        "gateway_batches_refused_total 0",
        "gateway_frames_taken_total 1",
        "district_nodes{district=\"Pune\"} 1",
        "district_nodes_cut{district=\"Pune\"} 0",
        "district_answers_delivered{district=\"Pune\"} 4",
        "alarms 0",
        "clocks_doubted 0",
    ] {
        steps::until_shown(&cluster, line).await;
    }
    let known: Reconciliation = cluster.get("sittings/1/reconciliation").await;
    assert_eq!(known.districts[0].not_known, [""; 0]);

    link.close("the node goes");
    steps::until_shown(&cluster, "district_nodes_cut{district=\"Pune\"} 1").await;
    let report: Reconciliation = cluster.get("sittings/1/reconciliation").await;
    let not_known = &report.districts[0].not_known;
    assert!(
        not_known[0].starts_with("node pune-1 was not heard for "),
        "{not_known:?}"
    );
    cluster.stop().await;
}
