//! Candidates, and the pages of each district's roster on which its nodes get them.
//!
//! A candidate keeps their page while they stay in the district, so a change of one sends one page again, not the roster.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    ids::{CandidateId, DistrictId},
    limits::ROSTER_PAGE_MAX,
    roster::Candidate,
};

use super::{CandidateRow, PageRow, Registry};
use crate::{
    bounds::{CANDIDATES_MAX, NAME_BYTES_MAX, TITLE_BYTES_MAX, count_within, optional_text, text},
    effects::{Changes, Outcome},
    rejection::Rejection,
    row::Offset,
};

/// Who stands on which page of which district.
pub(crate) type PageIndex = BTreeMap<(DistrictId, Offset), BTreeSet<CandidateId>>;

impl Registry {
    pub(crate) fn import_candidates(
        &mut self,
        candidates: &[Candidate],
        changes: &mut Changes,
    ) -> Result<Outcome, Rejection> {
        self.check_import(candidates)?;
        let (mut added, mut changed, mut unchanged) = (0, 0, 0);
        let mut touched = BTreeSet::new();
        for candidate in candidates {
            let held = self.candidates.get(&candidate.id).cloned();
            match &held {
                Some(row) if row.candidate == *candidate => {
                    unchanged += 1;
                    continue;
                }
                Some(_) => changed += 1,
                None => added += 1,
            }
            self.place(candidate, held.as_ref(), &mut touched, changes);
        }
        for page in touched {
            let revision = self.bump(changes);
            self.pages.put(changes, page, PageRow { revision });
        }
        Ok(Outcome::Candidates {
            added,
            changed,
            unchanged,
        })
    }

    fn check_import(&self, candidates: &[Candidate]) -> Result<(), Rejection> {
        count_within("candidates in one import", candidates.len(), ROSTER_PAGE_MAX)?;
        let mut seen = BTreeSet::new();
        let mut new = 0;
        for candidate in candidates {
            self.known_district(candidate.district)?;
            text("a candidate's name", &candidate.name, TITLE_BYTES_MAX)?;
            optional_text("a roll number", &candidate.roll, NAME_BYTES_MAX)?;
            optional_text("a batch", &candidate.batch, NAME_BYTES_MAX)?;
            if !seen.insert(candidate.id) {
                return Err(Rejection::CandidateTwice(candidate.id));
            }
            new += usize::from(!self.candidates.contains(&candidate.id));
        }
        count_within("candidates", self.candidates.len() + new, CANDIDATES_MAX)
    }

    fn place(
        &mut self,
        candidate: &Candidate,
        held: Option<&CandidateRow>,
        touched: &mut BTreeSet<(DistrictId, Offset)>,
        changes: &mut Changes,
    ) {
        let page = match held {
            Some(row) if row.candidate.district == candidate.district => Offset(row.page),
            Some(row) => {
                let old = (row.candidate.district, Offset(row.page));
                if let Some(page) = self.page_index.get_mut(&old) {
                    page.remove(&candidate.id);
                }
                touched.insert(old);
                self.page_with_room(candidate.district)
            }
            None => self.page_with_room(candidate.district),
        };
        self.page_index
            .entry((candidate.district, page))
            .or_default()
            .insert(candidate.id);
        touched.insert((candidate.district, page));
        let row = CandidateRow {
            candidate: candidate.clone(),
            page: page.0,
        };
        self.candidates.put(changes, candidate.id, row);
    }

    /// The last page, or the next when that is full.
    fn page_with_room(&self, district: DistrictId) -> Offset {
        let pages = (district, Offset(0))..=(district, Offset(u32::MAX));
        match self.page_index.range(pages).next_back() {
            Some(((_, page), held)) if held.len() < ROSTER_PAGE_MAX => *page,
            Some(((_, page), _)) => Offset(page.0 + 1),
            None => Offset(0),
        }
    }

    /// Builds the index anew from the rows (pages that were emptied stay, so that nodes empty them too).
    pub(crate) fn index_pages(&mut self) {
        self.page_index = self
            .pages
            .iter()
            .map(|(page, _)| (*page, BTreeSet::new()))
            .collect();
        for (id, row) in self.candidates.iter() {
            let page = (row.candidate.district, Offset(row.page));
            self.page_index.entry(page).or_default().insert(*id);
        }
    }
}
