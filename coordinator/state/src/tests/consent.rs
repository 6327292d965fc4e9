//! The rule of two, schedules, withdrawals.

use protocol::{
    feed::{Document, DocumentKey},
    ids::Revision,
};

use super::*;
use crate::{APPROVAL_LIFE_MS, Act, Decision};

const KEY: [u8; 32] = [3; 32];

fn decide(world: &mut World, act: Act, officer: Option<&str>) -> bool {
    let officer = officer.map(str::to_owned);
    match world.apply(Command::Decide { act, officer }) {
        Outcome::Decided(Decision::Done { .. }) => true,
        Outcome::Decided(Decision::Waits { .. }) => false,
        other => panic!("{other:?}"),
    }
}

fn refused(world: &mut World, act: Act, officer: Option<&str>) -> Rejection {
    let officer = officer.map(str::to_owned);
    world.refused(Command::Decide { act, officer })
}

fn add(name: &str) -> Act {
    Act::AddOfficer {
        name: name.into(),
        token_hash: Hash::blake3(name.as_bytes()),
    }
}

fn release() -> Command {
    Command::Release {
        paper: PAPER,
        key: KEY,
    }
}

fn with_officers() -> World {
    let mut world = World::ready();
    assert!(decide(&mut world, add("Asha"), None));
    assert!(decide(&mut world, add("Vikram"), None));
    world
}

#[test]
fn without_officers_one_operator_releases_and_with_them_two_officers_must() {
    let mut world = World::ready();
    assert!(decide(&mut world, Act::Release(PAPER), None));
    let mut world = with_officers();
    assert_eq!(world.refused(release()), Rejection::TwoNeeded(PAPER));
    assert_eq!(
        refused(&mut world, Act::Release(PAPER), None),
        Rejection::OfficerNeeded
    );
    let nobody = refused(&mut world, Act::Release(PAPER), Some("Ravi"));
    assert_eq!(nobody, Rejection::UnknownOfficer("Ravi".into()));
    assert!(!decide(&mut world, Act::Release(PAPER), Some("Asha")));
    assert_eq!(world.refused(release()), Rejection::TwoNeeded(PAPER));
    let again = refused(&mut world, Act::Release(PAPER), Some("Asha"));
    assert_eq!(again, Rejection::SameOfficer("Asha".into()));
    assert!(decide(&mut world, Act::Release(PAPER), Some("Vikram")));
    assert_eq!(world.state.due_releases(Instant(0)), [PAPER]);
    world.apply(release());
    assert!(world.state.is_released(PAPER));
    assert_eq!(world.state.due_releases(Instant(0)), []);
    let by = world.state.authorised(PAPER).map(|row| row.by.clone());
    assert_eq!(by.as_deref(), Some("Asha and Vikram"));
}

#[test]
fn two_approvals_of_different_things_are_not_two() {
    let mut world = with_officers();
    let at = |ms| Act::Schedule {
        paper: PAPER,
        at: Instant(ms),
    };
    assert!(!decide(&mut world, at(1_000), Some("Asha")));
    assert!(!decide(&mut world, at(2_000), Some("Vikram")), "another time");
    assert!(!decide(&mut world, Act::Release(PAPER), Some("Vikram")));
    assert!(decide(&mut world, at(2_000), Some("Asha")));
    assert_eq!(
        world.state.schedule(PAPER).map(|row| row.at),
        Some(Instant(2_000))
    );
    assert_eq!(world.state.due_releases(Instant(1_999)), []);
    assert_eq!(world.state.due_releases(Instant(2_000)), [PAPER]);
    assert_eq!(
        world.refused(release()),
        Rejection::TwoNeeded(PAPER),
        "its time has not come"
    );
    let stamped = Stamped {
        at: Instant(2_000),
        by: "schedule".into(),
        command: release(),
    };
    assert_eq!(world.state.apply(&stamped).outcome, Ok(Outcome::Done));
}

