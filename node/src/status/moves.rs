//! `POST /attempts/unlock`: an invigilator lets another device go on with a candidate's exam, once. Asked by
//! `pariksha-node attempt unlock` on this machine.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use protocol::{
    ids::{AttemptKey, CandidateId, SittingId},
    roster::Candidate,
    sitting::Sitting,
    time::Instant,
};
use serde::{Deserialize, Serialize};

use super::{Port, of_a_page, said};
use crate::{attempts::NotUnlocked, feed::Catalogue};

/// Unlocks one attempt; says until when.
pub type UnlockAttempt = Arc<dyn Fn(AttemptKey) -> Result<Instant, NotUnlocked> + Send + Sync>;

/// Whose exam is to be unlocked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveForm {
    /// The candidate.
    pub candidate: CandidateId,
    /// In which sitting; in all where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sitting: Option<SittingId>,
}

/// What was unlocked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveAnswer {
    /// The candidate.
    pub candidate: CandidateId,
    /// Their name.
    pub name: String,
    /// Their roll number.
    pub roll: String,
    /// Their open attempts: one, as a rule.
    pub unlocked: Vec<UnlockedAttempt>,
}

/// An attempt that another device may go on with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnlockedAttempt {
    /// In which sitting.
    pub sitting: SittingId,
    /// Its title.
    pub title: String,
    /// Until when, in district time.
    pub until: Instant,
}

/// Why nothing was unlocked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Refusal {
    #[error(
        "there is no candidate {0} at this node: is the number right, and is this a node of their district?"
    )]
    NoCandidate(CandidateId),
    #[error("candidate {0} ({1}) has no sitting {2}")]
    NoSitting(CandidateId, String, SittingId),
    #[error("candidate {0} ({1}) has no open exam at this node: {2}")]
    NoneOpen(CandidateId, String, String),
}

pub(super) async fn unlock(
    State(port): State<Arc<Port>>,
    headers: HeaderMap,
    Json(form): Json<MoveForm>,
) -> Response {
    if let Some(refusal) = of_a_page(&headers) {
        return refusal;
    }
    if !port.moves.take(port.parts.time.monotonic_ms()) {
        return said(
            StatusCode::TOO_MANY_REQUESTS,
            "too many were unlocked; wait a minute and unlock the rest",
        );
    }
    match unlocked(&port.parts.feed.catalogue(), &port.parts.unlock, &form) {
        Ok(answer) => {
            note(&port, &answer).await;
            Json(answer).into_response()
        }
        Err(refusal) => {
            let status = match refusal {
                Refusal::NoCandidate(_) | Refusal::NoSitting(..) => StatusCode::NOT_FOUND,
                Refusal::NoneOpen(..) => StatusCode::CONFLICT,
            };
            said(status, &refusal.to_string())
        }
    }
}

fn unlocked(catalogue: &Catalogue, unlock: &UnlockAttempt, form: &MoveForm) -> Result<MoveAnswer, Refusal> {
    let candidate = catalogue.candidates.get(&form.candidate);
    let candidate = candidate.ok_or(Refusal::NoCandidate(form.candidate))?;
    let mut answer = MoveAnswer {
        candidate: candidate.id,
        name: candidate.name.clone(),
        roll: candidate.roll.clone(),
        unlocked: Vec::new(),
    };
    let mut refused = Vec::new();
    for sitting in sittings_of(catalogue, candidate, form.sitting)? {
        let key = AttemptKey {
            sitting: sitting.id,
            candidate: candidate.id,
        };
        match unlock(key) {
            Ok(until) => answer.unlocked.push(UnlockedAttempt {
                sitting: sitting.id,
                title: sitting.title.clone(),
                until,
            }),
            Err(why) => refused.push(format!("sitting {}: {why}", sitting.id)),
        }
    }
    if answer.unlocked.is_empty() {
        return Err(Refusal::NoneOpen(
            answer.candidate,
            answer.name,
            refused.join("; "),
        ));
    }
    Ok(answer)
}

