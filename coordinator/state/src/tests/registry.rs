use protocol::{ids::KeyVersion, wire::join::Newcomer};

use super::*;
use crate::bounds::UPLOADS_MAX;

fn join(newcomer: Newcomer, secret: &[u8], key: u8, at: i64) -> Command {
    Command::UseJoin {
        newcomer,
        secret_hash: Hash::blake3(secret),
        link_address: "127.0.0.1:7".into(),
        public_url: "https://127.0.0.1:8".into(),
        signing_key: [key; 32],
        at: Instant(at),
    }
}

#[test]
fn nothing_happens_before_the_cluster_is_initialised_and_it_is_initialised_once() {
    let mut world = World::empty();
    assert_eq!(
        world.refused(Command::AddDistrict { name: "x".into() }),
        Rejection::NotInitialised
    );
    world.apply(init("Maharashtra"));
    assert_eq!(world.apply(init("Maharashtra")), Outcome::Done);
    assert!(matches!(
        world.refused(init("Goa")),
        Rejection::AlreadyInitialised { .. }
    ));
}

#[test]
fn a_join_token_works_once_in_time_and_again_only_for_the_same_newcomer() {
    let mut world = World::ready();
    let node = Newcomer::Node(NodeId(1));
    assert_eq!(world.refused(join(node, b"guess", 1, 5)), Rejection::JoinUnknown);
    assert_eq!(
        world.refused(join(Newcomer::Node(NodeId(50)), b"Mumbai", 1, 5)),
        Rejection::JoinUnknown
    );
    assert_eq!(
        world.refused(join(node, b"Mumbai", 1, 1001)),
        Rejection::JoinExpired
    );
    let joined = Outcome::Joined {
        newcomer: node,
        name: "Mumbai-1".into(),
        district: MUMBAI,
    };
    assert_eq!(world.apply(join(node, b"Mumbai", 1, 5)), joined);
    assert_eq!(
        world.apply(join(node, b"Mumbai", 1, 6)),
        joined,
        "the answer was lost"
    );
    assert_eq!(world.refused(join(node, b"Mumbai", 2, 6)), Rejection::JoinUsed);
    assert_eq!(world.state.directory().nodes.len(), 1);
}

#[test]
fn a_planned_node_keeps_its_id_under_a_new_token_and_a_joined_ones_name_is_taken() {
    let mut world = World::ready();
    let again = |secret: &[u8]| Command::MakeJoin {
        newcomer: NewNewcomer::NewNode {
            name: "Mumbai-1".into(),
            district: MUMBAI,
        },
        secret_hash: Hash::blake3(secret),
        expires: Instant(1000),
    };
    let node = Newcomer::Node(NodeId(1));
    assert_eq!(world.apply(again(b"second")), Outcome::Join(node));
    assert_eq!(world.refused(join(node, b"Mumbai", 1, 5)), Rejection::JoinUnknown);
    world.apply(join(node, b"second", 1, 5));
    assert_eq!(
        world.refused(again(b"third")),
        Rejection::NodeNameTaken("Mumbai-1".into())
    );
}

#[test]
fn every_coordinator_gets_a_new_id_and_a_removed_one_never_returns() {
    let mut world = World::ready();
    let token = || Command::MakeJoin {
        newcomer: NewNewcomer::NewCoordinator,
        secret_hash: Hash::ZERO,
        expires: Instant(9),
    };
    world.apply(coordinator(1, "127.0.0.1:1"));
    assert_eq!(
        world.apply(token()),
        Outcome::Join(Newcomer::Coordinator(CoordinatorId(2)))
    );
    assert_eq!(
        world.apply(token()),
        Outcome::Join(Newcomer::Coordinator(CoordinatorId(3)))
    );
    world.apply(coordinator(7, "127.0.0.1:7"));
    assert_eq!(
        world.apply(token()),
        Outcome::Join(Newcomer::Coordinator(CoordinatorId(8)))
    );
    world.apply(Command::RemoveCoordinator { id: CoordinatorId(7) });
    assert_eq!(
        world.refused(coordinator(7, "x:1")),
        Rejection::CoordinatorRemoved(CoordinatorId(7))
    );
    assert_eq!(world.state.directory().coordinators.len(), 1);
}

#[test]
fn a_bad_import_changes_nothing() {
    let mut world = World::ready();
    let import = |candidates| Command::ImportCandidates { candidates };
    let twice = world.refused(import(vec![candidate(9, MUMBAI), candidate(9, PUNE)]));
    assert_eq!(twice, Rejection::CandidateTwice(CandidateId(9)));
    let nowhere = world.refused(import(vec![candidate(9, MUMBAI), candidate(10, DistrictId(9))]));
    assert_eq!(nowhere, Rejection::UnknownDistrict(DistrictId(9)));
    let many = (0..501).map(|id| candidate(100 + id, MUMBAI)).collect();
    assert!(matches!(world.refused(import(many)), Rejection::TooMany { .. }));
    let mut long = candidate(9, MUMBAI);
    long.name = "अ".repeat(200);
    assert!(matches!(
        world.refused(import(vec![long])),
        Rejection::TooLong { .. }
    ));
}

