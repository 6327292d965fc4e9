//! The rules, with clocks that are wrong in every way.

use proptest::prelude::*;

use super::*;

const HOUR: i64 = 3_600_000;
const TRUTH: i64 = 1_700_000_000_000;

fn sample(sent_ms: u64, theirs: i64, heard_ms: u64) -> ClockSample {
    ClockSample {
        sent_ms,
        theirs: Instant(theirs),
        heard_ms,
    }
}

/// A coordinator's answer at a monotonic time, `off_ms` beside the truth.
fn says(core: &mut TimeCore, coordinator: u64, at_ms: u64, off_ms: i64) -> Verdict {
    let theirs = TRUTH + at_ms as i64 + off_ms;
    core.observe(sample(at_ms, theirs, at_ms), CoordinatorId(coordinator))
}

fn off_ms(core: &mut TimeCore, at_ms: u64) -> i64 {
    core.now(at_ms).0 - TRUTH - at_ms as i64
}

/// Measured at 0 by coordinator 1, which was right.
fn measured(known: usize) -> TimeCore {
    let mut core = TimeCore::new(0, TRUTH - 40_000, None);
    core.know_coordinators(known);
    assert!(matches!(says(&mut core, 1, 0, 0), Verdict::First(40_000)));
    core
}

fn kept(off_wall_ms: i64) -> TimeCore {
    let floor = Floor {
        at: Instant(TRUTH - 60_000),
        wall_ms: TRUTH - 60_000,
        error_ms: 5,
    };
    TimeCore::new(0, TRUTH + off_wall_ms, Some(floor))
}

#[test]
fn a_small_correction_back_lets_time_stand_still_and_never_run_back() {
    let mut core = TimeCore::new(0, 10_000, None);
    core.observe(sample(0, 10_500, 2), CoordinatorId(1));
    assert_eq!(core.now(1_000), Instant(11_499));
    let back = core.observe(sample(1_000, 11_000, 1_000), CoordinatorId(1));
    assert_eq!(back, Verdict::Believed);
    assert_eq!(core.now(1_001), Instant(11_499));
    assert_eq!(core.now(1_600), Instant(11_600));
}

#[test]
fn a_machine_whose_clock_was_far_ahead_is_set_back_by_the_first_measurement() {
    let mut core = TimeCore::new(0, HOUR, None);
    assert_eq!(core.now(0), Instant(HOUR));
    let set = core.observe(sample(0, 1_000, 0), CoordinatorId(1));
    assert_eq!(set, Verdict::First(1_000 - HOUR));
    assert_eq!(core.now(10), Instant(1_010));
}

#[test]
fn a_worse_sample_does_not_replace_a_better_one() {
    let mut core = TimeCore::new(0, 0, None);
    core.observe(sample(0, 100, 2), CoordinatorId(1));
    core.observe(sample(10, 150, 90), CoordinatorId(1));
    assert_eq!(core.estimate.error_ms, 1);
}

#[test]
fn the_only_coordinator_that_jumps_is_set_aside_for_as_long_as_it_insists() {
    for jump in [HOUR, -HOUR, 3_000, -3_000] {
        let mut core = measured(1);
        for second in 1..600 {
            assert_eq!(says(&mut core, 1, second * 1_000, jump), Verdict::SetAside(jump));
        }
        assert_eq!(off_ms(&mut core, 600_000), 0);
        assert_eq!(core.doubted_coordinators(600_000), [(CoordinatorId(1), jump)]);
        assert_eq!(says(&mut core, 1, 601_000, 0), Verdict::Believed);
        assert_eq!(core.doubted_coordinators(601_000), []);
    }
}

#[test]
fn one_of_three_that_jumps_moves_nothing_whatever_the_order() {
    let mut core = measured(3);
    assert!(matches!(says(&mut core, 2, 1_000, HOUR), Verdict::SetAside(_)));
    assert_eq!(says(&mut core, 3, 1_500, 12), Verdict::Believed);
    assert!(matches!(says(&mut core, 2, 2_000, HOUR), Verdict::SetAside(_)));
    assert!(off_ms(&mut core, 3_000).abs() <= 12);
}

#[test]
fn a_suspended_machine_follows_the_majority_once_it_has_spoken() {
    let mut core = measured(3);
    assert!(
        matches!(says(&mut core, 1, 1_000, HOUR), Verdict::SetAside(_)),
        "one alone"
    );
    assert_eq!(says(&mut core, 2, 1_100, HOUR), Verdict::Moved(HOUR));
    assert_eq!(off_ms(&mut core, 1_200), HOUR);
}

#[test]
fn two_of_five_are_no_majority() {
    let mut core = measured(5);
    says(&mut core, 2, 1_000, HOUR);
    assert!(matches!(says(&mut core, 3, 1_100, HOUR), Verdict::SetAside(_)));
    assert_eq!(off_ms(&mut core, 1_200), 0);
}

#[test]
fn a_first_measurement_by_a_jumped_coordinator_is_put_right_by_the_others() {
    let mut core = TimeCore::new(0, TRUTH, None);
    core.know_coordinators(3);
    assert_eq!(says(&mut core, 2, 0, HOUR), Verdict::First(HOUR));
    assert!(matches!(says(&mut core, 1, 100, 0), Verdict::SetAside(_)));
    assert_eq!(says(&mut core, 3, 200, 0), Verdict::Moved(-HOUR));
    assert_eq!(off_ms(&mut core, 300), 0);
}

