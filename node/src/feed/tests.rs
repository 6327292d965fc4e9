//! The feed against a coordinator that speaks the protocol.

use std::{sync::Arc, time::Duration};

use daemon::Tasks;
use link::PeerName;
use protocol::{
    feed::{PaperNotice, Release, RosterPage},
    ids::{CandidateId, DistrictId, PaperId, PaperRef, PaperVersion},
    limits::BLOB_CHUNK_BYTES,
    outline::Outline,
    roster::Candidate,
};

use super::*;
use crate::{
    testbed::{Cluster, Coordinator, district, local, tasks, until, uplink_to},
    uplink,
};

const PAPER: PaperRef = PaperRef {
    paper: PaperId(1),
    version: PaperVersion(1),
};

fn candidate(number: u32, name: &str) -> Candidate {
    Candidate {
        id: CandidateId(number),
        district: DistrictId(1),
        name: name.to_owned(),
        roll: format!("R{number}"),
        batch: String::new(),
        extra_permille: 0,
        code_hash: Hash::ZERO,
    }
}

fn page(revision: u64, candidates: Vec<Candidate>) -> FeedEntry {
    FeedEntry {
        revision: Revision(revision),
        document: Document::Roster(RosterPage { page: 0, candidates }),
    }
}

fn announce(revision: u64, blob: &Bytes) -> FeedEntry {
    let notice = PaperNotice {
        paper: PAPER,
        blob: Hash::blake3(blob),
        bytes: blob.len() as u32,
        outline: Outline {
            paper: PAPER,
            items: std::collections::BTreeMap::new(),
        },
    };
    FeedEntry {
        revision: Revision(revision),
        document: Document::Paper(notice),
    }
}

fn follow(cluster: &Cluster, feed: &Feed, coordinator: &Coordinator) -> Tasks {
    let tasks = tasks();
    let endpoint = cluster.endpoint(PeerName::Node(1), 0);
    let uplink = uplink::start(uplink_to(&[coordinator.address]), endpoint, &tasks);
    start(&Settings { retry_ms: 10 }, feed.clone(), uplink, &tasks);
    tasks
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_is_served_after_a_restart_with_the_wan_cut() {
    let (cluster, directory) = (Cluster::new(), tempfile::tempdir().unwrap());
    let coordinator = Coordinator::start(&cluster, 0, Arc::default());
    let blob = Bytes::from(vec![5; 2 * BLOB_CHUNK_BYTES + 999]);
    coordinator.held(|held| {
        held.documents = district(&[(1, local(1))]);
        held.documents
            .push(page(3, vec![candidate(1, "Asha"), candidate(2, "Vikram")]));
        held.documents.push(announce(4, &blob));
        held.blobs.insert(Hash::blake3(&blob), blob.clone());
        // Every stream ends after one chunk.
        held.chunks_max = Some(1);
    });
    let feed = Feed::open(directory.path()).unwrap();
    assert!(feed.catalogue().district.is_none());
    let tasks = follow(&cluster, &feed, &coordinator);
    let hash = Hash::blake3(&blob);
    until("two chunks came", || {
        coordinator.held(|held| held.blob_offsets.len() > 2)
    })
    .await;
    coordinator.held(|held| held.chunks_max = None);
    until("the paper is here", || feed.blob(hash).is_some()).await;
    let chunk = BLOB_CHUNK_BYTES as u64;
    coordinator.held(|held| {
        assert!(
            held.blob_offsets.starts_with(&[0, chunk, 2 * chunk]),
            "{:?}",
            held.blob_offsets
        );
    });
    assert!(tasks.stop(Duration::from_secs(5)).await.is_clean());
    drop((feed, coordinator));

    let again = Feed::open(directory.path()).unwrap();
    let catalogue = again.catalogue();
    assert_eq!(catalogue.revision, Revision(4));
    assert_eq!(catalogue.candidates[&CandidateId(2)].name, "Vikram");
    assert_eq!(catalogue.papers[&PAPER].blob, hash);
    assert_eq!(again.blob(hash), Some(blob));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_replaces_what_it_changes_and_readers_are_told() {
    let (cluster, directory) = (Cluster::new(), tempfile::tempdir().unwrap());
    let coordinator = Coordinator::start(&cluster, 0, Arc::default());
    coordinator
        .held(|held| held.documents = vec![page(1, vec![candidate(1, "Asha"), candidate(2, "Vikram")])]);
    let feed = Feed::open(directory.path()).unwrap();
    let mut changes = feed.changes();
    let tasks = follow(&cluster, &feed, &coordinator);
    changes
        .wait_for(|revision| *revision == Revision(1))
        .await
        .unwrap();
    let before = feed.catalogue();

    let release = Document::Release(Release {
        paper: PAPER,
        key: [9; 32],
    });
    coordinator.held(|held| {
        held.documents.push(FeedEntry {
            revision: Revision(2),
            document: release,
        });
    });
    changes
        .wait_for(|revision| *revision == Revision(2))
        .await
        .unwrap();
    assert_eq!(feed.catalogue().releases[&PAPER], [9; 32]);
    assert!(
        Arc::ptr_eq(&before.candidates, &feed.catalogue().candidates),
        "the roster did not change"
    );

    coordinator.held(|held| held.documents.push(page(3, vec![candidate(2, "Vikram K.")])));
    changes
        .wait_for(|revision| *revision == Revision(3))
        .await
        .unwrap();
    assert_eq!(feed.catalogue().candidates.len(), 1);
    assert_eq!(feed.catalogue().candidates[&CandidateId(2)].name, "Vikram K.");
    assert_eq!(
        before.candidates.len(),
        2,
        "who holds an old catalogue keeps it whole"
    );
    assert!(tasks.stop(Duration::from_secs(5)).await.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_goes_on_from_its_revision_at_a_coordinator_that_was_restarted() {
    let (cluster, directory) = (Cluster::new(), tempfile::tempdir().unwrap());
    let coordinator = Coordinator::start(&cluster, 0, Arc::default());
    coordinator.held(|held| held.documents = vec![page(1, vec![candidate(1, "Asha")])]);
    let feed = Feed::open(directory.path()).unwrap();
    let mut changes = feed.changes();
    let tasks = follow(&cluster, &feed, &coordinator);
    changes
        .wait_for(|revision| *revision == Revision(1))
        .await
        .unwrap();
    let (held, port) = (Arc::clone(&coordinator.held), coordinator.address.port());
    drop(coordinator);
    held.lock().unwrap().documents = vec![page(2, vec![candidate(1, "Asha"), candidate(5, "Meera")])];
    let _coordinator = Coordinator::start(&cluster, port, held);
    changes
        .wait_for(|revision| *revision == Revision(2))
        .await
        .unwrap();
    assert_eq!(feed.catalogue().candidates.len(), 2);
    assert!(tasks.stop(Duration::from_secs(5)).await.is_clean());
}

#[test]
fn a_document_that_is_older_than_what_is_held_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let feed = Feed::open(directory.path()).unwrap();
    feed.store(vec![page(5, vec![candidate(1, "new")])]).unwrap();
    feed.store(vec![page(4, vec![candidate(1, "old")])]).unwrap();
    assert_eq!(feed.catalogue().candidates[&CandidateId(1)].name, "new");
    assert_eq!(feed.catalogue().revision, Revision(5));
}
