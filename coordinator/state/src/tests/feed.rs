use protocol::{
    feed::{Document, DocumentKey},
    ids::Revision,
};

use super::*;

fn keys(world: &World, district: DistrictId, after: Revision) -> Vec<DocumentKey> {
    world
        .state
        .feed(district, after, 1000)
        .iter()
        .map(|entry| entry.document.key())
        .collect()
}

#[test]
fn papers_sittings_and_keys_go_only_where_they_are_needed() {
    let mut world = World::ready();
    world.apply(Command::Release {
        paper: PAPER,
        key: [3; 32],
    });
    let everything = [
        DocumentKey::District,
        DocumentKey::Roster(0),
        DocumentKey::Paper(PAPER),
        DocumentKey::Sitting(SITTING),
        DocumentKey::Release(PAPER),
    ];
    assert_eq!(keys(&world, MUMBAI, Revision(0)), everything);
    assert_eq!(
        keys(&world, PUNE, Revision(0)),
        [DocumentKey::District, DocumentKey::Roster(0)]
    );
    assert_eq!(keys(&world, DistrictId(99), Revision(0)), []);
}

#[test]
fn a_district_that_gets_an_old_released_paper_learns_it_as_new() {
    let mut world = World::ready();
    world.apply(Command::Release {
        paper: PAPER,
        key: [3; 32],
    });
    let before = world.state.revision();
    world.apply(Command::CreateSitting(sitting(vec![PUNE, MUMBAI])));
    let expected = [
        DocumentKey::Paper(PAPER),
        DocumentKey::Release(PAPER),
        DocumentKey::Sitting(SittingId(2)),
    ];
    assert_eq!(keys(&world, PUNE, before), expected);
    assert_eq!(keys(&world, MUMBAI, before), [DocumentKey::Sitting(SittingId(2))]);
}

#[test]
fn a_feed_that_is_cut_after_each_document_misses_none() {
    let mut world = World::ready();
    world.apply(Command::Release {
        paper: PAPER,
        key: [3; 32],
    });
    world.apply(coordinator(1, "127.0.0.1:1"));
    let whole = world.state.feed(MUMBAI, Revision(0), 1000);
    let mut pieces = Vec::new();
    let mut after = Revision(0);
    while let [entry] = world.state.feed(MUMBAI, after, 1).as_slice() {
        after = entry.revision;
        pieces.push(entry.clone());
    }
    assert_eq!(pieces, whole);
    assert_eq!(after, world.state.revision());
}

#[test]
fn a_roster_comes_in_pages_and_a_change_sends_only_its_page() {
    let mut world = World::ready();
    for from in [0, 400, 800] {
        let candidates = (from..from + 400).map(|id| candidate(1000 + id, PUNE)).collect();
        world.apply(Command::ImportCandidates { candidates });
    }
    let pages = world.state.feed(PUNE, Revision(0), 1000);
    let sizes: Vec<usize> = pages
        .iter()
        .filter_map(|entry| match &entry.document {
            Document::Roster(page) => Some(page.candidates.len()),
            _ => None,
        })
        .collect();
    assert_eq!(sizes, [500, 500, 201]);
    let before = world.state.revision();
    let mut moved = candidate(1700, PUNE);
    moved.extra_permille = 334;
    let again = candidate(1001, PUNE);
    let outcome = world.apply(Command::ImportCandidates {
        candidates: vec![moved, again],
    });
    let expected = Outcome::Candidates {
        added: 0,
        changed: 1,
        unchanged: 1,
    };
    assert_eq!(outcome, expected);
    assert_eq!(keys(&world, PUNE, before), [DocumentKey::Roster(1)]);
}

#[test]
fn a_candidate_who_moves_leaves_one_districts_page_and_joins_the_others() {
    let mut world = World::ready();
    let before = world.state.revision();
    world.apply(Command::ImportCandidates {
        candidates: vec![candidate(1, PUNE)],
    });
    let on_page = |district| match &world.state.feed(district, before, 10)[0].document {
        Document::Roster(page) => page.candidates.iter().map(|held| held.id.0).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(on_page(MUMBAI), [2]);
    assert_eq!(on_page(PUNE), [1, 3]);
    replay::stands_after_a_restart(&world);
}
