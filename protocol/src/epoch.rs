//! Which device holds an attempt. An epoch's number grows by one with each move; its random device tag tells two moves
//! of a split district apart.

use serde::{Deserialize, Serialize};

use crate::ids::DeviceTag;

/// One stay of an attempt at one device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Epoch {
    /// From 1.
    pub number: u16,
    /// Whose it is.
    pub device: DeviceTag,
}

impl Epoch {
    /// The epoch of a first start.
    pub fn first(device: DeviceTag) -> Self {
        Self { number: 1, device }
    }

    /// The epoch after a move to `device`.
    #[must_use]
    pub fn moved_to(self, device: DeviceTag) -> Self {
        Self {
            number: self.number.saturating_add(1),
            device,
        }
    }
}
