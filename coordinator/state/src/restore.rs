//! The state as rows, and back. Merged attempts are not among them: after [`State::restore`] each stored frame goes
//! through [`State::refold`], log by log in order, and then [`State::unfolded`] must be empty.

use protocol::{
    frame::Frame,
    ids::{LogId, Sequence},
    watermark::Watermark,
};

use crate::{
    ledger::RefoldError,
    state::State,
    table::{RestoreError, Tag},
};

impl State {
    /// The state from its rows, in any order.
    pub fn restore(rows: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>) -> Result<Self, RestoreError> {
        let mut state = Self::new();
        for (key, value) in rows {
            let (tag, key) = key.split_first().ok_or(RestoreError::Key { table: 0 })?;
            state.load(*tag, key, &value)?;
        }
        state.registry.index_pages();
        state.scores.index();
        Ok(state)
    }

    /// Folds a stored frame into the merged attempts, after [`Self::restore`].
    pub fn refold(&mut self, frame: &Frame) -> Result<(), RefoldError> {
        self.ledger.refold(frame, &mut self.attempts)
    }

    /// The logs of which frames are missing: how far each is folded, and how far it must be. A snapshot's receiver
    /// fetches these; a coordinator that serves must have none.
    pub fn unfolded(&self) -> Vec<(LogId, Sequence, Watermark)> {
        self.ledger.unfolded().collect()
    }

    /// All rows, table by table: what a snapshot holds.
    pub fn rows(&self) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
        let registry = &self.registry;
        let world = registry
            .counters
            .rows()
            .chain(registry.cluster.rows())
            .chain(registry.districts.rows())
            .chain(registry.nodes.rows())
            .chain(registry.coordinators.rows())
            .chain(registry.joins.rows())
            .chain(registry.candidates.rows())
            .chain(registry.pages.rows());
        world
            .chain(self.blobs.heads.rows())
            .chain(self.blobs.chunks.rows())
            .chain(registry.papers.rows())
            .chain(registry.answer_keys.rows())
            .chain(registry.sittings.rows())
            .chain(registry.releases.rows())
            .chain(self.ledger.watermarks.rows())
            .chain(self.ledger.forks.rows())
            .chain(self.scores.sets.rows())
            .chain(self.scores.rows.rows())
            .chain(self.alarms.rows())
            .chain(self.audit.rows())
            .chain(self.evidence.keys.rows())
            .chain(self.evidence.heads.rows())
            .chain(self.marks.scripts.rows())
            .chain(self.marks.tolerances.rows())
            .chain(self.consent_rows())
            .chain(registry.gates.checks.rows())
            .chain(registry.gates.of_sittings.rows())
            .chain(registry.gates.versions.rows())
    }

    fn consent_rows(&self) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
        let consent = &self.registry.consent;
        let officers = consent.officers.rows().chain(consent.approvals.rows());
        officers
            .chain(consent.authorised.rows())
            .chain(consent.schedules.rows())
            .chain(consent.withdrawals.rows())
    }

    fn load(&mut self, tag: u8, key: &[u8], value: &[u8]) -> Result<(), RestoreError> {
        let registry = &mut self.registry;
        let tag = Tag::of(tag).ok_or(RestoreError::Table(tag))?;
        match tag {
            Tag::Counters => registry.counters.load(key, value),
            Tag::Cluster => registry.cluster.load(key, value),
            Tag::Districts => registry.districts.load(key, value),
            Tag::Nodes => registry.nodes.load(key, value),
            Tag::Coordinators => registry.coordinators.load(key, value),
            Tag::Joins => registry.joins.load(key, value),
            Tag::Candidates => registry.candidates.load(key, value),
            Tag::Pages => registry.pages.load(key, value),
            Tag::BlobHeads => self.blobs.heads.load(key, value),
            Tag::BlobChunks => self.blobs.chunks.load(key, value),
            Tag::Papers => registry.papers.load(key, value),
            Tag::AnswerKeys => registry.answer_keys.load(key, value),
            Tag::Sittings => registry.sittings.load(key, value),
            Tag::Releases => registry.releases.load(key, value),
            Tag::Watermarks => self.ledger.watermarks.load(key, value),
            Tag::Forks => self.ledger.forks.load(key, value),
            Tag::ScoreSets => self.scores.sets.load(key, value),
            Tag::Scores => self.scores.rows.load(key, value),
            Tag::Alarms => self.alarms.load(key, value),
            Tag::Audit => self.audit.load(key, value),
            Tag::Evidence => self.evidence.keys.load(key, value),
            Tag::Heads => self.evidence.heads.load(key, value),
            Tag::Marks => self.marks.scripts.load(key, value),
            Tag::Tolerances => self.marks.tolerances.load(key, value),
            Tag::Officers => registry.consent.officers.load(key, value),
            Tag::Approvals => registry.consent.approvals.load(key, value),
            Tag::Authorised => registry.consent.authorised.load(key, value),
            Tag::Schedules => registry.consent.schedules.load(key, value),
            Tag::Withdrawals => registry.consent.withdrawals.load(key, value),
            Tag::Checks => registry.gates.checks.load(key, value),
            Tag::Gates => registry.gates.of_sittings.load(key, value),
            Tag::Versions => registry.gates.versions.load(key, value),
        }
    }
}
