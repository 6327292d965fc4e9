//! A sitting: a paper in a time window for a batch in districts.

use serde::{Deserialize, Serialize};

use crate::{
    hash::Hash,
    ids::{DistrictId, PaperRef, SittingId},
    time::Instant,
};

/// A sitting as the centre plans it and every node of its districts knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sitting {
    /// Its number.
    pub id: SittingId,
    /// What people call it.
    pub title: String,
    /// The paper's version that is sat.
    pub paper: PaperRef,
    /// From when an attempt may be started.
    pub opens: Instant,
    /// Until when.
    pub closes: Instant,
    /// How long an attempt lasts, in milliseconds, before extra time.
    pub duration_ms: u32,
    /// Where it takes place.
    pub districts: Vec<DistrictId>,
    /// Whose: candidates of this batch, or of any when empty.
    pub batch: String,
    /// Keys the order of items and options ([`crate::order`]).
    pub order_secret: Hash,
}

impl Sitting {
    /// Whether a candidate of this district and batch sits here.
    pub fn includes(&self, district: DistrictId, batch: &str) -> bool {
        self.districts.contains(&district) && (self.batch.is_empty() || self.batch == batch)
    }

    #[cfg(test)]
    pub(crate) fn sample() -> Self {
        use crate::ids::{PaperId, PaperVersion};
        Self {
            id: SittingId(1),
            title: "Sample".into(),
            paper: PaperRef {
                paper: PaperId(1),
                version: PaperVersion(1),
            },
            opens: Instant(0),
            closes: Instant(1),
            duration_ms: 1,
            districts: vec![DistrictId(1)],
            batch: String::new(),
            order_secret: Hash::ZERO,
        }
    }
}
