//! Keys stand once they are there; a head that goes back is told and never kept.

use protocol::{
    checkpoint::{Checkpoint, SignedCheckpoint},
    cluster::ClusterKeys,
    hash::Hash,
    ids::{Incarnation, LogId, NodeId, Sequence},
    time::Instant,
    watermark::Watermark,
};

use super::{World, answered, chain, started};
use crate::{AlarmKind, Command, EvidenceKeys, Outcome, State};

const LOG: LogId = LogId {
    node: NodeId(1),
    incarnation: Incarnation(5),
};

fn head(sequence: u64, hash: &[u8], at: i64) -> SignedCheckpoint {
    let checkpoint = Checkpoint {
        log: LOG,
        head: Watermark {
            sequence: Sequence(sequence),
            hash: Hash::blake3(hash),
        },
        at: Instant(at),
    };
    // The proposer checks signatures, not the state.
    SignedCheckpoint {
        checkpoint,
        signature: vec![1; 64],
    }
}

fn alarms(state: &State) -> Vec<(AlarmKind, u64)> {
    state.alarms().map(|alarm| (alarm.kind, alarm.count)).collect()
}

#[test]
fn the_first_keys_stand() {
    let keys = |seed| EvidenceKeys {
        public: ClusterKeys {
            signing: [seed; 32],
            sealing: [seed; 32],
        },
        wrapped_signing: vec![seed],
        wrapped_sealing: vec![seed],
    };
    let mut world = World::ready();
    assert_eq!(world.state.evidence_keys(), None);
    for seed in [1, 2] {
        assert_eq!(world.apply(Command::SetEvidenceKeys(keys(seed))), Outcome::Done);
        assert_eq!(world.state.evidence_keys(), Some(&keys(1)));
    }
    let restored = State::restore(world.disk.clone()).unwrap();
    assert_eq!(restored.evidence_keys(), Some(&keys(1)));
}

#[test]
fn a_head_that_goes_back_is_alarmed_and_the_earlier_one_stands() {
    let mut world = World::ready();
    let kept = head(9, b"nine", 100);
    world.apply(Command::NoteHead(head(4, b"four", 50)));
    world.apply(Command::NoteHead(kept.clone()));
    // By a slower way: no news.
    world.apply(Command::NoteHead(head(4, b"four", 50)));
    assert_eq!(alarms(&world.state), []);
    assert_eq!(world.state.signed_head(&LOG), Some(&kept));
    world.apply(Command::NoteHead(head(8, b"eight", 200)));
    world.apply(Command::NoteHead(head(9, b"another nine", 201)));
    assert_eq!(alarms(&world.state), [(AlarmKind::HeadWentBack, 2)]);
    assert_eq!(world.state.signed_head(&LOG), Some(&kept));
}

#[test]
fn a_head_that_is_not_in_the_delivered_frames_is_alarmed() {
    let mut world = World::ready();
    let frames = chain(LOG, &[vec![started(1), answered(1, 1, 1, 2)]]);
    world.deliver(&[&frames[0]]);
    world.apply(Command::NoteHead(head(2, b"other", 10)));
    assert_eq!(alarms(&world.state), [(AlarmKind::HeadWentBack, 1)]);
    assert_eq!(world.state.signed_head(&LOG), None);
}
