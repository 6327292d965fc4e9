//! Scores, their export, and the merged attempts.

mod analysis;
mod events;
mod normalised;
mod paged;
mod responses;
mod rows;
mod set;
mod tables;
mod versions;

use axum::{
    body::Body,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::stream;
use protocol::ids::{CandidateId, SittingId};
use serde::Deserialize;

pub(super) use analysis::analyse;
pub(super) use normalised::normalise;
pub(crate) use set::policy_name;
pub(super) use set::policy_of;
pub(super) use tables::table;
pub(super) use versions::{compare, list as versions};

use super::{
    Api,
    extract::{Json, Query, sitting_id},
    problem::Problem,
    reconciliation,
    shapes::{ScoreRequest, Scored},
};
use set::SetQuery;

use crate::{
    query::{self, CANDIDATES_AT_ONCE},
    scorer::{self, ScoreError},
};

/// What tables are sent as.
const CSV: &str = "text/csv; charset=utf-8";

pub(super) async fn score(
    State(api): State<Api>,
    Path(sitting): Path<String>,
    Json(request): Json<ScoreRequest>,
) -> Result<axum::Json<Scored>, Problem> {
    let sitting = sitting_id(&sitting)?;
    let policy = policy_of(request.count_late);
    reconciliation::arrived(&api).await;
    let tally = scorer::score_sitting(&api.centre, &api.cluster_key, sitting, policy).await?;
    api.seen(|state| {
        let standing = state.standing_scores(sitting)?;
        (standing.key_version == tally.key_version && standing.policy == policy).then_some(())
    })
    .await?;
    Ok(axum::Json(Scored {
        sitting,
        key_version: tally.key_version.0,
        scored: tally.scored,
        under_review: tally.under_review,
    }))
}

impl From<ScoreError> for Problem {
    fn from(error: ScoreError) -> Self {
        match error {
            ScoreError::UnknownSitting(_) => Self::not_found(error.to_string()),
            ScoreError::Propose(error) => error.into(),
            ScoreError::NoKey(_) | ScoreError::Key { .. } | ScoreError::Failed(_) => Self::fault(error),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct ExportQuery {
    #[serde(default)]
    format: Format,
    key_version: Option<u16>,
    count_late: Option<bool>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    Csv,
    #[default]
    Json,
}

/// The results of a set, the standing one where none is named: candidates that were scored, by number.
pub(super) async fn export(
    State(api): State<Api>,
    Path(sitting): Path<String>,
    Query(query): Query<ExportQuery>,
) -> Result<Response, Problem> {
    let sitting = known_sitting(&api, &sitting)?;
    let named = SetQuery {
        key_version: query.key_version,
        count_late: query.count_late,
    };
    let set = set::chosen(&api, sitting, named)?;
    let key = rows::key(&api, set)?;
    let (kind, body) = match query.format {
        Format::Json => ("application/json", rows::json(api, set, key)),
        Format::Csv => (CSV, rows::csv(api, set, key)),
    };
    Ok(([(header::CONTENT_TYPE, kind)], body).into_response())
}

/// Merged attempts, one JSON object a line, read from the state in pieces while they are sent.
pub(super) async fn attempts(
    State(api): State<Api>,
    Path(sitting): Path<String>,
) -> Result<Response, Problem> {
    let sitting = known_sitting(&api, &sitting)?;
    let candidates = api.centre.read(query::candidate_ids);
    let pieces = stream::unfold((api, candidates, 0), move |(api, candidates, from)| async move {
        let to = (from + CANDIDATES_AT_ONCE).min(candidates.len());
        if from >= to {
            return None;
        }
        let lines = attempt_lines(&api, sitting, &candidates[from..to]);
        Some((lines, (api, candidates, to)))
    });
    let body = Body::from_stream(pieces);
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}

fn attempt_lines(
    api: &Api,
    sitting: SittingId,
    candidates: &[CandidateId],
) -> Result<Bytes, serde_json::Error> {
    let attempts = api
        .centre
        .read(|state| query::attempts(state, sitting, candidates));
    let mut lines = Vec::new();
    for (candidate, attempt) in &attempts {
        serde_json::to_writer(&mut lines, &query::attempt_row(*candidate, attempt))?;
        lines.push(b'\n');
    }
    Ok(lines.into())
}

pub(super) fn known_sitting(api: &Api, text: &str) -> Result<SittingId, Problem> {
    let sitting = sitting_id(text)?;
    let known = api.centre.read(|state| state.sitting(sitting).is_some());
    if known {
        Ok(sitting)
    } else {
        Err(unknown_sitting(sitting))
    }
}

pub(super) fn unknown_sitting(sitting: SittingId) -> Problem {
    Problem::not_found(format!(
        "there is no sitting {sitting}; parikshactl sitting list shows them"
    ))
}
