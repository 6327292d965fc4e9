//! The state's invariants: what must hold after every command. Tests ask after each step; a coordinator asks after a
//! restore, before it serves.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    hash::Hash,
    ids::{NodeId, SittingId},
    limits::ROSTER_PAGE_MAX,
};

use crate::{
    bounds::{ALARMS_MAX, AUDIT_MAX, FORKS_PER_LOG_MAX, MARKS_PER_SCRIPT_MAX},
    marks::MARKERS,
    state::State,
};

impl State {
    /// Every invariant that does not hold, in words; empty when all is well.
    pub fn check(&self) -> Vec<String> {
        let mut broken = Vec::new();
        self.check_ledger(&mut broken);
        self.check_answers(&mut broken);
        self.check_roster(&mut broken);
        self.check_papers(&mut broken);
        self.check_counters(&mut broken);
        self.check_feed(&mut broken);
        broken
    }

    fn check_ledger(&self, broken: &mut Vec<String>) {
        for (log, folded, watermark) in self.unfolded() {
            let held = watermark.sequence;
            broken.push(format!(
                "log {log} is folded up to {folded} but its watermark is {held}"
            ));
        }
        for log in self.ledger.folded.keys() {
            if !self.ledger.watermarks.contains(log) {
                broken.push(format!("log {log} is folded but has no watermark"));
            }
            if self.ledger.forks_of(*log).count() > FORKS_PER_LOG_MAX {
                broken.push(format!("log {log} has more forks than are kept"));
            }
        }
        for (log, _) in self.ledger.watermarks.iter() {
            if !self.registry.nodes.contains(&log.node) {
                broken.push(format!("log {log} is of a node that does not exist"));
            }
        }
    }

    /// Every answer in the logs was merged once, and nothing else was.
    fn check_answers(&self, broken: &mut Vec<String>) {
        let mut balance: BTreeMap<(NodeId, SittingId), i64> = BTreeMap::new();
        for (log, folded) in &self.ledger.folded {
            for (sitting, answers) in &folded.answered {
                *balance.entry((log.node, *sitting)).or_default() += *answers as i64;
            }
        }
        for (key, attempt) in self.attempts.iter() {
            for (node, answers) in attempt.answers() {
                *balance.entry((node, key.sitting)).or_default() -= i64::from(answers);
            }
        }
        for ((node, sitting), left) in balance.into_iter().filter(|(_, left)| *left != 0) {
            broken.push(format!(
                "{left} answers of node {node} in sitting {sitting} were not merged once"
            ));
        }
    }

    fn check_roster(&self, broken: &mut Vec<String>) {
        for ((district, page), held) in &self.registry.page_index {
            if held.len() > ROSTER_PAGE_MAX {
                broken.push(format!(
                    "roster page {} of district {district} is too long",
                    page.0
                ));
            }
            if self.registry.pages.get(&(*district, *page)).is_none() {
                broken.push(format!(
                    "roster page {} of district {district} has no revision",
                    page.0
                ));
            }
        }
        let placed: usize = self.registry.page_index.values().map(BTreeSet::len).sum();
        if placed != self.registry.candidates.len() {
            broken.push(format!("{placed} candidates stand on pages, not all"));
        }
        for candidate in self.candidates() {
            if self.district(candidate.district).is_none() {
                broken.push(format!("candidate {} is of no district", candidate.id));
            }
        }
    }

    fn check_papers(&self, broken: &mut Vec<String>) {
        let blobs: BTreeSet<Hash> = self.registry.papers.values().map(|row| row.blob).collect();
        for (hash, head) in self.blobs.heads.iter() {
            if head.is_whole() && self.blobs.hash_of(hash) != *hash {
                broken.push(format!("the blob {hash} is damaged"));
            }
        }
        for hash in blobs {
            if self.blobs.whole(&hash).is_none() {
                broken.push(format!("a paper's blob {hash} is missing"));
            }
        }
        for (paper, row) in self.papers() {
            if self.answer_key(paper, row.key_version).is_none() {
                broken.push(format!("paper {paper} has no answer key {}", row.key_version));
            }
        }
        for sitting in self.sittings() {
            if self.paper(sitting.paper).is_none() {
                broken.push(format!("sitting {} has no paper", sitting.id));
            }
        }
        for (((sitting, item), script), row) in self.marks.scripts.iter() {
            if self.sitting(*sitting).is_none() {
                broken.push(format!(
                    "script {script} of sitting {sitting}, which does not exist"
                ));
            }
            if row.markers().len() > MARKERS || row.given.len() > MARKS_PER_SCRIPT_MAX {
                broken.push(format!(
                    "script {script} of item {item} has too many markers or marks"
                ));
            }
        }
        for (set, _) in self.scores.sets.iter() {
            if self.sitting(set.sitting).is_none() {
                broken.push(format!("scores of sitting {}, which does not exist", set.sitting));
            }
        }
    }

    fn check_counters(&self, broken: &mut Vec<String>) {
        let counters = self.registry.counters();
        let within = [
            self.districts().all(|(id, _)| id <= counters.district),
            self.nodes().all(|(id, _)| id <= counters.node),
            self.coordinators().all(|(id, _)| id <= counters.coordinator),
            self.papers().all(|(paper, _)| paper.paper <= counters.paper),
            self.sittings().all(|sitting| sitting.id <= counters.sitting),
            self.alarms.len() <= ALARMS_MAX,
            self.audit.len() <= AUDIT_MAX,
        ];
        if within.contains(&false) {
            broken.push("an id is greater than its counter, or a bounded table is too long".into());
        }
    }

    /// No two documents of a district share a revision, and none is ahead of the feed.
    fn check_feed(&self, broken: &mut Vec<String>) {
        for (district, _) in self.districts() {
            let mut seen = BTreeSet::new();
            for (revision, key) in self.feed_index(district) {
                if !seen.insert(revision) || revision > self.revision() {
                    broken.push(format!(
                        "feed of district {district}: {key:?} at {revision} is misplaced"
                    ));
                }
            }
        }
    }
}
