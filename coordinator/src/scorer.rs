//! Scores a sitting: outside `apply`, on whichever coordinator was asked; the results re-enter through Raft as values, so
//! that replicas of mixed versions never diverge. The same attempts and the same key give the same rows.

use content::AnswerKey;
use protocol::{
    ids::{CandidateId, KeyVersion, SittingId},
    merge::{LatePolicy, MergedAttempt},
};
use state::{Command, ScoreRow};

use crate::{
    cluster_key::{ClusterKey, Secret},
    query::{self, CANDIDATES_AT_ONCE},
    raft::{Centre, ProposeError},
};

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

/// Scores every started attempt of a sitting by the latest answer key and records the results.
pub async fn score_sitting(
    centre: &Centre,
    cluster_key: &ClusterKey,
    sitting: SittingId,
    policy: LatePolicy,
) -> Result<Tally, ScoreError> {
    let (key, key_version) = answer_key(centre, cluster_key, sitting)?;
    let key = std::sync::Arc::new(key);
    let candidates = centre.read(query::candidate_ids);
    let mut tally = Tally {
        key_version,
        ..Tally::default()
    };
    let mut waiting: Vec<ScoreRow> = Vec::new();
    for piece in candidates.chunks(CANDIDATES_AT_ONCE) {
        let attempts = centre.read(|state| query::attempts(state, sitting, piece));
        let key = key.clone();
        let scoring = tokio::task::spawn_blocking(move || score_attempts(&key, &attempts, policy));
        // The next ones are scored while Raft takes those before them.
        let recording = async {
            let rows = std::mem::take(&mut waiting);
            if rows.is_empty() {
                return Ok(());
            }
            record(centre, sitting, key_version, policy, rows, Part::More).await
        };
        let (scored, recorded) = tokio::join!(scoring, recording);
        recorded?;
        waiting = scored.map_err(|error| ScoreError::Failed(error.to_string()))??;
        tally.scored += waiting.len() as u64;
        tally.under_review += waiting.iter().filter(|row| row.review > 0).count() as u64;
    }
    if !waiting.is_empty() {
        record(centre, sitting, key_version, policy, waiting, Part::More).await?;
    }
    record(centre, sitting, key_version, policy, Vec::new(), Part::Last).await?;
    tracing::info!(%sitting, %key_version, scored = tally.scored, "a sitting was scored");
    Ok(tally)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    More,
    Last,
}

async fn record(
    centre: &Centre,
    sitting: SittingId,
    key_version: KeyVersion,
    policy: LatePolicy,
    scores: Vec<ScoreRow>,
    part: Part,
) -> Result<(), ProposeError> {
    let command = Command::RecordScores {
        sitting,
        key_version,
        policy,
        scores,
        last: part == Part::Last,
    };
    centre.propose("scorer", command).await.map(drop)
}

fn answer_key(
    centre: &Centre,
    cluster_key: &ClusterKey,
    sitting: SittingId,
) -> Result<(AnswerKey, KeyVersion), ScoreError> {
    let found = centre.read(|state| {
        let paper = state.sitting(sitting)?.paper;
        let version = state.paper(paper).map(|row| row.key_version);
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
    attempts: &[(CandidateId, MergedAttempt)],
    policy: LatePolicy,
) -> Result<Vec<ScoreRow>, ScoreError> {
    let started = attempts.iter().filter(|(_, attempt)| attempt.started.is_some());
    started
        .map(|(candidate, attempt)| score_row(key, *candidate, attempt, policy))
        .collect()
}

fn score_row(
    key: &AnswerKey,
    candidate: CandidateId,
    attempt: &MergedAttempt,
    policy: LatePolicy,
) -> Result<ScoreRow, ScoreError> {
    let score = content::score(key, attempt, policy);
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
        items,
    })
}
