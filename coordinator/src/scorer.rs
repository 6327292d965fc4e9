//! Scores a sitting: outside `apply`, on whichever coordinator was asked; the results re-enter through Raft as values, so
//! that replicas of mixed versions never diverge. The same attempts and the same key give the same rows.

use std::sync::Arc;

use content::{AnswerKey, ManualMarks};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use protocol::{
    ids::{CandidateId, KeyVersion, SittingId},
    merge::{LatePolicy, MergedAttempt},
};
use state::{Command, ScoreRow};

use crate::{
    cluster_key::{ClusterKey, Secret},
    query::{self, CANDIDATES_AT_ONCE},
    raft::{Centre, ProposeError},
    scripts::Scripts,
};

/// Pieces that are scored at once, or are scored and wait to be recorded.
const SCORED_AHEAD: usize = 2;

/// Pieces that are under way to Raft at once: while one is applied the next is replicated, and the one behind it encoded.
const RECORDED_AT_ONCE: usize = 3;

/// Attempts that are copied out of the state at once.
const READ_AT_ONCE: usize = 64;

/// Why a sitting was not scored. What was recorded of it before stays, as a set that is not finished and does not count.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// No such sitting.
    #[error("there is no sitting {0}; parikshactl sitting list shows them")]
    UnknownSitting(SittingId),
    /// Its paper or key is missing.
    #[error("the answer key of sitting {0} is not held")]
    NoKey(SittingId),
    /// The key does not open or is damaged.
    #[error("the answer key of sitting {sitting} cannot be used: {reason}")]
    Key {
        /// Which sitting.
        sitting: SittingId,
        /// What is wrong.
        reason: String,
    },
    /// Raft did not take the scores.
    #[error(transparent)]
    Propose(#[from] ProposeError),
    /// The scoring itself failed.
    #[error("scoring failed: {0}")]
    Failed(String),
}

/// What was scored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// By which version of the answer key.
    pub key_version: KeyVersion,
    /// Attempts.
    pub scored: u64,
    /// Of these, with items that a person must decide.
    pub under_review: u64,
}

/// Scores every started attempt of a sitting by the latest answer key and records the results. Some pieces are scored
/// ahead and several are under way to Raft at once; the set is finished only when all of them are recorded.
pub async fn score_sitting(
    centre: &Centre,
    cluster_key: &ClusterKey,
    sitting: SittingId,
    policy: LatePolicy,
) -> Result<Tally, ScoreError> {
    let (key, key_version) = answer_key(centre, cluster_key, sitting, None)?;
    let scripts = Scripts::new(centre, cluster_key, sitting, &key);
    let rules = Arc::new(Rules { key, scripts });
    let scoring = Scoring {
        sitting,
        key_version,
        policy,
    };
    let candidates = centre.read(query::candidate_ids);
    let pieces = stream::iter(candidates.chunks(CANDIDATES_AT_ONCE).map(<[_]>::to_vec));
    let tally = pieces
        .map(|piece| score_piece(centre, &rules, scoring, piece))
        .buffered(SCORED_AHEAD)
        .map(|scores| async { scoring.record_piece(centre, scores?).await })
        .buffer_unordered(RECORDED_AT_ONCE)
        .try_fold(Tally::default(), async |tally, piece| Ok(tally.with(piece)))
        .await?;
    scoring.record(centre, Arc::default(), Part::Last).await?;
    let tally = Tally { key_version, ..tally };
    tracing::info!(%sitting, %key_version, scored = tally.scored, "a sitting was scored");
    Ok(tally)
}

/// By what it is scored.
struct Rules {
    key: AnswerKey,
    scripts: Scripts,
}

/// What is being scored.
#[derive(Debug, Clone, Copy)]
struct Scoring {
    sitting: SittingId,
    key_version: KeyVersion,
    policy: LatePolicy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    More,
    Last,
}

impl Scoring {
    async fn record_piece(self, centre: &Centre, scores: Arc<[ScoreRow]>) -> Result<Tally, ScoreError> {
        let tally = Tally {
            key_version: self.key_version,
            scored: scores.len() as u64,
            under_review: scores.iter().filter(|row| row.review > 0).count() as u64,
        };
        if !scores.is_empty() {
            self.record(centre, scores, Part::More).await?;
        }
        Ok(tally)
    }

