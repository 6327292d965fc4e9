//! The merge: what an attempt is, folded from records in any order, repeated any number of times, along any path.
//! Shared by node and coordinator. Commutative, associative, idempotent; wall clocks order nothing.
//!
//! Per item the greatest (epoch number, seq) wins. The same (epoch, seq) with other content is never decided here: all
//! contents are kept and the item is under review until a person decides.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use serde::{Deserialize, Serialize};

use crate::{
    digest,
    epoch::Epoch,
    hash::Hash,
    ids::{DeviceTag, GrantId, ItemNo, PaperRef, ResponseSeq},
    limits::VERSIONS_MAX,
    record::{Event, Record, Submission, SubmissionId},
    response::Response,
    time::Instant,
};

/// An attempt as its records say.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MergedAttempt {
    /// The earliest start.
    pub started: Option<Start>,
    /// The earliest sign-in.
    pub signed_in: Option<Instant>,
    /// Every epoch that was seen.
    pub epochs: BTreeSet<Epoch>,
    /// What was given, by item.
    pub items: BTreeMap<ItemNo, ItemState>,
    /// Submissions by identity, each with the earliest time it was seen at.
    pub submissions: BTreeMap<SubmissionId, Submitted>,
    /// Extensions in milliseconds, by grant.
    pub extensions: BTreeMap<GrantId, u32>,
    /// Pauses, by grant.
    pub pauses: BTreeMap<GrantId, Pause>,
    /// Reopenings, by grant, with when.
    pub reopened: BTreeMap<GrantId, Instant>,
    /// Notes, by identity.
    pub incidents: BTreeMap<GrantId, String>,
}

/// How an attempt began. Ordered by time first, so that the least is the earliest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Start {
    /// When.
    pub at: Instant,
    /// The deadline that was fixed then.
    pub deadline: Instant,
    /// On which paper.
    pub paper: PaperRef,
}

/// A submission and when it was first seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Submitted {
    /// When.
    pub at: Instant,
    /// What was handed in.
    pub submission: Submission,
}

/// A pause: from when, until when, as far as known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pause {
    /// When the clock stopped.
    pub from: Option<Instant>,
    /// When it went on.
    pub until: Option<Instant>,
}

/// What was given for one item.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ItemState {
    /// The greatest of all.
    pub latest: Option<Register>,
    /// The greatest of those that were not late. Policy at scoring chooses between the two.
    pub in_time: Option<Register>,
}

/// The contents seen for the greatest (epoch number, seq): one, unless devices disagree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register {
    /// The epoch's number.
    pub epoch: u16,
    /// The place in that epoch.
    pub seq: ResponseSeq,
    /// Contents in their order, each once, at most [`VERSIONS_MAX`].
    pub versions: Vec<Version>,
}

/// One content, with the earliest time it was seen at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// What was given.
    pub content: Content,
    /// When it was first seen.
    pub at: Instant,
}

/// What a device gave.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Content {
    /// By which device.
    pub device: DeviceTag,
    /// The response; `None` when cleared.
    pub response: Option<Response>,
    /// Whether marked for review by the candidate.
    pub marked: bool,
}

/// Whether responses that came after the deadline count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LatePolicy {
    /// Only what came in time counts.
    #[default]
    InTimeOnly,
    /// Everything that was kept counts.
    CountLate,
}

impl Register {
    /// Takes one version in, which is made only if it is kept: the same as joining a register that holds it alone.
    fn take(held: &mut Option<Self>, (epoch, seq): (u16, ResponseSeq), version: impl FnOnce() -> Version) {
        match held {
            None => {
                *held = Some(Self {
                    epoch,
                    seq,
                    versions: vec![version()],
                });
            }
            Some(held) => match (epoch, seq).cmp(&held.rank()) {
                Ordering::Less => {}
                Ordering::Equal => held.add(version()),
                Ordering::Greater => {
                    (held.epoch, held.seq) = (epoch, seq);
                    held.versions.clear();
                    held.versions.push(version());
                }
            },
        }
    }