#[test]
fn an_approval_of_yesterday_or_of_an_officer_who_left_does_not_count() {
    let mut world = with_officers();
    assert!(!decide(&mut world, Act::Release(PAPER), Some("Asha")));
    let late = |by: &str| Stamped {
        at: Instant(APPROVAL_LIFE_MS + 1_000),
        by: "test".into(),
        command: Command::Decide {
            act: Act::Release(PAPER),
            officer: Some(by.into()),
        },
    };
    let outcome = world.state.apply(&late("Vikram")).outcome;
    assert!(
        matches!(outcome, Ok(Outcome::Decided(Decision::Waits { .. }))),
        "{outcome:?}"
    );

    let mut world = with_officers();
    assert!(!decide(&mut world, add("Meera"), Some("Asha")));
    assert!(decide(&mut world, add("Meera"), Some("Vikram")));
    assert!(!decide(&mut world, Act::Release(PAPER), Some("Meera")));
    let removal = || Act::RemoveOfficer { name: "Meera".into() };
    assert!(!decide(&mut world, removal(), Some("Asha")));
    assert!(decide(&mut world, removal(), Some("Vikram")));
    assert!(
        !decide(&mut world, Act::Release(PAPER), Some("Asha")),
        "the only approval left"
    );
}

#[test]
fn the_first_approvals_token_is_the_new_officers() {
    let mut world = with_officers();
    assert!(!decide(&mut world, add("Meera"), Some("Asha")));
    let other = Act::AddOfficer {
        name: "Meera".into(),
        token_hash: Hash::ZERO,
    };
    assert!(decide(&mut world, other, Some("Vikram")));
    let meera = world.state.officers().find(|row| row.name == "Meera").cloned();
    assert_eq!(meera.map(|row| row.token_hash), Some(Hash::blake3(b"Meera")));
    let taken = refused(&mut world, add("ASHA"), Some("Asha"));
    assert_eq!(taken, Rejection::OfficerNameTaken("ASHA".into()));
}

#[test]
fn a_withdrawn_paper_stays_so_and_every_district_that_has_it_learns_it() {
    let mut world = World::ready();
    let before = world.state.revision();
    let withdraw = || Act::Withdraw {
        paper: PAPER,
        reason: "two items are misprinted".into(),
    };
    assert!(decide(&mut world, withdraw(), None));
    assert_eq!(world.refused(release()), Rejection::Withdrawn(PAPER));
    assert_eq!(refused(&mut world, withdraw(), None), Rejection::Withdrawn(PAPER));
    let news = world.state.feed(MUMBAI, before, 100);
    assert!(matches!(
        news.iter().map(|entry| &entry.document).collect::<Vec<_>>()[..],
        [Document::Withdrawal(withdrawal)] if withdrawal.reason.contains("misprinted")
    ));
    assert_eq!(world.state.feed(PUNE, before, 100), []);
    let planned = Command::PlanSitting {
        sitting: sitting(vec![PUNE]),
        versions: protocol::gate::VersionRange::default(),
    };
    assert_eq!(world.refused(planned), Rejection::Withdrawn(PAPER));
}

#[test]
fn a_check_value_and_a_withdrawal_reach_a_district_that_gets_the_paper_later() {
    let mut world = World::ready();
    let check = protocol::feed::KeyCheck {
        paper: PAPER,
        commitment: protocol::shares::commitment(PAPER, &KEY),
    };
    world.apply(Command::SetCheck(check));
    let before = world.state.revision();
    world.apply(Command::PlanSitting {
        sitting: sitting(vec![PUNE]),
        versions: protocol::gate::VersionRange::default(),
    });
    let keys: Vec<DocumentKey> = world
        .state
        .feed(PUNE, before, 100)
        .iter()
        .map(|entry| entry.document.key())
        .collect();
    let expected = [
        DocumentKey::Check(PAPER),
        DocumentKey::Paper(PAPER),
        DocumentKey::Sitting(SittingId(2)),
    ];
    assert_eq!(keys, expected);
    let mut revisions: Vec<Revision> = world
        .state
        .feed_index(PUNE)
        .into_iter()
        .map(|(revision, _)| revision)
        .collect();
    revisions.sort_unstable();
    revisions.dedup();
    assert_eq!(revisions.len(), world.state.feed_index(PUNE).len());
}
