//! The simulation in CI: many short seeds, the same history twice, and rules broken on purpose, which must be noticed.

use tests::simulation::{BrokenRules, Run, simulate};

/// Seeds of one run in CI; `PARIKSHA_SIMULATION_SEEDS` asks for more.
const SEEDS: u64 = 200;
/// Events of each.
const STEPS: u64 = 3_000;

fn seeds() -> u64 {
    let asked = std::env::var("PARIKSHA_SIMULATION_SEEDS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(SEEDS)
}

fn assert_good(seed: u64, run: &Run) {
    if let Some(failed) = &run.failed {
        panic!("seed {seed} (simulate --seed {seed} --steps {STEPS}): {failed}");
    }
}

#[test]
fn short_seeds_lose_nothing_and_agree() {
    let (mut events, mut acknowledged) = (0, 0);
    for seed in 0..seeds() {
        let run = simulate(seed, STEPS, BrokenRules::default());
        assert_good(seed, &run);
        events += run.tally.events;
        acknowledged += run.tally.acknowledged;
    }
    println!(
        "simulation: seeds {}, events {events}, acknowledged {acknowledged}, lost 0, twice 0",
        seeds()
    );
}

#[test]
fn the_same_seed_gives_the_same_history_and_another_seed_another() {
    let digest = |seed| simulate(seed, 20_000, BrokenRules::default()).digest;
    let first = digest(7);
    println!("history digest: {first}");
    assert_eq!(first, digest(7));
    assert_ne!(first, digest(8));
}

/// How many of the first seeds it takes until a broken rule is noticed.
fn noticed(broken: BrokenRules) -> Option<(u64, String)> {
    (0..30).find_map(|seed| {
        let run = simulate(seed, 10_000, broken);
        let what = run.failed?.wrong.first()?.clone();
        Some((seed, what))
    })
}

#[test]
fn an_acknowledgement_before_the_sync_is_noticed_as_a_loss() {
    let broken = BrokenRules {
        acknowledge_before_sync: true,
        ..BrokenRules::default()
    };
    let (seed, what) = noticed(broken).expect("the simulation cannot see a loss");
    println!("seed {seed}: {what}");
    assert!(what.starts_with("LOST"), "{what}");
}

#[test]
fn a_log_that_is_continued_although_a_peer_may_have_more_is_noticed() {
    let broken = BrokenRules {
        reuse_incarnation: true,
        ..BrokenRules::default()
    };
    let (seed, what) = noticed(broken).expect("the simulation cannot see a second history");
    println!("seed {seed}: {what}");
    assert!(what.contains("another history"), "{what}");
}

#[test]
fn a_coordinator_that_notes_too_early_what_it_applied_is_noticed() {
    let broken = BrokenRules {
        applied_apart: true,
        ..BrokenRules::default()
    };
    let (seed, what) = noticed(broken).expect("the simulation cannot see a torn store");
    println!("seed {seed}: {what}");
}
