//! The feed of a district: which documents it must have, each with a revision that no other document of it shares, so
//! that a node goes on exactly after the last one it stored.

use protocol::{
    feed::{
        Directory, District, Document, DocumentKey, FeedEntry, NodeEntry, PaperNotice, RosterPage, Withdrawal,
    },
    ids::{DistrictId, NodeId, PaperRef, Revision},
};

use crate::{registry::NodeRow, row::Offset, state::State};

impl State {
    /// The documents of a district newer than `after`, oldest first, at most `max`. None for an unknown district.
    pub fn feed(&self, district: DistrictId, after: Revision, max: usize) -> Vec<FeedEntry> {
        let mut index = self.feed_index(district);
        index.retain(|(revision, _)| *revision > after);
        index.sort_unstable();
        index.truncate(max);
        index
            .into_iter()
            .filter_map(|(revision, key)| {
                let document = self.document(district, key)?;
                Some(FeedEntry { revision, document })
            })
            .collect()
    }

    /// The feed's latest revision. A node that has every document up to it has all there is.
    pub fn revision(&self) -> Revision {
        self.registry.counters().revision
    }

    /// Which documents a district has, and since when. Building them comes after, only for those that are asked for.
    pub(crate) fn feed_index(&self, district: DistrictId) -> Vec<(Revision, DocumentKey)> {
        let registry = &self.registry;
        let Some(row) = registry.districts.get(&district) else {
            return Vec::new();
        };
        let mut index = vec![(row.revision, DocumentKey::District)];
        if registry.counters().directory > Revision(0) {
            index.push((registry.counters().directory, DocumentKey::Directory));
        }
        let pages = registry
            .pages
            .range((district, Offset(0))..=(district, Offset(u32::MAX)));
        index.extend(pages.map(|((_, page), row)| (row.revision, DocumentKey::Roster(page.0))));
        let sittings = registry.sittings_in(district);
        index.extend(sittings.map(|row| (row.revision, DocumentKey::Sitting(row.sitting.id))));
        for (paper, sitting) in registry.papers_in(district) {
            if let Some(row) = registry.papers.get(&paper) {
                let revision = row.revision.max(sitting.paper_revision());
                index.push((revision, DocumentKey::Paper(paper)));
            }
            if let Some(row) = registry.releases.get(&paper) {
                let revision = row.revision.max(sitting.release_revision());
                index.push((revision, DocumentKey::Release(paper)));
            }
            if let Some(row) = registry.gates.checks.get(&paper) {
                let revision = row.revision.max(registry.gates.check_revision(sitting));
                index.push((revision, DocumentKey::Check(paper)));
            }
            if let Some(row) = registry.consent.withdrawals.get(&paper) {
                let revision = row.revision.max(registry.gates.withdrawal_revision(sitting));
                index.push((revision, DocumentKey::Withdrawal(paper)));
            }
        }
        let gates = registry.gates.of_sittings.iter();
        let theirs = gates.filter(|((_, of), _)| *of == district);
        index.extend(theirs.map(|((sitting, _), row)| (row.revision, DocumentKey::Gate(*sitting))));
        index
    }

    fn document(&self, district: DistrictId, key: DocumentKey) -> Option<Document> {
        let registry = &self.registry;
        Some(match key {
            DocumentKey::District => Document::District(self.district_document(district)?),
            DocumentKey::Directory => Document::Directory(self.directory()),
            DocumentKey::Roster(page) => Document::Roster(self.roster_page(district, page)),
            DocumentKey::Sitting(id) => Document::Sitting(registry.sittings.get(&id)?.sitting.clone()),
            DocumentKey::Paper(paper) => Document::Paper(self.paper_notice(paper)?),
            DocumentKey::Release(paper) => Document::Release(registry.release(paper)?),
            DocumentKey::Gate(sitting) => {
                Document::Gate(registry.gates.of_sittings.get(&(sitting, district))?.gate.clone())
            }
            DocumentKey::Check(paper) => Document::Check(registry.gates.checks.get(&paper)?.check),
            DocumentKey::Withdrawal(paper) => Document::Withdrawal(Withdrawal {
                paper,
                reason: registry.consent.withdrawals.get(&paper)?.reason.clone(),
            }),
        })
    }

    fn district_document(&self, id: DistrictId) -> Option<District> {
        let row = self.registry.districts.get(&id)?;
        let (token_key, code_key) = self.registry.shared_keys();
        Some(District {
            id,
            name: row.name.clone(),
            token_key,
            code_key,
        })
    }

    /// All nodes that have joined, and the coordinators that are there.
    pub fn directory(&self) -> Directory {
        let nodes = self.registry.nodes.iter();
        let coordinators = self.registry.coordinators.values();
        Directory {
            nodes: nodes.filter_map(|(id, row)| node_entry(*id, row)).collect(),
            coordinators: coordinators
                .filter(|row| !row.removed)
                .map(|row| row.entry.clone())
                .collect(),
        }
    }

    fn roster_page(&self, district: DistrictId, page: u32) -> RosterPage {
        let held = self.registry.page_index.get(&(district, Offset(page)));
        let candidates = held
            .into_iter()
            .flatten()
            .filter_map(|id| self.candidate(*id).cloned())
            .collect();
        RosterPage { page, candidates }
    }

    fn paper_notice(&self, paper: PaperRef) -> Option<PaperNotice> {
        let row = self.registry.papers.get(&paper)?;
        Some(PaperNotice {
            paper,
            blob: row.blob,
            bytes: row.bytes,
            outline: row.outline.clone(),
        })
    }
}

fn node_entry(id: NodeId, row: &NodeRow) -> Option<NodeEntry> {
    let contact = row.contact.as_ref()?;
    Some(NodeEntry {
        id,
        name: row.name.clone(),
        district: row.district,
        link_address: contact.link_address.clone(),
        candidate_url: contact.candidate_url.clone(),
        signing_key: contact.signing_key,
    })
}