/// The sitting that is named, or all that the candidate has.
fn sittings_of<'a>(
    catalogue: &'a Catalogue,
    candidate: &Candidate,
    named: Option<SittingId>,
) -> Result<Vec<&'a Sitting>, Refusal> {
    let theirs = catalogue.sittings.values();
    let theirs = theirs.filter(|sitting| sitting.includes(candidate.district, &candidate.batch));
    let asked: Vec<&Sitting> = theirs
        .filter(|sitting| named.is_none_or(|named| sitting.id == named))
        .collect();
    match named {
        Some(named) if asked.is_empty() => {
            Err(Refusal::NoSitting(candidate.id, candidate.name.clone(), named))
        }
        None if asked.is_empty() => Err(Refusal::NoneOpen(
            candidate.id,
            candidate.name.clone(),
            "no sitting is planned for them".into(),
        )),
        Some(_) | None => Ok(asked),
    }
}

/// Who was unlocked stays in the log and reaches the centre with it.
async fn note(port: &Port, answer: &MoveAnswer) {
    let sittings: Vec<String> = answer
        .unlocked
        .iter()
        .map(|one| one.sitting.to_string())
        .collect();
    let (candidate, sittings) = (answer.candidate, sittings.join(", "));
    tracing::warn!(%candidate, %sittings, "an exam was unlocked for another device");
    let note = format!(
        "the exam of candidate {candidate} (sitting {sittings}) was unlocked at this node for another device"
    );
    if let Err(error) = (port.parts.incident)(note).await {
        tracing::error!(%candidate, %error, "the unlocking of an exam could not be noted in the log");
    }
}

#[cfg(test)]
mod tests {
    use protocol::{
        hash::Hash,
        ids::{DistrictId, PaperId, PaperRef, PaperVersion},
    };

    use super::*;

    const UNTIL: Instant = Instant(600_000);

    fn sitting(id: u32, batch: &str) -> (SittingId, Sitting) {
        let sitting = Sitting {
            id: SittingId(id),
            title: "Morning".into(),
            paper: PaperRef {
                paper: PaperId(1),
                version: PaperVersion(1),
            },
            opens: Instant(0),
            closes: Instant(1),
            duration_ms: 1,
            districts: vec![DistrictId(1)],
            batch: batch.into(),
            order_secret: Hash::ZERO,
        };
        (sitting.id, sitting)
    }

    fn candidate(id: u32, batch: &str) -> (CandidateId, Candidate) {
        let candidate = Candidate {
            id: CandidateId(id),
            district: DistrictId(1),
            name: "Kolhapur Satara".into(),
            roll: "M-1".into(),
            batch: batch.into(),
            extra_permille: 0,
            code_hash: Hash::ZERO,
        };
        (candidate.id, candidate)
    }

    /// Two sittings of one batch, of which the second is open; and a candidate of another batch.
    fn ask(candidate_no: u32, named: Option<u32>) -> Result<MoveAnswer, String> {
        let catalogue = Catalogue {
            candidates: Arc::new([candidate(5, "early"), candidate(6, "late")].into()),
            sittings: [sitting(1, "early"), sitting(2, "early")].into(),
            ..Catalogue::default()
        };
        let unlock: UnlockAttempt = Arc::new(|key| match key.sitting {
            SittingId(2) => Ok(UNTIL),
            _ => Err(NotUnlocked::HandedIn),
        });
        let form = MoveForm {
            candidate: CandidateId(candidate_no),
            sitting: named.map(SittingId),
        };
        unlocked(&catalogue, &unlock, &form).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn the_open_exam_of_a_candidate_is_unlocked_and_what_cannot_be_says_why() {
        for named in [None, Some(2)] {
            let answer = ask(5, named).unwrap();
            assert_eq!(
                (answer.name.as_str(), answer.roll.as_str()),
                ("Kolhapur Satara", "M-1")
            );
            let unlocked = UnlockedAttempt {
                sitting: SittingId(2),
                title: "Morning".into(),
                until: UNTIL,
            };
            assert_eq!(answer.unlocked, [unlocked]);
        }
        let refused = [
            (ask(5, Some(1)), "sitting 1: it was handed in"),
            (ask(5, Some(9)), "has no sitting 9"),
            (ask(6, None), "no sitting is planned"),
            (ask(7, None), "there is no candidate 7"),
        ];
        for (answer, words) in refused {
            let said = answer.unwrap_err();
            assert!(said.contains(words), "{said}");
        }
    }
}
