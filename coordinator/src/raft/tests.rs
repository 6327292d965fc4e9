//! Whole coordinators' Raft parts in one process: real endpoints on loopback, real certificates, real directories.

mod cluster;
mod storage;
mod writer;

use std::time::Duration;

use cluster::{Cluster, eventually};
use protocol::ids::{CoordinatorId, Sequence};
use state::{Command, Outcome, Rejection};

use super::*;

const THREE: [u64; 3] = [1, 2, 3];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn three_elect_a_follower_proposes_and_a_restarted_one_catches_up() {
    let mut cluster = Cluster::of(3).await;
    let mut node = cluster.register_node("mumbai-1").await;
    let follower = cluster.a_follower();
    let outcome = cluster
        .centre(follower)
        .propose("test", node.frames(3, 10))
        .await
        .unwrap();
    assert!(matches!(outcome, Outcome::Delivered { .. }), "{outcome:?}");
    let again = cluster
        .centre(follower)
        .propose(
            "test",
            Command::AddDistrict {
                name: "Mumbai".into(),
            },
        )
        .await;
    assert!(
        matches!(
            again,
            Err(ProposeError::Rejected(Rejection::DistrictNameTaken(_)))
        ),
        "{again:?}"
    );

    let leader = cluster.leader().await;
    let before = cluster.content(leader);
    cluster.stop(leader).await;
    let others: Vec<u64> = THREE.into_iter().filter(|id| *id != leader).collect();
    cluster
        .centre(others[0])
        .propose("test", node.frames(5, 10))
        .await
        .unwrap();
    cluster.start(leader).await;
    cluster
        .centre(leader)
        .propose("test", node.frames(1, 10))
        .await
        .unwrap();
    let after = cluster.agreed(&THREE).await;
    assert_eq!(
        cluster.centre(leader).id(),
        CoordinatorId(leader),
        "it came back as itself"
    );
    assert_eq!(after.frames.len(), before.frames.len() + 6);
    assert!(
        after.frames.starts_with(&before.frames),
        "nothing that was held changed"
    );
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_commands_are_carried_out_in_their_order_whoever_is_asked() {
    let mut cluster = Cluster::of(3).await;
    let mut node = cluster.register_node("nashik-1").await;
    for asked in [cluster.a_follower(), cluster.leader().await] {
        // Each goes on where the one before ends: in any other order a gap would be refused.
        let commands: Vec<Command> = (0..6).map(|_| node.frames(4, 100)).collect();
        let outcomes = cluster.centre(asked).propose_all("test", commands).await.unwrap();
        assert_eq!(outcomes.len(), 6);
        for outcome in outcomes {
            let Ok(Outcome::Delivered { logs, .. }) = outcome else {
                panic!("{outcome:?}")
            };
            assert!(logs.iter().all(|log| log.result.is_ok()), "{logs:?}");
        }
    }
    let content = cluster.agreed(&THREE).await;
    assert_eq!(content.frames.len(), 2 * 6 * 4);
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_fresh_fourth_member_installs_a_snapshot_with_its_frames_after_the_log_was_purged() {
    let mut cluster = Cluster::of(3).await;
    let mut node = cluster.register_node("pune-1").await;
    let leader = cluster.leader().await;
    for _ in 0..40 {
        cluster
            .centre(leader)
            .propose("test", node.frames(2, 40))
            .await
            .unwrap();
    }
    eventually("the log is purged", || {
        let metrics = cluster.centre(leader).inner.raft.metrics().borrow().clone();
        metrics.purged.is_some_and(|purged| purged.index > 20)
    })
    .await;
    let fourth = cluster.join().await;
    eventually("the fourth votes", || cluster.centre(fourth).is_voter()).await;
    let content = cluster.agreed(&[1, 2, 3, fourth]).await;
    assert_eq!(content.frames.len(), 80);
    let installed = cluster.centre(fourth).inner.raft.metrics().borrow().snapshot;
    assert!(
        installed.is_some_and(|entry| entry.index > 20),
        "it came by a snapshot: {installed:?}"
    );

    let read = cluster
        .centre(fourth)
        .frames(node.log(), Sequence(100), 20_000)
        .unwrap();
    let first = protocol::frame::Frame::parse(read[0].clone()).unwrap();
    assert!(first.first() <= Sequence(100) && first.last() >= Sequence(100) && read.len() > 1);

    cluster.stop(fourth).await;
    cluster.start(fourth).await;
    cluster
        .centre(fourth)
        .propose("test", node.frames(1, 5))
        .await
        .unwrap();
    assert_eq!(cluster.agreed(&[1, 2, 3, fourth]).await.frames.len(), 81);

    cluster
        .centre(1)
        .remove_voter(CoordinatorId(fourth))
        .await
        .unwrap();
    eventually("the fourth is gone", || cluster.centre(1).members().len() == 3).await;
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_three_restarted_at_once_have_lost_nothing() {
    let mut cluster = Cluster::of(3).await;
    let mut node = cluster.register_node("nashik-1").await;
    for round in 0..30 {
        let at = THREE[round % 3];
        cluster
            .centre(at)
            .propose("test", node.frames(2, 20))
            .await
            .unwrap();
    }
    let before = cluster.agreed(&THREE).await;
    cluster.stop_all().await;
    for id in THREE {
        cluster.start(id).await;
    }
    cluster.leader().await;
    assert_eq!(cluster.agreed(&THREE).await, before);
    assert_eq!(before.frames.len(), 60);
    cluster
        .centre(2)
        .propose("test", node.frames(1, 1))
        .await
        .unwrap();
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_voter_that_was_away_longer_than_the_log_reaches_takes_a_snapshot_over_its_old_state() {
    let mut cluster = Cluster::of(3).await;
    let mut node = cluster.register_node("thane-1").await;
    cluster
        .centre(1)
        .propose("test", node.frames(4, 10))
        .await
        .unwrap();
    let away = cluster.a_follower();
    cluster.stop(away).await;
    let leader = cluster.leader().await;
    for index in 0..60 {
        cluster
            .centre(leader)
            .propose("test", node.frames(1, 10))
            .await
            .unwrap();
        let district = Command::AddDistrict {
            name: format!("District {index}"),
        };
        cluster.centre(leader).propose("test", district).await.unwrap();
    }
    cluster.start(away).await;
    cluster
        .centre(away)
        .propose("test", node.frames(1, 10))
        .await
        .unwrap();
    let content = cluster.agreed(&THREE).await;
    assert_eq!(content.frames.len(), 65);
    cluster.stop(away).await;
    cluster.start(away).await;
    cluster.leader().await;
    assert_eq!(
        cluster.agreed(&THREE).await,
        content,
        "and what it took over is on its disk"
    );
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_a_majority_a_proposal_ends_with_a_clear_error_in_time() {
    let mut cluster = Cluster::of(3).await;
    let mut node = cluster.register_node("nagpur-1").await;
    cluster.stop(2).await;
    cluster.stop(3).await;
    let begun = tokio::time::Instant::now();
    let proposed = cluster.centre(1).propose("test", node.frames(1, 1)).await;
    assert!(
        matches!(
            proposed,
            Err(ProposeError::NoLeader(_) | ProposeError::Uncertain(_))
        ),
        "{proposed:?}"
    );
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    let too_large = Command::Frames {
        frames: vec![vec![0; 2 << 20].into()],
    };
    let refused = cluster.centre(1).propose("test", too_large).await;
    assert!(matches!(refused, Err(ProposeError::TooLarge(_))), "{refused:?}");
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_coordinator_whose_log_was_removed_does_not_come_back_as_itself() {
    let mut cluster = Cluster::of(1).await;
    let _node = cluster.register_node("aurangabad-1").await;
    eventually("the mark is set", || cluster.data(1).join("raft-begun").exists()).await;
    cluster.stop(1).await;
    std::fs::remove_dir_all(cluster.data(1).join("raft")).unwrap();
    let started = cluster.try_start(1, Founding::First).await;
    assert!(matches!(started, Err(StartError::Wiped(_))), "{started:?}");
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_coordinator_that_is_not_registered_is_not_admitted() {
    let mut cluster = Cluster::of(1).await;
    let stranger = 77;
    let others = cluster.addresses();
    cluster
        .try_start(stranger, Founding::Joined(others))
        .await
        .unwrap();
    let asked = cluster
        .centre(1)
        .admit(CoordinatorId(stranger), "127.0.0.1:1".into(), true)
        .await;
    assert!(matches!(asked, message::Answer::Refused(_)), "{asked:?}");
    assert!(!cluster.centre(stranger).is_voter());
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_change_of_members_that_was_left_half_done_is_ended_by_the_leader() {
    let mut cluster = Cluster::of(3).await;
    let leader = cluster.leader().await;
    let raft = cluster.centre(leader).inner.raft.clone();
    let other = THREE.into_iter().find(|id| *id != leader).unwrap();
    // Dropped after its first half: the entry with the joint voters is on its way, the second is never proposed.
    let removal = openraft::ChangeMembers::RemoveVoters([other].into());
    let half = raft.change_membership(removal, true);
    let _ = tokio::time::timeout(Duration::from_micros(200), half).await;
    let voters = |cluster: &Cluster| -> Vec<usize> {
        let metrics = cluster.centre(leader).inner.raft.metrics().borrow().clone();
        let membership = metrics.membership_config.membership();
        membership
            .get_joint_config()
            .iter()
            .map(std::collections::BTreeSet::len)
            .collect()
    };
    eventually("one set of voters is left", || voters(&cluster).len() == 1).await;
    cluster.stop_all().await;
}
