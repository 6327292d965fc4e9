//! What came of an import, as the operator port and `pariksha-node answers import --json` tell it. No answer is in it.

use std::fmt;

use protocol::{
    answers_file::KeptResponse,
    ids::{AttemptKey, CandidateId, ItemNo, ResponseSeq, SittingId},
    time::Instant,
};
use serde::{Deserialize, Serialize};

use super::stays::StayFault;
use crate::{
    attempts::rules::{AnswerRequest, SaveRefusal, Verdict},
    log::Durability,
};

/// What came of a file's import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// Whose.
    pub candidate: CandidateId,
    /// In which sitting.
    pub sitting: SittingId,
    /// When the device made the file, as it says.
    pub made_at: Option<Instant>,
    /// Responses that became records now.
    pub saved: usize,
    /// Of these, those that count as late.
    pub late: usize,
    /// Responses that were held.
    pub already: usize,
    /// Responses that are not needed: a later one to the same item is held.
    pub superseded: usize,
    /// Responses that were not taken.
    pub refused: Vec<RefusedResponse>,
    /// On how many disks all of it is; none when nothing had to be asked.
    pub durability: Option<Durability>,
    /// What became of the submission.
    pub handed_in: HandedIn,
}

/// A response that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedResponse {
    /// To which item.
    pub item: ItemNo,
    /// With which seq.
    pub seq: ResponseSeq,
    /// Why, in words.
    pub why: String,
}

/// What became of a file's submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum HandedIn {
    /// The candidate had not handed in when the file was made.
    NotAsked,
    /// It stands now.
    Now {
        /// The receipt's reference.
        reference: String,
    },
    /// The attempt had been handed in.
    Already {
        /// The reference of what stands.
        reference: String,
    },
    /// It was not taken.
    Refused {
        /// Why, in words.
        why: String,
    },
}

// === impl Imported ===

impl Imported {
    /// The report of an import that has just begun.
    pub(super) fn of(key: AttemptKey, made_at: Option<Instant>) -> Self {
        Self {
            candidate: key.candidate,
            sitting: key.sitting,
            made_at,
            saved: 0,
            late: 0,
            already: 0,
            superseded: 0,
            refused: Vec::new(),
            durability: None,
            handed_in: HandedIn::NotAsked,
        }
    }

    /// Counts what became of responses. Where nothing could be taken any more, `closed` says why.
    pub(super) fn note(
        &mut self,
        requests: &[AnswerRequest],
        verdicts: impl IntoIterator<Item = Verdict>,
        closed: Option<&SaveRefusal>,
    ) {
        for (request, verdict) in requests.iter().zip(verdicts) {
            match (verdict, closed) {
                (Verdict::Save { .. }, Some(why)) => self.refuse(request.item, request.seq, why),
                (Verdict::Save { late }, None) => {
                    self.saved += 1;
                    self.late += usize::from(late);
                }
                (Verdict::AlreadySaved { .. }, _) => self.already += 1,
                (Verdict::Superseded, _) => self.superseded += 1,
                (Verdict::Refused(why), _) => self.refuse(request.item, request.seq, &why),
            }
        }
    }

    pub(super) fn refuse_all(&mut self, responses: &[&KeptResponse], why: StayFault) {
        for response in responses {
            self.refuse(response.item, response.seq, &why);
        }
    }

    fn refuse(&mut self, item: ItemNo, seq: ResponseSeq, why: &dyn fmt::Display) {
        let why = why.to_string();
        self.refused.push(RefusedResponse { item, seq, why });
    }

    pub(super) fn note_durability(&mut self, durability: Durability) {
        let is_weaker = self.durability.is_none() || durability == Durability::Node;
        if is_weaker {
            self.durability = Some(durability);
        }
    }

    /// Whether the log has more in it than before.
    pub fn has_changed_anything(&self) -> bool {
        self.saved > 0 || matches!(self.handed_in, HandedIn::Now { .. })
    }

    /// Whether everything in the file stands at the node.
    pub fn is_complete(&self) -> bool {
        self.refused.is_empty() && !matches!(self.handed_in, HandedIn::Refused { .. })
    }

    /// The incident's words.
    pub(super) fn note_text(&self) -> String {
        format!("answers file imported at this node: {self}")
    }
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            candidate,
            sitting,
            saved,
            late,
            already,
            superseded,
            refused,
            ..
        } = self;
        write!(
            f,
            "candidate {candidate}, sitting {sitting}: {saved} saved ({late} late), {already} held already, \
             {superseded} superseded, {} refused; ",
            refused.len()
        )?;
        match &self.handed_in {
            HandedIn::NotAsked => f.write_str("not handed in by the candidate"),
            HandedIn::Now { reference } => write!(f, "handed in, reference {reference}"),
            HandedIn::Already { reference } => write!(f, "handed in before, reference {reference}"),
            HandedIn::Refused { .. } => f.write_str("NOT handed in"),
        }
    }
}
