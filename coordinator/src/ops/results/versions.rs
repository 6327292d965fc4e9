//! Which sets of scores there are, and what changed between two of them.

use std::collections::BTreeSet;

use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use content::scoring::{ItemScore, decode_items};
use protocol::ids::{CandidateId, ItemNo};
use rust_decimal::Decimal;
use serde::Deserialize;
use state::{ScoreRow, ScoreSetKey};

use super::{
    known_sitting,
    paged::{self, Frame},
    set::{SetQuery, chosen, policy_name},
};
use crate::{
    ops::{
        Api,
        extract::Query,
        problem::Problem,
        shapes::{ChangedItem, ChangedRow, ScoreSetRow},
    },
    query::CANDIDATES_AT_ONCE,
};

/// Every set of a sitting, finished or not.
pub(in crate::ops) async fn list(
    State(api): State<Api>,
    Path(sitting): Path<String>,
) -> Result<axum::Json<Vec<ScoreSetRow>>, Problem> {
    let sitting = known_sitting(&api, &sitting)?;
    let rows = api.centre.read(|state| {
        let standing = state.standing_scores(sitting);
        let row = |(key, set): (ScoreSetKey, &state::ScoreSet)| ScoreSetRow {
            key_version: key.key_version.0,
            policy: policy_name(key.policy).to_owned(),
            finished: set.finished.map(|at| at.0),
            rows: state.score_count(key),
            stands: standing == Some(key),
        };
        state.score_sets(sitting).map(row).collect()
    });
    Ok(axum::Json(rows))
}

#[derive(Debug, Deserialize)]
pub(in crate::ops) struct CompareQuery {
    from: u16,
    to: u16,
    count_late: Option<bool>,
}

/// Each candidate whose total or marks of an item differ, one JSON object a line. Everybody who stands in either set is
/// looked at.
pub(in crate::ops) async fn compare(
    State(api): State<Api>,
    Path(sitting): Path<String>,
    Query(query): Query<CompareQuery>,
) -> Result<Response, Problem> {
    let sitting = known_sitting(&api, &sitting)?;
    let of = |version| {
        let query = SetQuery {
            key_version: Some(version),
            count_late: query.count_late,
        };
        chosen(&api, sitting, query)
    };
    let (from, to) = (of(query.from)?, of(query.to)?);
    let frame = Frame {
        head: Vec::new(),
        foot: b"",
        candidates: CANDIDATES_AT_ONCE,
    };
    // The second set has everybody of the first, and who started in what arrived since: scores are never taken back.
    let body = paged::body(api, to, frame, move |api, rows, _| {
        let mut lines = Vec::new();
        for row in rows {
            let held = api.centre.read(|state| state.score(from, row.candidate).cloned());
            if held
                .as_ref()
                .is_some_and(|held| held.items == row.items && held.total == row.total)
            {
                continue;
            }
            let changed = changed(api, held.as_ref(), row)?;
            if changed.from != changed.to || !changed.items.is_empty() {
                serde_json::to_writer(&mut lines, &changed).map_err(|error| error.to_string())?;
                lines.push(b'\n');
            }
        }
        Ok(lines)
    });
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}

fn changed(api: &Api, from: Option<&ScoreRow>, to: &ScoreRow) -> Result<ChangedRow, String> {
    let items = |row: &ScoreRow| decode_items(&row.items).map_err(|error| error.to_string());
    let before = from.map(items).transpose()?.unwrap_or_default();
    let after = items(to)?;
    let numbers: BTreeSet<ItemNo> = before.keys().chain(after.keys()).copied().collect();
    let marks = |score: Option<&ItemScore>| score.map(|score| score.marks.normalize().to_string());
    let item = |item: ItemNo| ChangedItem {
        item,
        from: marks(before.get(&item)),
        to: marks(after.get(&item)),
    };
    let differing = numbers.into_iter().map(item).filter(|item| item.from != item.to);
    let total = |row: &ScoreRow| row.total.parse::<Decimal>().map_err(|error| error.to_string());
    let difference = match from {
        Some(from) => Some((total(to)? - total(from)?).normalize().to_string()),
        None => None,
    };
    Ok(ChangedRow {
        candidate: to.candidate,
        roll: roll(api, to.candidate),
        from: from.map(|row| row.total.clone()),
        to: Some(to.total.clone()),
        difference,
        items: differing.collect(),
    })
}

fn roll(api: &Api, candidate: CandidateId) -> String {
    let roll = |state: &state::State| Some(state.candidate(candidate)?.roll.clone());
    api.centre.read(roll).unwrap_or_default()
}