    async fn record(self, centre: &Centre, scores: Arc<[ScoreRow]>, part: Part) -> Result<(), ProposeError> {
        let command = Command::RecordScores {
            sitting: self.sitting,
            key_version: self.key_version,
            policy: self.policy,
            scores,
            last: part == Part::Last,
        };
        centre.propose("scorer", command).await.map(drop)
    }
}

impl Tally {
    fn with(self, piece: Self) -> Self {
        Self {
            scored: self.scored + piece.scored,
            under_review: self.under_review + piece.under_review,
            ..self
        }
    }
}

/// An attempt and what people gave to its scripts.
type ToScore = (CandidateId, MergedAttempt, ManualMarks);

/// Scores a piece on a thread that may take its time. The state is read in smaller pieces, so that applying, which records
/// the piece before this one, hardly waits.
async fn score_piece(
    centre: &Centre,
    rules: &Arc<Rules>,
    scoring: Scoring,
    candidates: Vec<CandidateId>,
) -> Result<Arc<[ScoreRow]>, ScoreError> {
    let (centre, rules) = (centre.clone(), Arc::clone(rules));
    let score = move || {
        let mut rows = Vec::with_capacity(candidates.len());
        for some in candidates.chunks(READ_AT_ONCE) {
            let attempts: Vec<ToScore> = centre.read(|state| {
                let attempts = query::attempts_under(state, scoring.sitting, scoring.policy, some);
                let marked = |(candidate, attempt)| {
                    let marks = rules.scripts.marks(state, candidate, &attempt, scoring.policy);
                    (candidate, attempt, marks)
                };
                attempts.into_iter().map(marked).collect()
            });
            rows.extend(score_attempts(&rules.key, &attempts, scoring.policy)?);
        }
        Ok(rows.into())
    };
    tokio::task::spawn_blocking(score)
        .await
        .unwrap_or_else(|error| Err(ScoreError::Failed(error.to_string())))
}

/// A version of a sitting's answer key; the latest where none is asked for.
pub(crate) fn answer_key(
    centre: &Centre,
    cluster_key: &ClusterKey,
    sitting: SittingId,
    version: Option<KeyVersion>,
) -> Result<(AnswerKey, KeyVersion), ScoreError> {
    let found = centre.read(|state| {
        let paper = state.sitting(sitting)?.paper;
        let version = version.or_else(|| state.paper(paper).map(|row| row.key_version));
        let key =
            version.and_then(|version| Some((version, state.answer_key(paper, version)?.wrapped.clone())));
        Some((paper, key))
    });
    let (paper, key) = found.ok_or(ScoreError::UnknownSitting(sitting))?;
    let (version, wrapped) = key.ok_or(ScoreError::NoKey(sitting))?;
    let unusable = |reason: String| ScoreError::Key { sitting, reason };
    let bytes = cluster_key
        .unwrap(Secret::Answers(paper), &wrapped)
        .map_err(|error| unusable(error.to_string()))?;
    let key = AnswerKey::from_bytes(&bytes).map_err(|error| unusable(error.to_string()))?;
    Ok((key, version))
}

fn score_attempts(
    key: &AnswerKey,
    attempts: &[ToScore],
    policy: LatePolicy,
) -> Result<Vec<ScoreRow>, ScoreError> {
    let started = attempts
        .iter()
        .filter(|(_, attempt, _)| attempt.started.is_some());
    started
        .map(|(candidate, attempt, marks)| score_row(key, *candidate, attempt, policy, marks))
        .collect()
}

fn score_row(
    key: &AnswerKey,
    candidate: CandidateId,
    attempt: &MergedAttempt,
    policy: LatePolicy,
    marks: &ManualMarks,
) -> Result<ScoreRow, ScoreError> {
    let score = content::score_with(key, attempt, policy, marks);
    if !score.unknown.is_empty() {
        tracing::warn!(%candidate, items = ?score.unknown, "responses to items that the answer key does not know");
    }
    let counts = score.counts();
    let items = score
        .encode_items()
        .map_err(|error| ScoreError::Failed(error.to_string()))?;
    Ok(ScoreRow {
        candidate,
        total: score.total_text(),
        max: score.max_text(),
        digest: score.digest,
        right: counts.right,
        wrong: counts.wrong,
        omitted: counts.omitted,
        review: counts.review,
        items: items.into(),
    })
}
