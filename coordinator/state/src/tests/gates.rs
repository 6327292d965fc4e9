//! Gates, and nobody in two sittings at once.

use protocol::{feed::Document, gate::VersionRange};

use super::*;

fn plan(world: &mut World, sitting: NewSitting) -> Result<SittingId, Rejection> {
    let command = Command::PlanSitting {
        sitting,
        versions: VersionRange::default(),
    };
    match world.try_apply(command).outcome {
        Ok(Outcome::Sitting(id)) => Ok(id),
        Ok(other) => panic!("{other:?}"),
        Err(rejection) => Err(rejection),
    }
}

fn at(opens: i64, closes: i64, batch: &str) -> NewSitting {
    NewSitting {
        opens: Instant(opens),
        closes: Instant(closes),
        batch: batch.into(),
        ..sitting(vec![MUMBAI])
    }
}

#[test]
fn nobody_sits_two_exams_at_once_and_the_refusal_names_both() {
    let mut world = World::ready();
    // The first sitting is from 0 to 10,000 for all of Mumbai.
    let refused = plan(&mut world, at(9_999, 20_000, "")).expect_err("candidates 1 and 2 sit both");
    let text = refused.to_string();
    assert!(
        text.contains("candidate 1") && text.contains("sitting 1, Morning"),
        "{text}"
    );
    assert!(text.contains("the new one, Morning"), "{text}");
    plan(&mut world, at(10_000, 20_000, "")).expect("one follows the other");
    plan(&mut world, at(0, 10_000, "evening")).expect("nobody is in that batch");

    let moved = Candidate {
        batch: "evening".into(),
        ..candidate(1, MUMBAI)
    };
    let enrol = Command::Enrol {
        candidates: vec![moved],
    };
    let refused = world.refused(enrol).to_string();
    assert!(
        refused.contains("sitting 1, ") && refused.contains("sitting 3, "),
        "{refused}"
    );
    let elsewhere = Candidate {
        batch: "evening".into(),
        ..candidate(3, PUNE)
    };
    world.apply(Command::Enrol {
        candidates: vec![elsewhere],
    });
}

#[test]
fn a_gate_is_due_when_it_is_not_what_nodes_have() {
    let mut world = World::ready();
    let gate = world.state.due_gate(SITTING, MUMBAI).expect("there is none yet");
    let set = |gate| Command::SetGate {
        district: MUMBAI,
        gate,
    };
    world.apply(set(gate.clone()));
    assert_eq!(world.state.due_gate(SITTING, MUMBAI), None);
    let before = world.state.revision();
    world.apply(set(gate.clone()));
    assert_eq!(world.state.revision(), before, "the same again changes nothing");
    let slower = Candidate {
        extra_permille: 334,
        ..candidate(2, MUMBAI)
    };
    world.apply(Command::Enrol {
        candidates: vec![slower],
    });
    let next = world.state.due_gate(SITTING, MUMBAI).expect("extra time changed");
    assert_eq!((next.blob, next.outline), (gate.blob, gate.outline));
    assert_ne!(next.accommodations, gate.accommodations);
    world.apply(set(next.clone()));
    let feed = world.state.feed(MUMBAI, before, 100);
    assert_eq!(
        feed.last().map(|entry| &entry.document),
        Some(&Document::Gate(next.clone()))
    );
    let nowhere = Command::SetGate {
        district: PUNE,
        gate: next,
    };
    assert_eq!(world.refused(nowhere), Rejection::UnknownSitting(SITTING));
}

#[test]
fn a_bound_that_is_no_version_is_refused() {
    let mut world = World::ready();
    let command = Command::PlanSitting {
        sitting: at(20_000, 30_000, ""),
        versions: VersionRange {
            min: "new".into(),
            max: String::new(),
        },
    };
    assert!(world.refused(command).to_string().contains("1.4.0"));
}
