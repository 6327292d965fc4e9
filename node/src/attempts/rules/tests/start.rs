//! Starting, resuming, moving.

use protocol::{epoch::Epoch, record::Event};

use super::{
    super::*,
    bench::{Bench, HERE, HOUR_MS, OPENS, PHONE, TABLET, THERE, sitting},
};

#[test]
fn an_attempt_starts_only_while_its_sitting_is_open_and_released() {
    let bench = Bench::new();
    let early = bench.start(PHONE, HERE, Elsewhere::Refuse, OPENS.plus_ms(-5));
    assert_eq!(early, Err(StartRefusal::NotOpen { wait_ms: 5 }));
    let late = bench.start(PHONE, HERE, Elsewhere::Refuse, sitting().closes);
    assert_eq!(late, Err(StartRefusal::Closed));
    let sealed = StartRequest {
        sitting: &sitting(),
        extra_permille: 0,
        device: PHONE,
        node: HERE,
        elsewhere: Elsewhere::Refuse,
        release: ReleaseState::Sealed,
    };
    assert_eq!(
        decide_start(&bench.held, sealed, OPENS),
        Err(StartRefusal::NotReleased)
    );
    let started = bench.start(PHONE, HERE, Elsewhere::Refuse, OPENS).unwrap();
    let expected = Event::Started {
        epoch: Epoch::first(PHONE),
        paper: sitting().paper,
        deadline: OPENS.plus_ms(HOUR_MS),
    };
    assert_eq!(started, [expected]);
}

#[test]
fn the_same_device_goes_on_and_another_one_must_say_that_it_moves() {
    let mut bench = Bench::started();
    assert_eq!(bench.start(PHONE, HERE, Elsewhere::Refuse, OPENS), Ok(vec![]));
    let other = bench.start(TABLET, HERE, Elsewhere::Refuse, OPENS);
    assert_eq!(other, Err(StartRefusal::OpenElsewhere));
    let locked = bench.start(TABLET, HERE, Elsewhere::Locked, OPENS);
    let candidate = bench.held.key.candidate;
    assert_eq!(locked, Err(StartRefusal::UnlockNeeded { candidate }));
    assert_eq!(bench.start(PHONE, HERE, Elsewhere::Locked, OPENS), Ok(vec![]));
    let moved = bench.start(TABLET, HERE, Elsewhere::Move, OPENS).unwrap();
    let epoch = Epoch {
        number: 2,
        device: TABLET,
    };
    assert_eq!(moved, [Event::Moved { epoch }]);
    bench.apply(moved, HERE, OPENS);
    assert_eq!(
        bench.held.merged.deadline(),
        Some(OPENS.plus_ms(HOUR_MS)),
        "the deadline stays"
    );
}

#[test]
fn the_same_device_at_another_node_gets_the_next_epoch() {
    let mut bench = Bench::started();
    let moved = bench.start(PHONE, THERE, Elsewhere::Refuse, OPENS).unwrap();
    assert_eq!(
        moved,
        [Event::Moved {
            epoch: Epoch {
                number: 2,
                device: PHONE
            }
        }]
    );
    bench.apply(moved, THERE, OPENS);
    assert_eq!(bench.held.node(), Some(THERE));
    assert_eq!(bench.start(PHONE, THERE, Elsewhere::Refuse, OPENS), Ok(vec![]));
}