    fn rank(&self) -> (u16, ResponseSeq) {
        (self.epoch, self.seq)
    }

    fn join(&mut self, other: Self) {
        if other.rank() > self.rank() {
            *self = other;
        } else if other.rank() == self.rank() {
            for version in other.versions {
                self.add(version);
            }
        }
    }

    fn add(&mut self, version: Version) {
        match self
            .versions
            .binary_search_by(|held| held.content.cmp(&version.content))
        {
            Ok(index) => self.versions[index].at = self.versions[index].at.min(version.at),
            Err(index) => {
                self.versions.insert(index, version);
                self.versions.truncate(VERSIONS_MAX);
            }
        }
    }

    /// The response, if all devices agree on it; `None` inside for a cleared one.
    pub fn decided(&self) -> Option<&Content> {
        match self.versions.as_slice() {
            [only] => Some(&only.content),
            _ => None,
        }
    }
}

impl ItemState {
    fn join(&mut self, other: Self) {
        join_register(&mut self.latest, other.latest);
        join_register(&mut self.in_time, other.in_time);
    }

    /// The register that counts under a policy.
    pub fn register(&self, policy: LatePolicy) -> Option<&Register> {
        match policy {
            LatePolicy::InTimeOnly => self.in_time.as_ref(),
            LatePolicy::CountLate => self.latest.as_ref(),
        }
    }
}

fn join_register(ours: &mut Option<Register>, theirs: Option<Register>) {
    match (ours.as_mut(), theirs) {
        (Some(ours), Some(theirs)) => ours.join(theirs),
        (None, Some(theirs)) => *ours = Some(theirs),
        (_, None) => {}
    }
}

fn earliest<T: Ord>(ours: &mut Option<T>, theirs: Option<T>) {
    if let Some(theirs) = theirs
        && ours.as_ref().is_none_or(|ours| theirs < *ours)
    {
        *ours = Some(theirs);
    }
}

impl MergedAttempt {
    /// Folds one record in. The record's attempt is the caller's to check.
    pub fn apply(&mut self, record: &Record) {
        let at = record.when.at;
        match &record.event {
            Event::SignedIn { .. } => earliest(&mut self.signed_in, Some(at)),
            Event::Started {
                epoch,
                paper,
                deadline,
            } => {
                earliest(
                    &mut self.started,
                    Some(Start {
                        at,
                        deadline: *deadline,
                        paper: *paper,
                    }),
                );
                self.epochs.insert(*epoch);
            }
            Event::Answered {
                item,
                epoch,
                seq,
                response,
                marked,
                late,
            } => {
                self.epochs.insert(*epoch);
                let state = self.items.entry(*item).or_default();
                let given = || Version {
                    content: Content {
                        device: epoch.device,
                        response: response.clone(),
                        marked: *marked,
                    },
                    at,
                };
                let rank = (epoch.number, *seq);
                Register::take(&mut state.latest, rank, given);
                if !late {
                    Register::take(&mut state.in_time, rank, given);
                }
            }
            Event::Submitted(submission) => self.join_submission(Submitted {
                at,
                submission: submission.clone(),
            }),
            Event::Extended { id, extra_ms } => self.join_extension(*id, *extra_ms),
            Event::Paused { id } => self.join_pause(
                *id,
                Pause {
                    from: Some(at),
                    until: None,
                },
            ),
            Event::Resumed { id } => self.join_pause(
                *id,
                Pause {
                    from: None,
                    until: Some(at),
                },
            ),
            Event::Reopened { id } => self.join_reopened(*id, at),
            Event::Moved { epoch } => {
                self.epochs.insert(*epoch);
            }
            Event::Incident { id, note } => self.join_incident(*id, note.clone()),
        }
    }