#[test]
fn a_blob_is_put_in_order_resumed_and_checked() {
    let mut world = World::ready();
    assert_eq!(
        world.refused(piece(b"abcdef", 3, b"def")),
        Rejection::BlobOffset {
            expected: 0,
            given: 3
        }
    );
    let held = |received, complete| Outcome::Blob { received, complete };
    assert_eq!(world.apply(piece(b"abcdef", 0, b"abc")), held(3, false));
    assert_eq!(world.apply(piece(b"abcdef", 0, b"abc")), held(3, false));
    assert!(matches!(
        world.refused(piece(b"abcdef", 3, b"defg")),
        Rejection::BlobLength { .. }
    ));
    assert_eq!(world.state.blob(&Hash::blake3(b"abcdef")), None, "not whole");
    assert_eq!(world.apply(piece(b"abcdef", 3, b"def")), held(6, true));
    let hash = Hash::blake3(b"abcdef");
    assert_eq!(world.state.blob(&hash).unwrap(), "abcdef");
    assert_eq!(world.state.blob_piece(&hash, 1).unwrap(), "bc");
    assert_eq!(world.state.blob_piece(&hash, 3).unwrap(), "def");
    assert_eq!(world.state.blob_piece(&hash, 6).unwrap(), "");
}

#[test]
fn a_blob_with_another_hash_is_dropped_and_uploads_are_bounded() {
    let mut world = World::ready();
    world.apply(piece(b"abcdef", 0, b"abc"));
    let effects = world.try_apply(piece(b"abcdef", 3, b"xyz"));
    assert!(matches!(effects.outcome, Err(Rejection::BlobHash(_))));
    assert_eq!(
        world.apply(piece(b"abcdef", 0, b"abc")),
        Outcome::Blob {
            received: 3,
            complete: false
        }
    );
    for number in 0..UPLOADS_MAX {
        world.apply(piece(format!("blob {number}").as_bytes(), 0, b"b"));
    }
    assert!(matches!(
        world.refused(piece(b"abcdef", 3, b"def")),
        Rejection::BlobOffset { expected: 0, .. }
    ));
    replay::stands_after_a_restart(&world);
}

#[test]
fn a_paper_is_published_under_the_name_it_was_sealed_as() {
    let mut world = World::ready();
    let lost_race = publication(PAPER, None, b"sealed");
    let second = PaperRef {
        paper: PaperId(2),
        version: PaperVersion(1),
    };
    assert_eq!(
        world.refused(lost_race),
        Rejection::PaperRef {
            expected: second,
            given: PAPER
        }
    );
    assert!(matches!(
        world.refused(publication(second, None, b"not put")),
        Rejection::BlobMissing(_)
    ));
    let next = PaperRef {
        paper: PaperId(1),
        version: PaperVersion(2),
    };
    assert_eq!(world.publish(Some(PaperId(1)), b"sealed again"), next);
    assert_eq!(world.publish(None, b"other"), second);
}

#[test]
fn a_release_is_repeated_freely_but_never_with_another_key() {
    let mut world = World::ready();
    let release = |key| Command::Release {
        paper: PAPER,
        key: [key; 32],
    };
    world.apply(release(3));
    let revision = world.state.revision();
    world.apply(release(3));
    assert_eq!(world.state.revision(), revision);
    assert_eq!(world.refused(release(4)), Rejection::ReleasedOtherwise(PAPER));
}

#[test]
fn a_corrected_key_is_a_new_version_and_the_old_one_stays() {
    let mut world = World::ready();
    let corrected = Command::CorrectKey {
        paper: PAPER,
        wrapped_answer_key: vec![5],
    };
    assert_eq!(world.apply(corrected), Outcome::Key(KeyVersion(2)));
    assert_eq!(
        world.state.answer_key(PAPER, KeyVersion(1)).unwrap().wrapped,
        vec![8; 60]
    );
    assert_eq!(world.state.answer_key(PAPER, KeyVersion(2)).unwrap().wrapped, [5]);
}

#[test]
fn a_sitting_that_cannot_be_is_refused_with_the_reason() {
    let mut world = World::ready();
    let mut refuse = |change: &dyn Fn(&mut NewSitting)| {
        let mut new = sitting(vec![MUMBAI]);
        change(&mut new);
        world.refused(Command::CreateSitting(new))
    };
    assert_eq!(refuse(&|new| new.closes = new.opens), Rejection::SittingWindow);
    assert_eq!(refuse(&|new| new.duration_ms = 0), Rejection::SittingDuration(0));
    assert_eq!(refuse(&|new| new.districts.clear()), Rejection::SittingDistricts);
    assert_eq!(
        refuse(&|new| new.districts.push(MUMBAI)),
        Rejection::SittingDistricts
    );
    assert_eq!(
        refuse(&|new| new.districts = vec![DistrictId(9)]),
        Rejection::UnknownDistrict(DistrictId(9))
    );
    assert!(matches!(
        refuse(&|new| new.paper.version = PaperVersion(9)),
        Rejection::UnknownPaperVersion(_)
    ));
}

#[test]
fn the_audit_says_who_did_what_and_no_secret() {
    let mut world = World::ready();
    world.apply(Command::Release {
        paper: PAPER,
        key: [0xab; 32],
    });
    let entry = world.state.audit().next_back().unwrap();
    assert_eq!(
        (entry.by.as_str(), entry.what.as_str()),
        ("test", "release paper")
    );
    let shown = format!(
        "{:?} {:?}",
        world.history,
        world.state.audit().collect::<Vec<_>>()
    );
    assert!(!shown.contains("171, 171") && !shown.contains("abab"));
}
