//! Score sets: what repeated and late pieces do to a set that is finished.

use std::sync::Arc;

use bytes::Bytes;
use protocol::{
    hash::Hash,
    ids::{CandidateId, KeyVersion},
    merge::LatePolicy,
};

use super::{PAPER, SITTING, World};
use crate::{Command, ScoreRow, ScoreSetKey};

fn row(candidate: u32, total: &str) -> ScoreRow {
    ScoreRow {
        candidate: CandidateId(candidate),
        total: total.into(),
        max: "4".into(),
        digest: Hash::ZERO,
        right: 1,
        wrong: 0,
        omitted: 0,
        review: 0,
        items: Bytes::from_static(b"items"),
    }
}

fn scores(version: u16, rows: &[ScoreRow], last: bool) -> Command {
    Command::RecordScores {
        sitting: SITTING,
        key_version: KeyVersion(version),
        policy: LatePolicy::InTimeOnly,
        scores: Arc::from(rows),
        last,
    }
}

fn set(version: u16) -> ScoreSetKey {
    ScoreSetKey {
        sitting: SITTING,
        key_version: KeyVersion(version),
        policy: LatePolicy::InTimeOnly,
    }
}

fn finished(world: &World, version: u16) -> Option<i64> {
    let mut sets = world.state.score_sets(SITTING);
    let (_, held) = sets.find(|(key, _)| *key == set(version)).unwrap();
    held.finished.map(|at| at.0)
}

#[test]
fn a_late_duplicate_of_a_piece_leaves_a_finished_set_finished() {
    let mut world = World::ready();
    let piece = [row(1, "3"), row(2, "4")];
    world.apply(scores(1, &piece, false));
    assert_eq!(finished(&world, 1), None, "the last piece has not come");
    world.apply(scores(1, &[], true));
    let at = finished(&world, 1);
    assert!(at.is_some());

    let effects = world.try_apply(scores(1, &piece, false));
    assert_eq!(effects.rows, vec![], "it says nothing new");
    assert_eq!(finished(&world, 1), at);
    assert_eq!(world.state.standing_scores(SITTING), Some(set(1)));
}

#[test]
fn a_changed_row_reopens_a_finished_set_until_its_last_piece() {
    let mut world = World::ready();
    world.apply(scores(1, &[row(1, "3"), row(2, "4")], true));
    let before = finished(&world, 1);
    world.apply(scores(1, &[row(1, "2"), row(2, "4")], false));
    assert_eq!(finished(&world, 1), None);
    assert_eq!(world.state.standing_scores(SITTING), None);
    world.apply(scores(1, &[], true));
    assert!(finished(&world, 1) > before);
    assert_eq!(world.state.score_count(set(1)), 2);
}

#[test]
fn an_older_set_stays_readable_and_stands_again_once_it_is_scored_again() {
    let mut world = World::ready();
    world.apply(scores(1, &[row(1, "3")], true));
    world.apply(Command::CorrectKey {
        paper: PAPER,
        wrapped_answer_key: vec![9; 60],
    });
    world.apply(scores(2, &[row(1, "1")], true));
    assert_eq!(world.state.standing_scores(SITTING), Some(set(2)));
    let total = |version| {
        world
            .state
            .score(set(version), CandidateId(1))
            .unwrap()
            .total
            .clone()
    };
    assert_eq!((total(1), total(2)), ("3".into(), "1".into()));

    world.apply(scores(1, &[], true));
    assert_eq!(
        world.state.standing_scores(SITTING),
        Some(set(1)),
        "finished last, nothing changed"
    );
    let after: Vec<u32> = world
        .state
        .scores_after(set(1), CandidateId(0))
        .map(|row| row.candidate.0)
        .collect();
    assert_eq!(after, [1]);
    assert_eq!(world.state.scores_after(set(1), CandidateId(1)).count(), 0);
}
