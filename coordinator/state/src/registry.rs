//! What the centre plans and knows of the world: districts, machines, candidates, papers, sittings, releases. Each change
//! that a district must learn takes a new feed revision.

mod cluster;
mod consent;
mod gates;
mod joins;
mod papers;
mod roster;
mod rows;
mod sittings;

use protocol::{
    feed::Release,
    hash::Hash,
    ids::{CandidateId, CoordinatorId, DistrictId, KeyVersion, NodeId, PaperRef, Revision, SittingId},
    wire::join::Newcomer,
};

pub(crate) use consent::Consent;
pub use consent::{APPROVAL_LIFE_MS, ApprovalRow, AuthorisedRow, OfficerRow, ScheduleRow, WithdrawalRow};
pub(crate) use gates::Gates;
pub(crate) use joins::Shown;
pub(crate) use papers::NewPaper;
pub(crate) use roster::PageIndex;
pub use rows::{AnswerKeyRow, Cluster, CoordinatorRow, DistrictRow, JoinRow, NodeContact, NodeRow, PaperRow};
pub(crate) use rows::{CandidateRow, Counters, PageRow, ReleaseRow, SittingRow};

use crate::{
    effects::Changes,
    rejection::Rejection,
    row::Offset,
    table::{Table, Tag},
};

/// The registry's tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Registry {
    pub(crate) counters: Table<(), Counters>,
    pub(crate) cluster: Table<(), Cluster>,
    pub(crate) districts: Table<DistrictId, DistrictRow>,
    pub(crate) nodes: Table<NodeId, NodeRow>,
    pub(crate) coordinators: Table<CoordinatorId, CoordinatorRow>,
    pub(crate) joins: Table<Newcomer, JoinRow>,
    pub(crate) candidates: Table<CandidateId, CandidateRow>,
    pub(crate) pages: Table<(DistrictId, Offset), PageRow>,
    pub(crate) papers: Table<PaperRef, PaperRow>,
    pub(crate) answer_keys: Table<(PaperRef, KeyVersion), AnswerKeyRow>,
    pub(crate) sittings: Table<SittingId, SittingRow>,
    pub(crate) releases: Table<PaperRef, ReleaseRow>,
    /// Officers and what they decided.
    pub(crate) consent: Consent,
    /// What nodes must hold.
    pub(crate) gates: Gates,
    /// Derived from `candidates`: who stands on which page.
    pub(crate) page_index: PageIndex,
}

impl Registry {
    pub(crate) fn new() -> Self {
        Self {
            counters: Table::new(Tag::Counters),
            cluster: Table::new(Tag::Cluster),
            districts: Table::new(Tag::Districts),
            nodes: Table::new(Tag::Nodes),
            coordinators: Table::new(Tag::Coordinators),
            joins: Table::new(Tag::Joins),
            candidates: Table::new(Tag::Candidates),
            pages: Table::new(Tag::Pages),
            papers: Table::new(Tag::Papers),
            answer_keys: Table::new(Tag::AnswerKeys),
            sittings: Table::new(Tag::Sittings),
            releases: Table::new(Tag::Releases),
            consent: Consent::new(),
            gates: Gates::new(),
            page_index: PageIndex::default(),
        }
    }

    pub(crate) fn counters(&self) -> Counters {
        self.counters.get(&()).copied().unwrap_or_default()
    }

    /// Changes the counters and gives back what `change` says.
    pub(crate) fn count<T>(&mut self, changes: &mut Changes, change: impl FnOnce(&mut Counters) -> T) -> T {
        let mut counters = self.counters();
        let out = change(&mut counters);
        self.counters.put(changes, (), counters);
        out
    }

    /// The next feed revision.
    pub(crate) fn bump(&mut self, changes: &mut Changes) -> Revision {
        self.count(changes, |counters| {
            counters.revision.0 += 1;
            counters.revision
        })
    }

    /// The directory changed: every district learns it.
    pub(crate) fn bump_directory(&mut self, changes: &mut Changes) {
        let revision = self.bump(changes);
        self.count(changes, |counters| counters.directory = revision);
    }

    pub(crate) fn initialised(&self) -> Result<&Cluster, Rejection> {
        self.cluster.get(&()).ok_or(Rejection::NotInitialised)
    }

    pub(crate) fn known_district(&self, id: DistrictId) -> Result<&DistrictRow, Rejection> {
        self.districts.get(&id).ok_or(Rejection::UnknownDistrict(id))
    }

    pub(crate) fn known_paper(&self, paper: PaperRef) -> Result<&PaperRow, Rejection> {
        self.papers
            .get(&paper)
            .ok_or(Rejection::UnknownPaperVersion(paper))
    }

    pub(crate) fn release(&self, paper: PaperRef) -> Option<Release> {
        let row = self.releases.get(&paper)?;
        Some(Release { paper, key: row.key })
    }

    /// The secrets that every district shares: of candidates' tokens, of access codes.
    pub(crate) fn shared_keys(&self) -> (Hash, Hash) {
        self.cluster
            .get(&())
            .map(|cluster| (cluster.token_key, cluster.code_key))
            .unwrap_or_default()
    }
}
