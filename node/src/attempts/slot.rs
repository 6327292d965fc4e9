//! One attempt as this node holds it: the merged state, and beside it where things lie: which log and sequence hold a
//! response or a submission, and which node an epoch is served by. A fold over records, like the merge itself.

use std::collections::BTreeMap;

use protocol::{
    epoch::Epoch,
    ids::{AttemptKey, ItemNo, LogId, NodeId, ResponseSeq, Sequence},
    merge::MergedAttempt,
    record::{Event, Record, SubmissionId},
    watermark::Watermark,
};

/// Places that are kept for one submission: one a log that holds it is all that receipts need.
const PLACES_MAX: usize = 8;

/// Where a record lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// In which log.
    pub log: LogId,
    /// At which sequence.
    pub sequence: Sequence,
}

/// Where the greatest response to an item lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The greatest epoch and seq that were seen.
    pub epoch: Epoch,
    /// See `epoch`.
    pub seq: ResponseSeq,
    /// Whether it was late.
    pub late: bool,
    /// Where it was first seen.
    pub place: Place,
}

/// One attempt.
#[derive(Debug, Clone)]
pub struct Held {
    /// Whose.
    pub key: AttemptKey,
    /// What it is.
    pub merged: MergedAttempt,
    /// Where its responses lie.
    pub answers: BTreeMap<ItemNo, Answer>,
    /// Where its submissions lie.
    pub submissions: BTreeMap<SubmissionId, Vec<Place>>,
    /// The frames that hold them: what a receipt is bound to.
    pub frames: BTreeMap<(LogId, Sequence), Watermark>,
    /// Which node opened an epoch.
    pub served_by: BTreeMap<Epoch, NodeId>,
    /// Whether the candidate signed in at this node.
    pub signed_in_here: bool,
}

impl Held {
    /// An attempt of which nothing is known.
    pub fn new(key: AttemptKey) -> Self {
        Self {
            key,
            merged: MergedAttempt::default(),
            answers: BTreeMap::new(),
            submissions: BTreeMap::new(),
            frames: BTreeMap::new(),
            served_by: BTreeMap::new(),
            signed_in_here: false,
        }
    }

    /// Folds one record in. `own` is this node.
    pub fn apply(&mut self, record: &Record, place: Place, own: NodeId) {
        self.merged.apply(record);
        match &record.event {
            Event::Answered {
                item,
                epoch,
                seq,
                late,
                ..
            } => self.note_answer(
                *item,
                Answer {
                    epoch: *epoch,
                    seq: *seq,
                    late: *late,
                    place,
                },
            ),
            Event::Submitted(submission) => {
                let places = self.submissions.entry(submission.id).or_default();
                if !places.contains(&place) && places.len() < PLACES_MAX {
                    places.push(place);
                }
            }
            Event::Started { epoch, .. } | Event::Moved { epoch } => {
                self.served_by.entry(*epoch).or_insert(place.log.node);
            }
            Event::SignedIn { .. } => self.signed_in_here |= place.log.node == own,
            Event::Extended { .. }
            | Event::Paused { .. }
            | Event::Resumed { .. }
            | Event::Reopened { .. }
            | Event::Incident { .. } => {}
        }
    }

    /// Notes the frame that a submission lies in.
    pub fn note_frame(&mut self, place: Place, frame: Watermark) {
        let is_kept = self.submissions.values().any(|places| places.contains(&place));
        if is_kept {
            self.frames.insert((place.log, place.sequence), frame);
        }
    }

    /// The frame that a submission lies in.
    pub fn frame_of(&self, place: Place) -> Option<Watermark> {
        self.frames.get(&(place.log, place.sequence)).copied()
    }

    fn note_answer(&mut self, item: ItemNo, answer: Answer) {
        let rank = |answer: &Answer| (answer.epoch.number, answer.seq);
        match self.answers.get_mut(&item) {
            Some(held) if rank(held) >= rank(&answer) => {}
            Some(held) => *held = answer,
            None => {
                self.answers.insert(item, answer);
            }
        }
    }

    /// Which node serves the attempt now, as far as its records tell.
    pub fn node(&self) -> Option<NodeId> {
        self.served_by.get(&self.merged.epoch()?).copied()
    }

    /// The seq that the next response may have in any epoch.
    pub fn next_seq(&self) -> ResponseSeq {
        let greatest = self.answers.values().map(|answer| answer.seq.0).max();
        ResponseSeq(greatest.unwrap_or(0).saturating_add(1))
    }

    /// Where a submission lies in a log of this node, if it does.
    pub fn own_place_of(&self, submission: &SubmissionId, own: NodeId) -> Option<Place> {
        let places = self.submissions.get(submission)?;
        places.iter().find(|place| place.log.node == own).copied()
    }
}