#[test]
fn after_a_restart_a_coordinator_that_jumped_ahead_is_set_aside_by_what_was_kept() {
    let mut core = kept(0);
    assert_eq!(says(&mut core, 1, 100, HOUR), Verdict::SetAside(HOUR));
    assert!(!core.is_measured());
    assert_eq!(off_ms(&mut core, 1_000), 0);
    assert_eq!(says(&mut core, 1, 2_000, 7), Verdict::First(7), "repaired");
    let mut core = kept(0);
    assert_eq!(
        says(&mut core, 1, 100, -HOUR),
        Verdict::SetAside(-HOUR),
        "below the floor"
    );
}

#[test]
fn after_a_restart_a_machine_whose_own_clock_is_wrong_believes_the_coordinator() {
    let mut back = kept(-HOUR);
    assert_eq!(off_ms(&mut back, 0), -60_000, "the floor");
    assert_eq!(says(&mut back, 1, 100, 0), Verdict::First(60_000));
    let mut ahead = kept(HOUR);
    assert_eq!(says(&mut ahead, 1, 100, 0), Verdict::First(-HOUR));
    assert_eq!(off_ms(&mut ahead, 200), 0);
}

#[test]
fn after_a_restart_the_districts_peers_decide_between_word_and_word() {
    let peer = |core: &mut TimeCore, node, off_ms| {
        core.peer_said(NodeId(node), Instant(TRUTH + off_ms), 5, 0);
    };
    let mut core = kept(0);
    peer(&mut core, 2, HOUR);
    assert_eq!(
        says(&mut core, 1, 100, HOUR),
        Verdict::First(HOUR),
        "this machine's clock was wrong"
    );
    let mut core = kept(HOUR);
    peer(&mut core, 2, HOUR);
    assert!(
        matches!(says(&mut core, 1, 100, 0), Verdict::SetAside(_)),
        "the coordinator's was"
    );
    let mut fresh = TimeCore::new(0, TRUTH - 500_000, None);
    peer(&mut fresh, 2, 0);
    assert!(matches!(says(&mut fresh, 1, 100, HOUR), Verdict::SetAside(_)));
    assert!(matches!(says(&mut fresh, 1, 200, 0), Verdict::First(_)));
}

#[test]
fn peers_move_nothing_once_the_time_was_measured_and_are_told_of() {
    let mut core = measured(1);
    for node in 2..9 {
        core.peer_said(NodeId(node), Instant(TRUTH + HOUR), 5, 0);
    }
    assert!(matches!(says(&mut core, 1, 100, HOUR), Verdict::SetAside(_)));
    assert_eq!(off_ms(&mut core, 200), 0);
    assert_eq!(core.doubted_peers(200).len(), 7);
}

#[test]
fn three_days_of_drift_without_the_wan_are_no_contradiction() {
    let days = 3 * 24 * HOUR as u64;
    // 90 millionths is more than a quartz does, and less than the bound.
    let drifted = days as i64 * 90 / 1_000_000;
    let mut core = measured(1);
    assert_eq!(says(&mut core, 1, days, drifted), Verdict::Believed);
    assert_eq!(off_ms(&mut core, days), drifted);
    let mut core = measured(1);
    assert!(matches!(
        says(&mut core, 1, days, 2 * drifted),
        Verdict::SetAside(_)
    ));
}

#[test]
fn a_clock_that_creeps_leads_time_no_further_than_the_bound() {
    let mut core = measured(1);
    let mut led = 0;
    for second in 1..3_600 {
        says(&mut core, 1, second * 1_000, 900 * second as i64);
        led = led.max(off_ms(&mut core, second * 1_000));
    }
    assert!(led <= 1_500, "{led}");
}

proptest! {
    /// Whatever a minority says, and in whatever order, district time stays at the truth within what right clocks may
    /// lie apart, and runs back only by a step that is told.
    #[test]
    fn a_minority_of_liars_never_moves_time(
        known in 1_usize..6,
        words in prop::collection::vec((1_u64..6, -2 * HOUR..2 * HOUR, 0_u64..400, 1_u64..30_000), 1..200),
    ) {
        let liars = (known - 1) / 2;
        let mut core = measured(known);
        let mut at_ms = 0;
        let mut last = core.now(0);
        for (coordinator, lie_ms, round_trip_ms, pause_ms) in words {
            let coordinator = coordinator % known as u64;
            at_ms += pause_ms;
            let off_ms = if (coordinator as usize) < liars { lie_ms } else { 0 };
            let theirs = TRUTH + (at_ms + round_trip_ms / 2) as i64 + off_ms;
            at_ms += round_trip_ms;
            core.observe(sample(at_ms - round_trip_ms, theirs, at_ms), CoordinatorId(coordinator));
            let now = core.now(at_ms);
            prop_assert!(now >= last);
            last = now;
            let off_ms = now.0 - TRUTH - at_ms as i64;
            prop_assert!(off_ms.abs() <= i64::from(CLOCKS_APART_MAX_MS) + 1_000, "{off_ms} ms beside the truth");
        }
    }

    /// A lone coordinator, however it jumps after the first measurement.
    #[test]
    fn a_lone_coordinator_never_moves_time_once_it_was_measured(
        words in prop::collection::vec((-2 * HOUR..2 * HOUR, 1_u64..60_000), 1..200),
    ) {
        let mut core = measured(1);
        let mut at_ms = 0;
        for (lie_ms, pause_ms) in words {
            at_ms += pause_ms;
            says(&mut core, 1, at_ms, lie_ms);
            let drift_ms = at_ms as i64 * 100 / 1_000_000;
            prop_assert!(off_ms(&mut core, at_ms).abs() <= i64::from(CLOCKS_APART_MAX_MS) + 2 * drift_ms + 10);
        }
    }
}
