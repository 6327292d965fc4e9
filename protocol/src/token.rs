//! What a candidate's token claims. The node seals it as PASETO v4.local under the cluster's token key, so that every
//! node can check it offline.

use serde::{Deserialize, Serialize};

use crate::{
    epoch::Epoch,
    ids::{CandidateId, DeviceTag, DistrictId, SittingId},
    time::Instant,
};

/// The claims of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Whose.
    pub candidate: CandidateId,
    /// Where they are registered.
    pub district: DistrictId,
    /// For which device.
    pub device: DeviceTag,
    /// Until when.
    pub expires: Instant,
    /// The attempt it is for, once one was started.
    pub attempt: Option<AttemptClaim>,
}

/// What another district needs to take a guest in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptClaim {
    /// The sitting.
    pub sitting: SittingId,
    /// The device's stay.
    pub epoch: Epoch,
    /// The deadline when the token was made.
    pub deadline: Instant,
}
