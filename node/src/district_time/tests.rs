//! District time on a clock that the test moves, with a real file.

use daemon::ManualClock;

use super::*;

const ONE: CoordinatorId = CoordinatorId(1);

fn sample(sent_ms: u64, theirs: i64, heard_ms: u64) -> ClockSample {
    ClockSample {
        sent_ms,
        theirs: Instant(theirs),
        heard_ms,
    }
}

#[test]
fn the_wall_clock_is_not_looked_at_after_the_first_measurement() {
    let directory = tempfile::tempdir().unwrap();
    let clock = ManualClock::at_wall_ms(1_000_000);
    let time = DistrictTime::open(&directory.path().join("floor"), Arc::new(clock.clone())).unwrap();
    assert_eq!(time.now(), Instant(1_000_000));
    time.observe(sample(0, 1_000_700, 0), ONE);
    clock.set_wall_ms(99);
    clock.advance(Duration::from_secs(3));
    assert_eq!(time.now(), Instant(1_003_700));
    assert!(time.error_ms() < 10);
}

#[test]
fn a_doubted_coordinator_is_told_of_until_it_is_right_again() {
    let directory = tempfile::tempdir().unwrap();
    let clock = ManualClock::at_wall_ms(1_000_000);
    let time = DistrictTime::open(&directory.path().join("floor"), Arc::new(clock)).unwrap();
    time.observe(sample(0, 1_000_000, 0), ONE);
    assert_eq!(time.doubts(), []);
    time.observe(sample(0, 4_600_000, 0), ONE);
    let ahead_ms = 3_600_000;
    assert_eq!(time.doubts(), [Doubt::Coordinator { id: ONE, ahead_ms }]);
    assert_eq!(time.now(), Instant(1_000_000));
    time.observe(sample(0, 1_000_001, 0), ONE);
    assert_eq!(time.doubts(), []);
}

#[test]
fn over_a_restart_time_goes_on_by_the_offset_and_never_below_the_floor() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("floor");
    let clock = ManualClock::at_wall_ms(500);
    let time = DistrictTime::open(&path, Arc::new(clock)).unwrap();
    time.observe(sample(0, 90_000, 0), ONE);
    time.write_floor().unwrap();
    let later = DistrictTime::open(&path, Arc::new(ManualClock::at_wall_ms(2_500))).unwrap();
    assert_eq!(later.now(), Instant(92_000));
    let jumped = DistrictTime::open(&path, Arc::new(ManualClock::at_wall_ms(-7_000))).unwrap();
    assert_eq!(jumped.now(), Instant(90_000));
}

#[tokio::test]
async fn the_floor_is_written_with_the_first_measurement() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("floor");
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at_wall_ms(500));
    let time = DistrictTime::open(&path, Arc::clone(&clock)).unwrap();
    let tasks = Tasks::new(daemon::CancellationToken::new());
    time.start(&tasks);
    time.observe(sample(0, 90_000, 0), ONE);
    tokio::time::timeout(FLOOR_EVERY / 2, async {
        while !path.exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("written long before the next regular write");
    let later = DistrictTime::open(&path, Arc::new(ManualClock::at_wall_ms(-7_000))).unwrap();
    assert!(later.now() >= Instant(90_000));
}
