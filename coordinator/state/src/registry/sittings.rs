//! Sittings: a paper in a time window for a batch in districts.

use std::collections::BTreeSet;

use protocol::{
    ids::{CandidateId, DistrictId, PaperRef, Revision, SittingId},
    roster::Candidate,
    sitting::Sitting,
};

use super::{Registry, SittingRow};
use crate::{
    bounds::{DURATION_MS, NAME_BYTES_MAX, SITTINGS_MAX, TITLE_BYTES_MAX, optional_text, room, text},
    command::NewSitting,
    effects::{Changes, Outcome},
    rejection::Rejection,
};

impl Registry {
    pub(crate) fn create_sitting(
        &mut self,
        new: &NewSitting,
        changes: &mut Changes,
    ) -> Result<Outcome, Rejection> {
        self.check_sitting(new)?;
        let (id, revision) = self.count(changes, |counters| {
            counters.sitting = SittingId(counters.sitting.0 + 1);
            // Three: see `SittingRow`.
            counters.revision = Revision(counters.revision.0 + 3);
            (counters.sitting, counters.revision)
        });
        let row = SittingRow {
            sitting: new.clone().numbered(id),
            revision,
        };
        self.sittings.put(changes, id, row);
        Ok(Outcome::Sitting(id))
    }

    pub(crate) fn check_sitting(&self, new: &NewSitting) -> Result<(), Rejection> {
        text("the sitting's title", &new.title, TITLE_BYTES_MAX)?;
        optional_text("the batch", &new.batch, NAME_BYTES_MAX)?;
        room("sittings", self.sittings.len(), SITTINGS_MAX)?;
        self.known_paper(new.paper)?;
        if new.closes <= new.opens {
            return Err(Rejection::SittingWindow);
        }
        if !DURATION_MS.contains(&new.duration_ms) {
            return Err(Rejection::SittingDuration(new.duration_ms));
        }
        let districts: BTreeSet<DistrictId> = new.districts.iter().copied().collect();
        if districts.is_empty() || districts.len() != new.districts.len() {
            return Err(Rejection::SittingDistricts);
        }
        districts
            .into_iter()
            .try_for_each(|district| self.known_district(district).map(|_| ()))
    }

    /// The sittings of a district.
    pub(crate) fn sittings_in(&self, district: DistrictId) -> impl Iterator<Item = &SittingRow> {
        self.sittings
            .values()
            .filter(move |row| row.sitting.districts.contains(&district))
    }

    /// The papers that a district needs, each with its earliest sitting there.
    pub(crate) fn papers_in(&self, district: DistrictId) -> Vec<(PaperRef, &SittingRow)> {
        let mut papers: Vec<(PaperRef, &SittingRow)> = Vec::new();
        for row in self.sittings_in(district) {
            if papers.iter().all(|(paper, _)| *paper != row.sitting.paper) {
                papers.push((row.sitting.paper, row));
            }
        }
        papers
    }

    /// The candidates that a sitting is for.
    pub(crate) fn rostered(&self, sitting: &Sitting) -> impl Iterator<Item = (CandidateId, &Candidate)> {
        self.candidates
            .iter()
            .filter(|(_, row)| sitting.includes(row.candidate.district, &row.candidate.batch))
            .map(|(id, row)| (*id, &row.candidate))
    }
}
