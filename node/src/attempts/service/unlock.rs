//! Another device may go on with an attempt once an invigilator has unlocked it here; asked by starts, done by the operator
//! port.

use protocol::{
    ids::{AttemptKey, DeviceTag},
    time::Instant,
};

use super::{Attempts, Slot};
use crate::{
    attempts::{
        over::over,
        rules::{Elsewhere, StartRequest},
        unlocks::UNLOCKED_MS,
    },
    log::retention::rule::Over,
};

/// Why an attempt was not unlocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotUnlocked {
    /// Nobody began it, or this node has not heard of that.
    #[error("it was not begun, as far as this node has heard: it can be begun on any device")]
    NotBegun,
    /// It was handed in.
    #[error("it was handed in: its receipt can be seen on any device")]
    HandedIn,
    /// Its time has run out.
    #[error("its time is over")]
    Over,
    /// More are unlocked than anybody needs.
    #[error("too many are unlocked just now; wait until some were used")]
    TooMany,
}

impl Attempts {
    /// Lets another device go on with an attempt, once; says until when.
    pub fn unlock(&self, key: AttemptKey) -> Result<Instant, NotUnlocked> {
        let slot = self.book.get(key).ok_or(NotUnlocked::NotBegun)?;
        let now = self.when().at;
        slot.read(|held| match over(held, now) {
            _ if held.merged.started.is_none() => Err(NotUnlocked::NotBegun),
            Over::Open => Ok(()),
            Over::Since(_) if held.merged.submission().is_some() => Err(NotUnlocked::HandedIn),
            Over::Since(_) => Err(NotUnlocked::Over),
        })?;
        if !self.unlocks.unlock(key, self.time.monotonic_ms()) {
            return Err(NotUnlocked::TooMany);
        }
        Ok(now.plus_ms(UNLOCKED_MS.cast_signed()))
    }

    /// The request as the rules are to judge it: who wants to move the attempt without an invigilator's leave may not.
    pub(super) fn within_leave<'a>(&self, key: AttemptKey, request: StartRequest<'a>) -> StartRequest<'a> {
        let is_free = !self.move_needs_unlock || self.unlocks.is_unlocked(key, self.time.monotonic_ms());
        match request.elsewhere {
            Elsewhere::Move if !is_free => StartRequest {
                elsewhere: Elsewhere::Locked,
                ..request
            },
            Elsewhere::Move | Elsewhere::Refuse | Elsewhere::Locked => request,
        }
    }
}

/// Whether another device than this one holds the attempt.
pub(super) fn is_at_another(slot: &Slot, device: DeviceTag) -> bool {
    let epoch = slot.read(|held| held.merged.epoch());
    epoch.is_some_and(|epoch| epoch.device != device)
}
