//! Machines whose clocks jump, and what the coordinators make of it.

use proptest::prelude::*;

use super::*;

const HOUR: i64 = 3_600_000;
const TRUTH: i64 = 1_700_000_000_000;

/// Coordinators on one true time; each machine's clock is off by as much as it is told.
struct Cluster {
    rules: Vec<Rules>,
    off_ms: Vec<i64>,
    now_ms: u64,
}

impl Cluster {
    fn of(off_ms: &[i64]) -> Self {
        let rules = off_ms
            .iter()
            .zip(1..)
            .map(|(off, id)| Rules::new(CoordinatorId(id), 0, Instant(TRUTH + off)))
            .collect();
        Self {
            rules,
            off_ms: off_ms.to_vec(),
            now_ms: 0,
        }
    }

    fn wall(&self, which: usize) -> Instant {
        Instant(TRUTH + self.now_ms as i64 + self.off_ms[which])
    }

    /// How far a coordinator's time is beside the truth.
    fn off(&mut self, which: usize) -> i64 {
        let wall = self.wall(which);
        self.rules[which].now(self.now_ms, wall).0 - TRUTH - self.now_ms as i64
    }

    /// Time passes and everybody asks everybody.
    fn pass(&mut self, ms: u64) {
        self.now_ms += ms;
        for asking in 0..self.rules.len() {
            self.off(asking);
            for asked in (0..self.rules.len()).filter(|asked| *asked != asking) {
                let wall = self.wall(asked);
                let time = self.rules[asked].now(self.now_ms, wall);
                let reading = ClockReading { wall, time };
                let (id, known) = (CoordinatorId(asked as u64 + 1), self.rules.len());
                self.rules[asking].heard(id, reading, (self.now_ms, self.now_ms), known);
            }
        }
    }
}

#[test]
fn a_jump_of_one_machines_clock_moves_no_coordinators_time_and_all_see_it() {
    for count in [1, 2, 3, 5] {
        for jump in [HOUR, -HOUR] {
            let mut cluster = Cluster::of(&vec![0; count]);
            cluster.pass(2_000);
            cluster.off_ms[0] = jump;
            for _ in 0..100 {
                cluster.pass(2_000);
                for which in 0..count {
                    assert_eq!(cluster.off(which), 0);
                    let doubts = cluster.rules[which].doubts(cluster.now_ms);
                    let expected = ClockDoubt {
                        coordinator: CoordinatorId(1),
                        ahead_ms: jump,
                        is_told: false,
                    };
                    assert_eq!(doubts, [expected]);
                }
            }
            cluster.off_ms[0] = 30;
            cluster.pass(2_000);
            assert_eq!(cluster.off(0), 30, "it is followed again");
            assert_eq!(cluster.rules[0].doubts(cluster.now_ms), []);
        }
    }
}

#[test]
fn a_coordinator_that_starts_with_a_wrong_clock_takes_the_majoritys_time() {
    let mut cluster = Cluster::of(&[HOUR, 0, 0]);
    assert_eq!(cluster.off(0), HOUR);
    cluster.pass(2_000);
    assert_eq!([cluster.off(0), cluster.off(1), cluster.off(2)], [0, 0, 0]);
    assert_eq!(cluster.rules[0].doubts(cluster.now_ms)[0].ahead_ms, HOUR);
}

#[test]
fn a_suspended_machine_takes_the_time_that_the_others_and_its_own_clock_show() {
    // Its monotonic clock stood still: against it all clocks jumped.
    let mut cluster = Cluster::of(&[0, 0, 0]);
    cluster.pass(2_000);
    cluster.off_ms = vec![HOUR; 3];
    let wall = cluster.wall(0);
    cluster.rules[0].now(cluster.now_ms, wall);
    let reading = ClockReading { wall, time: wall };
    let moved = cluster.rules[0].heard(CoordinatorId(2), reading, (cluster.now_ms, cluster.now_ms), 3);
    assert_eq!(moved, Some(HOUR));
}

#[test]
fn of_two_coordinators_neither_is_a_majority() {
    let mut cluster = Cluster::of(&[0, HOUR]);
    cluster.pass(2_000);
    assert_eq!([cluster.off(0), cluster.off(1)], [0, HOUR]);
    let doubts = cluster.rules[0].doubts(cluster.now_ms);
    assert!(doubts[0].is_told, "{doubts:?}");
}

proptest! {
    /// Whatever the machines of a minority show, no coordinator's time goes wrong or back.
    #[test]
    fn a_minority_of_wrong_clocks_moves_nobodys_time(
        count in 3_usize..6,
        steps in prop::collection::vec((0_usize..5, -2 * HOUR..2 * HOUR, 500_u64..10_000), 1..60),
    ) {
        let mut cluster = Cluster::of(&vec![0; count]);
        cluster.pass(2_000);
        let mut last = vec![Instant(0); count];
        for (which, off_ms, pause_ms) in steps {
            // Clocks that creep by less than a second are followed by design; these jump.
            let off_ms = if off_ms.abs() < 5_000 { 0 } else { off_ms };
            cluster.off_ms[which % ((count - 1) / 2)] = off_ms;
            cluster.pass(pause_ms);
            for (which, last) in last.iter_mut().enumerate() {
                prop_assert_eq!(cluster.off(which), 0);
                let wall = cluster.wall(which);
                let now = cluster.rules[which].now(cluster.now_ms, wall);
                prop_assert!(now >= *last);
                *last = now;
            }
        }
    }
}
