//! The catalogue: what the feed's documents say, folded into the form in which a request looks things up. Pure.
//! Built by [`super::Feed`] when documents arrive, read by everybody; it is never changed in place.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use protocol::{
    feed::{Directory, District, Document, DocumentKey, FeedEntry, NodeEntry, PaperNotice},
    gate::SittingGate,
    hash::Hash,
    ids::{CandidateId, NodeId, PaperRef, Revision, SittingId},
    roster::Candidate,
    sitting::Sitting,
};

/// All that this node knows from the centre, at one revision.
#[derive(Debug, Clone)]
pub struct Catalogue {
    /// The district and its keys; `None` until the first feed came.
    pub district: Option<District>,
    /// Nodes and coordinators.
    pub directory: Directory,
    /// The district's candidates. Shared between revisions, because it is large and changes seldom.
    pub candidates: Arc<HashMap<CandidateId, Candidate>>,
    /// The district's sittings.
    pub sittings: BTreeMap<SittingId, Sitting>,
    /// Sealed papers that will be needed.
    pub papers: HashMap<PaperRef, PaperNotice>,
    /// Keys of released papers. Secrets: never logged.
    pub releases: HashMap<PaperRef, [u8; 32]>,
    /// What this node must hold for each sitting, where the centre has said it.
    pub gates: BTreeMap<SittingId, SittingGate>,
    /// By what papers' keys are recognised.
    pub checks: HashMap<PaperRef, Hash>,
    /// Papers that must not be sat any more, and why. Their keys are not among `releases`.
    pub withdrawn: HashMap<PaperRef, String>,
    /// How far in the feed this is.
    pub revision: Revision,
}

impl Default for Catalogue {
    fn default() -> Self {
        Self {
            district: None,
            directory: Directory {
                nodes: Vec::new(),
                coordinators: Vec::new(),
            },
            candidates: Arc::default(),
            sittings: BTreeMap::new(),
            papers: HashMap::new(),
            releases: HashMap::new(),
            gates: BTreeMap::new(),
            checks: HashMap::new(),
            withdrawn: HashMap::new(),
            revision: Revision(0),
        }
    }
}

impl Catalogue {
    /// The catalogue of these documents. `before` is the catalogue of the previous revision, whose roster is shared
    /// when no page of it has changed since.
    pub(super) fn of(
        documents: &BTreeMap<DocumentKey, FeedEntry>,
        before: &Self,
        revision: Revision,
    ) -> Self {
        let mut catalogue = Self {
            revision,
            ..Self::default()
        };
        let mut roster_changed = false;
        for entry in documents.values() {
            match &entry.document {
                Document::District(district) => catalogue.district = Some(district.clone()),
                Document::Directory(directory) => catalogue.directory = directory.clone(),
                Document::Roster(_) => roster_changed |= entry.revision > before.revision,
                Document::Sitting(sitting) => {
                    catalogue.sittings.insert(sitting.id, sitting.clone());
                }
                Document::Paper(notice) => {
                    catalogue.papers.insert(notice.paper, notice.clone());
                }
                Document::Release(release) => {
                    catalogue.releases.insert(release.paper, release.key);
                }
                Document::Gate(gate) => {
                    catalogue.gates.insert(gate.sitting, gate.clone());
                }
                Document::Check(check) => {
                    catalogue.checks.insert(check.paper, check.commitment);
                }
                Document::Withdrawal(withdrawal) => {
                    catalogue
                        .withdrawn
                        .insert(withdrawal.paper, withdrawal.reason.clone());
                }
            }
        }
        let withdrawn = &catalogue.withdrawn;
        catalogue
            .releases
            .retain(|paper, _| !withdrawn.contains_key(paper));
        catalogue.candidates = if roster_changed {
            roster(documents)
        } else {
            Arc::clone(&before.candidates)
        };
        catalogue
    }

    /// A node's entry in the directory.
    pub fn node(&self, id: NodeId) -> Option<&NodeEntry> {
        self.directory.nodes.iter().find(|entry| entry.id == id)
    }

    /// The other nodes of this node's district.
    pub fn peers_of(&self, own: NodeId) -> Vec<&NodeEntry> {
        let Some(district) = &self.district else {
            return Vec::new();
        };
        let nodes = self.directory.nodes.iter();
        nodes
            .filter(|entry| entry.district == district.id && entry.id != own)
            .collect()
    }
}

fn roster(documents: &BTreeMap<DocumentKey, FeedEntry>) -> Arc<HashMap<CandidateId, Candidate>> {
    let mut candidates = HashMap::new();
    for entry in documents.values() {
        if let Document::Roster(page) = &entry.document {
            candidates.extend(
                page.candidates
                    .iter()
                    .map(|candidate| (candidate.id, candidate.clone())),
            );
        }
    }
    Arc::new(candidates)
}
