use std::sync::Arc;

use protocol::{codec, digest, ids::KeyVersion, merge::LatePolicy};

use super::*;
use crate::{DistrictReconciliation, ScoreRow, ScoreSetKey};

fn digest_of(given: &[(u16, u8)]) -> Hash {
    let responses: Vec<_> = given
        .iter()
        .map(|(item, option)| (ItemNo(*item), Response::Choice(OptionId(*option))))
        .collect();
    digest::of_responses(responses.iter().map(|(item, response)| (*item, response)))
}

fn score(candidate: u32, total: &str, digest: Hash) -> ScoreRow {
    ScoreRow {
        candidate: CandidateId(candidate),
        total: total.into(),
        max: "3".into(),
        digest,
        right: 1,
        wrong: 0,
        omitted: 2,
        review: 0,
        items: vec![1, 2, 3].into(),
    }
}

fn scores(version: u16, rows: Vec<ScoreRow>, last: bool) -> Command {
    Command::RecordScores {
        sitting: SITTING,
        key_version: KeyVersion(version),
        policy: LatePolicy::InTimeOnly,
        scores: rows.into(),
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

fn sat_world(records: Vec<Record>) -> World {
    let mut world = World::ready();
    let frames = chain(log(1), &[records]);
    world.deliver(&[&frames[0]]);
    world
}

fn mumbai(world: &World) -> DistrictReconciliation {
    let report = world.state.reconcile(SITTING).unwrap();
    report
        .districts
        .into_iter()
        .find(|row| row.district == MUMBAI)
        .unwrap()
}

fn differences(world: &World) -> Vec<(Option<u32>, String)> {
    let of_mumbai = mumbai(world).differences.into_iter();
    of_mumbai
        .map(|difference| (difference.candidate.map(|id| id.0), difference.what))
        .collect()
}

#[test]
fn a_sitting_that_went_well_balances() {
    let digest = digest_of(&[(1, 3)]);
    let records = vec![
        started(1),
        answered(1, 1, 1, 2),
        answered(1, 1, 2, 3),
        submitted(1, digest),
    ];
    let mut world = sat_world(records);
    assert!(
        !world.state.reconcile(SITTING).unwrap().balances(),
        "not scored yet"
    );
    world.apply(scores(1, vec![score(1, "1", digest)], true));
    let expected = DistrictReconciliation {
        district: MUMBAI,
        registered: 2,
        absent: 1,
        started: 1,
        submitted: 1,
        scored: 1,
        acknowledged: 2,
        committed: 2,
        differences: vec![],
    };
    assert_eq!(mumbai(&world), expected);
    assert!(world.state.reconcile(SITTING).unwrap().balances());
    replay::stands_after_a_restart(&world);
}

#[test]
fn what_has_not_arrived_is_a_difference() {
    let digest = digest_of(&[(1, 3)]);
    let mut world = sat_world(vec![started(1), answered(1, 1, 1, 3), submitted(1, digest)]);
    world.apply(scores(1, vec![score(1, "1", digest)], true));
    let heads = BTreeMap::from([(log(1), Sequence(10))]);
    let report = world.state.reconcile_with(SITTING, &heads).unwrap();
    assert!(report.districts[0].differences[0].what.contains("7 records"));
}

#[test]
fn each_difference_names_its_candidate() {
    let mut other_device = answered(2, 1, 1, 4);
    if let Event::Answered { epoch, .. } = &mut other_device.event {
        epoch.device = DeviceTag(10);
    }
    let mut world = sat_world(vec![
        started(1),
        answered(1, 1, 1, 2),
        submitted(1, Hash::ZERO),
        started(2),
        answered(2, 1, 1, 3),
        other_device,
        answered(500, 1, 1, 1),
        answered(3, 1, 1, 1),
    ]);
    world.apply(scores(1, vec![score(1, "1", Hash::ZERO)], true));
    let found = differences(&world);
    for (candidate, what) in [
        (1, "by the receipt's digest"),
        (1, "was scored before"),
        (2, "has not handed in"),
        (2, "is not scored"),
        (2, "for item 1; a person must decide"),
        (500, "not on the roster"),
    ] {
        let is_listed = found
            .iter()
            .any(|(who, text)| *who == Some(candidate) && text.contains(what));
        assert!(is_listed, "{candidate} {what}: {found:?}");
    }
    assert_eq!(found.len(), 6, "{found:?}");
    let report = world.state.reconcile(SITTING).unwrap();
    let pune = report.districts.iter().find(|row| row.district == PUNE).unwrap();
    assert_eq!(pune.differences[0].candidate, Some(CandidateId(3)));
}

#[test]
fn both_versions_of_the_scores_stay_on_record() {
    let digest = digest_of(&[(1, 2)]);
    let mut world = sat_world(vec![started(1), answered(1, 1, 1, 2)]);
    world.apply(scores(1, vec![score(1, "1", digest)], true));
    let unknown = Rejection::UnknownKey {
        paper: PAPER,
        version: KeyVersion(2),
    };
    assert_eq!(world.refused(scores(2, vec![], true)), unknown);
    world.apply(Command::CorrectKey {
        paper: PAPER,
        wrapped_answer_key: vec![5],
    });
    world.apply(scores(2, vec![score(1, "0", digest)], false));
    assert_eq!(
        world.state.standing_scores(SITTING),
        Some(set(1)),
        "the second is not finished"
    );
    world.apply(scores(2, vec![], true));
    assert_eq!(world.state.standing_scores(SITTING), Some(set(2)));
    let totals: Vec<String> = world
        .state
        .score_sets(SITTING)
        .flat_map(|(key, _)| world.state.scores(key))
        .map(|row| row.total.clone())
        .collect();
    assert_eq!(totals, ["1", "0"]);
}

#[test]
fn a_set_says_how_many_scores_it_holds_whatever_comes_twice_and_after_a_restart() {
    let mut world = World::ready();
    let recorded = |count| Outcome::Scores { recorded: count };
    let pair = || vec![score(1, "1", Hash::ZERO), score(2, "2", Hash::ZERO)];
    assert_eq!(world.apply(scores(1, vec![], false)), recorded(0));
    replay::stands_after_a_restart(&world);
    assert_eq!(world.apply(scores(1, pair(), false)), recorded(2));
    assert_eq!(
        world.apply(scores(
            1,
            vec![score(2, "3", Hash::ZERO), score(3, "1", Hash::ZERO)],
            false
        )),
        recorded(3)
    );
    replay::stands_after_a_restart(&world);
    world.state = State::restore(world.disk.clone()).unwrap();
    assert_eq!(world.apply(scores(1, pair(), true)), recorded(3));
}

/// A score as it was declared when the first ones were stored.
#[derive(serde::Serialize)]
struct FirstScoreRow {
    candidate: CandidateId,
    total: String,
    max: String,
    digest: Hash,
    right: u16,
    wrong: u16,
    omitted: u16,
    review: u16,
    items: Vec<u8>,
}

#[test]
fn scores_are_stored_and_sent_as_they_always_were() {
    let row = score(7, "2.5", Hash::blake3(b"responses"));
    let first = FirstScoreRow {
        candidate: row.candidate,
        total: row.total.clone(),
        max: row.max.clone(),
        digest: row.digest,
        right: row.right,
        wrong: row.wrong,
        omitted: row.omitted,
        review: row.review,
        items: row.items.to_vec(),
    };
    let bytes = codec::encode(&vec![first]).unwrap();
    let shared: Arc<[ScoreRow]> = vec![row].into();
    assert_eq!(codec::encode(&shared).unwrap(), bytes);
    assert_eq!(codec::decode::<Arc<[ScoreRow]>>(&bytes).unwrap(), shared);
}
