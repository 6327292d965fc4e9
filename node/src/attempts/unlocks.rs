//! Which attempts an invigilator has unlocked for another device. In memory only: each is good for one move, for ten minutes,
//! at this node, and is gone with a restart; then it is unlocked again. The operator port unlocks, a start uses it up.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use protocol::ids::AttemptKey;

/// How long an attempt stays unlocked.
pub const UNLOCKED_MS: u64 = 10 * 60_000;

/// More than the devices that fail in a district within ten minutes.
const UNLOCKED_MAX: usize = 4_096;

/// What was unlocked, until when by the monotonic clock.
#[derive(Debug, Default)]
pub struct Unlocks {
    until: Mutex<HashMap<AttemptKey, u64>>,
}

impl Unlocks {
    /// Unlocks an attempt from now on; `false` while too many are.
    pub fn unlock(&self, key: AttemptKey, now_ms: u64) -> bool {
        let mut until = self.lock();
        until.retain(|_, until| *until > now_ms);
        let has_room = until.len() < UNLOCKED_MAX || until.contains_key(&key);
        if has_room {
            until.insert(key, now_ms.saturating_add(UNLOCKED_MS));
        }
        has_room
    }

    /// Whether an attempt is unlocked.
    pub fn is_unlocked(&self, key: AttemptKey, now_ms: u64) -> bool {
        self.lock().get(&key).is_some_and(|until| *until > now_ms)
    }

    /// Ends what was unlocked, because it is used; gives what [`Unlocks::give_back`] takes.
    pub fn take(&self, key: AttemptKey) -> Option<u64> {
        self.lock().remove(&key)
    }

    /// Undoes [`Unlocks::take`]: the move did not come about.
    pub fn give_back(&self, key: AttemptKey, until: u64) {
        self.lock().entry(key).or_insert(until);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AttemptKey, u64>> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use protocol::ids::{CandidateId, SittingId};

    use super::*;

    fn key(candidate: u32) -> AttemptKey {
        AttemptKey {
            sitting: SittingId(1),
            candidate: CandidateId(candidate),
        }
    }

    #[test]
    fn what_is_unlocked_is_good_for_one_move_and_ten_minutes() {
        let unlocks = Unlocks::default();
        assert!(!unlocks.is_unlocked(key(1), 0));
        assert!(unlocks.unlock(key(1), 0));
        assert!(unlocks.is_unlocked(key(1), UNLOCKED_MS - 1));
        assert!(!unlocks.is_unlocked(key(2), 0), "another candidate's");
        assert!(!unlocks.is_unlocked(key(1), UNLOCKED_MS), "its time is over");
        let until = unlocks.take(key(1)).unwrap();
        assert!(!unlocks.is_unlocked(key(1), 0), "it was used");
        unlocks.give_back(key(1), until);
        assert!(unlocks.is_unlocked(key(1), 0));
    }

    #[test]
    fn no_more_are_kept_than_there_is_room_for_and_old_ones_make_room() {
        let unlocks = Unlocks::default();
        let max = u32::try_from(UNLOCKED_MAX).unwrap();
        assert!((0..max).all(|candidate| unlocks.unlock(key(candidate), 0)));
        assert!(!unlocks.unlock(key(max), 1));
        assert!(unlocks.unlock(key(0), 1), "what is unlocked may be again");
        assert!(unlocks.unlock(key(max), UNLOCKED_MS));
    }
}