    /// Joins what another place knows of the same attempt.
    pub fn join(&mut self, other: Self) {
        earliest(&mut self.started, other.started);
        earliest(&mut self.signed_in, other.signed_in);
        self.epochs.extend(other.epochs);
        for (item, theirs) in other.items {
            self.items.entry(item).or_default().join(theirs);
        }
        other
            .submissions
            .into_values()
            .for_each(|submitted| self.join_submission(submitted));
        other
            .extensions
            .into_iter()
            .for_each(|(id, extra)| self.join_extension(id, extra));
        other
            .pauses
            .into_iter()
            .for_each(|(id, pause)| self.join_pause(id, pause));
        other
            .reopened
            .into_iter()
            .for_each(|(id, at)| self.join_reopened(id, at));
        other
            .incidents
            .into_iter()
            .for_each(|(id, note)| self.join_incident(id, note));
    }

    fn join_submission(&mut self, theirs: Submitted) {
        let ours = self
            .submissions
            .entry(theirs.submission.id)
            .or_insert_with(|| theirs.clone());
        if theirs < *ours {
            *ours = theirs;
        }
    }

    fn join_extension(&mut self, id: GrantId, extra_ms: u32) {
        let ours = self.extensions.entry(id).or_default();
        *ours = extra_ms.max(*ours);
    }

    fn join_pause(&mut self, id: GrantId, theirs: Pause) {
        let ours = self.pauses.entry(id).or_default();
        earliest(&mut ours.from, theirs.from);
        earliest(&mut ours.until, theirs.until);
    }

    fn join_reopened(&mut self, id: GrantId, at: Instant) {
        let ours = self.reopened.entry(id).or_insert(at);
        *ours = at.min(*ours);
    }

    fn join_incident(&mut self, id: GrantId, note: String) {
        let ours = self.incidents.entry(id).or_insert_with(|| note.clone());
        if note < *ours {
            *ours = note;
        }
    }

    /// The epoch that holds the attempt: the greatest number; two devices of that number are told by the greater tag
    /// (routing only; their answers are never decided by it).
    pub fn epoch(&self) -> Option<Epoch> {
        self.epochs.last().copied()
    }

    /// The deadline with extensions and ended pauses; `None` before the start.
    pub fn deadline(&self) -> Option<Instant> {
        let extended: i64 = self.extensions.values().map(|extra| i64::from(*extra)).sum();
        let paused: i64 = self.pauses.values().map(|pause| pause_ms(*pause)).sum();
        self.started
            .map(|start| start.deadline.plus_ms(extended.saturating_add(paused)))
    }

    /// Whether the clock stands now.
    pub fn is_paused(&self) -> bool {
        self.pauses
            .values()
            .any(|pause| pause.from.is_some() && pause.until.is_none())
    }

    /// The submission that stands: the earliest that no later reopening undid.
    pub fn submission(&self) -> Option<&Submitted> {
        let reopened = self.reopened.values().max();
        self.submissions
            .values()
            .filter(|submitted| reopened.is_none_or(|at| submitted.at > *at))
            .min()
    }

    /// The responses that count under a policy, without cleared ones and those under review, by item.
    pub fn responses(&self, policy: LatePolicy) -> impl Iterator<Item = (ItemNo, &Response)> {
        self.items.iter().filter_map(move |(item, state)| {
            let content = state.register(policy)?.decided()?;
            content.response.as_ref().map(|response| (*item, response))
        })
    }

    /// The items for which devices disagree: a person must decide.
    pub fn under_review(&self) -> impl Iterator<Item = ItemNo> {
        self.items
            .iter()
            .filter(|(_, state)| {
                [&state.latest, &state.in_time]
                    .into_iter()
                    .flatten()
                    .any(|r| r.versions.len() > 1)
            })
            .map(|(item, _)| *item)
    }

    /// The digest of the responses that count under a policy.
    pub fn digest(&self, policy: LatePolicy) -> Hash {
        digest::of_responses(self.responses(policy))
    }
}

fn pause_ms(pause: Pause) -> i64 {
    match (pause.from, pause.until) {
        (Some(from), Some(until)) => until.since_ms(from).max(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
