//! What every scored candidate gave for every item, and what it brought.

use std::sync::Arc;

use axum::body::Body;
use content::scoring::{ItemScore, Verdict, decode_items};
use protocol::{
    ids::{CandidateId, ItemNo},
    merge::MergedAttempt,
};
use state::{ScoreRow, ScoreSetKey};

use super::{
    paged::{self, Frame},
    tables::write_rows,
};
use crate::{
    ops::{Api, problem::Problem, shapes::tables::RESPONSES},
    query, scorer,
    scripts::Scripts,
};

/// Candidates of one page: 500 items each are a few megabytes.
const CANDIDATES: usize = 50;

/// With a header line; a row for each candidate and item, whether it has a response or not.
pub(super) fn csv(api: Api, set: ScoreSetKey) -> Result<Body, Problem> {
    let (key, _) = scorer::answer_key(&api.centre, &api.cluster_key, set.sitting, Some(set.key_version))?;
    let scripts = Arc::new(Scripts::new(&api.centre, &api.cluster_key, set.sitting, &key));
    let frame = Frame {
        head: RESPONSES.header(),
        foot: b"",
        candidates: CANDIDATES,
    };
    Ok(paged::body(api, set, frame, move |api, scores, _| {
        let numbers: Vec<CandidateId> = scores.iter().map(|row| row.candidate).collect();
        let attempts = api
            .centre
            .read(|state| query::attempts_under(state, set.sitting, set.policy, &numbers));
        let mut rows = Vec::new();
        for (candidate, attempt) in &attempts {
            let score = scores.iter().find(|row| row.candidate == *candidate);
            rows.extend(of_candidate(&scripts, set, score, *candidate, attempt)?);
        }
        write_rows(rows)
    }))
}

fn of_candidate(
    scripts: &Scripts,
    set: ScoreSetKey,
    score: Option<&ScoreRow>,
    candidate: CandidateId,
    attempt: &MergedAttempt,
) -> Result<Vec<Vec<String>>, String> {
    let Some(score) = score else {
        return Ok(Vec::new());
    };
    let items = decode_items(&score.items).map_err(|error| error.to_string())?;
    let rows = items
        .iter()
        .map(|(item, score)| row(scripts, set, candidate, *item, score, attempt));
    Ok(rows.collect())
}

fn row(
    scripts: &Scripts,
    set: ScoreSetKey,
    candidate: CandidateId,
    item: ItemNo,
    score: &ItemScore,
    attempt: &MergedAttempt,
) -> Vec<String> {
    let register = attempt
        .items
        .get(&item)
        .and_then(|state| state.register(set.policy));
    let version = register.and_then(|register| match register.versions.as_slice() {
        [only] => Some(only),
        _ => None,
    });
    let response = version.and_then(|version| version.content.response.as_ref());
    let script = response
        .filter(|_| scripts.item(item).is_some())
        .map(|response| scripts.name(candidate, item, response).to_string());
    vec![
        candidate.to_string(),
        item.to_string(),
        verdict(score.verdict).to_owned(),
        score.marks.normalize().to_string(),
        response
            .and_then(|response| serde_json::to_string(response).ok())
            .unwrap_or_default(),
        version
            .map(|version| version.at.0.to_string())
            .unwrap_or_default(),
        version
            .map(|version| u8::from(version.content.marked).to_string())
            .unwrap_or_default(),
        script.unwrap_or_default(),
    ]
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Right => "right",
        Verdict::Wrong => "wrong",
        Verdict::Partial => "partial",
        Verdict::Omitted => "omitted",
        Verdict::Review => "review",
        Verdict::Dropped => "dropped",
        Verdict::Bonus => "bonus",
        Verdict::Unmarked => "unmarked",
    }
}
