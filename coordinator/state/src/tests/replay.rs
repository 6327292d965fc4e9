use super::*;

/// The rows on disk are the state's, and rows and frames give the same state again.
pub(crate) fn stands_after_a_restart(world: &World) {
    let rows: BTreeMap<_, _> = world.state.rows().collect();
    assert_eq!(rows, world.disk);
    let mut restored = State::restore(world.disk.clone()).unwrap();
    let mut frames = world.frames.clone();
    frames.sort_by_key(|frame| (frame.log(), frame.first()));
    assert_eq!(restored.unfolded().is_empty(), frames.is_empty());
    for frame in &frames {
        restored.refold(frame).unwrap();
    }
    assert_eq!(restored, world.state);
    assert_eq!(restored.check(), Vec::<String>::new());
}

fn busy_world() -> World {
    let mut world = World::ready();
    let frames = chain(
        log(1),
        &[vec![started(1), answered(1, 1, 1, 2)], vec![answered(1, 2, 2, 1)]],
    );
    world.deliver(&[&frames[0]]);
    world.deliver(&[&frames[1]]);
    let forged = chain(log(1), &[vec![started(2)]]);
    world.deliver(&[&forged[0]]);
    world.apply(Command::Release {
        paper: PAPER,
        key: [3; 32],
    });
    world.apply(coordinator(1, "127.0.0.1:1"));
    world.try_apply(Command::AddDistrict { name: "Pune".into() });
    world
}

#[test]
fn a_restart_gives_the_same_state() {
    stands_after_a_restart(&busy_world());
}

#[test]
fn replaying_the_same_commands_gives_the_same_rows_byte_for_byte() {
    let world = busy_world();
    let mut replica = State::new();
    let mut disk = BTreeMap::new();
    for stamped in &world.history {
        for (key, value) in replica.apply(stamped).rows {
            match value {
                Some(value) => disk.insert(key, value),
                None => disk.remove(&key),
            };
        }
    }
    assert_eq!(disk, world.disk);
    assert_eq!(replica, world.state);
}

#[test]
fn a_store_that_lacks_a_frame_is_noticed() {
    let world = busy_world();
    let mut restored = State::restore(world.disk.clone()).unwrap();
    assert!(restored.refold(&world.frames[1]).is_err(), "the first is missing");
    restored.refold(&world.frames[0]).unwrap();
    assert!(restored.refold(&world.frames[0]).is_err(), "twice");
    assert_eq!(restored.unfolded().len(), 1);
    assert!(!restored.check().is_empty());
}

#[test]
fn rows_of_a_newer_program_or_damaged_ones_are_refused() {
    let refused = |key: Vec<u8>, value: Vec<u8>| State::restore([(key, value)]).unwrap_err().to_string();
    assert!(refused(vec![200], vec![1]).contains("newer program"));
    assert!(refused(vec![3, 0], vec![1]).contains("key that is damaged"));
    assert!(refused(vec![3, 0, 1], vec![9]).contains("version 9"));
}
