//! How often something may be tried in one minute. Asked by the parts of the operator port that take what a person brings.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

const WITHIN_MS: u64 = 60_000;

/// When tries were made.
#[derive(Debug)]
pub(super) struct Tries {
    max: usize,
    made: Mutex<VecDeque<u64>>,
}

impl Tries {
    /// So many in one minute.
    pub(super) fn of(max: usize) -> Self {
        Self {
            max,
            made: Mutex::default(),
        }
    }

    /// Takes one; `false` when there were too many.
    pub(super) fn take(&self, now_ms: u64) -> bool {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        while made
            .front()
            .is_some_and(|at| now_ms.saturating_sub(*at) >= WITHIN_MS)
        {
            made.pop_front();
        }
        let has_room = made.len() < self.max;
        if has_room {
            made.push_back(now_ms);
        }
        has_room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_ten_tries_in_a_minute_the_next_one_waits() {
        let tries = Tries::of(10);
        assert!((0..10).all(|n| tries.take(n)));
        assert!(!tries.take(59_999));
        assert!(tries.take(60_000));
        assert!(!tries.take(60_000));
    }
}
