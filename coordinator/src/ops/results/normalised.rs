//! The merit list over several sittings, by percentile within each.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use content::normalise::{self, Placed, Sat};
use futures::stream;
use protocol::ids::{CandidateId, SittingId};
use serde::Deserialize;
use state::{ScoreRow, ScoreSetKey};

use super::{
    CSV, known_sitting,
    set::{SetQuery, chosen, policy_name},
    tables::write_rows,
};
use crate::{
    ops::{Api, extract::Query, problem::Problem, shapes::tables::NORMALISED},
    query::{self, CANDIDATES_AT_ONCE},
};

/// Slots of one list.
const SITTINGS_MAX: usize = 100;

#[derive(Debug, Deserialize)]
pub(in crate::ops) struct NormaliseQuery {
    /// Their numbers, with commas between.
    sittings: String,
    count_late: Option<bool>,
}

pub(in crate::ops) async fn normalise(
    State(api): State<Api>,
    Query(query): Query<NormaliseQuery>,
) -> Result<Response, Problem> {
    let mut sets = BTreeMap::new();
    for text in query.sittings.split(',').take(SITTINGS_MAX + 1) {
        let sitting = known_sitting(&api, text.trim())?;
        let named = SetQuery {
            key_version: None,
            count_late: query.count_late,
        };
        sets.insert(sitting, chosen(&api, sitting, named)?);
    }
    if sets.len() > SITTINGS_MAX {
        return Err(Problem::bad_request(format!(
            "at most {SITTINGS_MAX} sittings make one list"
        )));
    }
    let sets = Arc::new(sets);
    let (of, asked) = (api.clone(), Arc::clone(&sets));
    let list = tokio::task::spawn_blocking(move || placed(&of, &asked)).await;
    let list = Arc::new(list.map_err(Problem::fault)??);
    Ok(([(header::CONTENT_TYPE, CSV)], body(api, sets, list)).into_response())
}

type Sets = BTreeMap<SittingId, ScoreSetKey>;

fn placed(api: &Api, sets: &Sets) -> Result<Vec<Placed>, Problem> {
    let mut slots = BTreeMap::new();
    for (sitting, set) in sets {
        slots.insert(*sitting, slot(api, *set)?);
    }
    normalise::normalise(&slots).map_err(|error| Problem::conflict(error.to_string()))
}

fn slot(api: &Api, set: ScoreSetKey) -> Result<Vec<Sat>, Problem> {
    let mut slot = Vec::new();
    let mut after = CandidateId(0);
    loop {
        let page: Vec<(CandidateId, String, u16)> = api.centre.read(|state| {
            let sat = |row: &ScoreRow| (row.candidate, row.total.clone(), row.wrong);
            state
                .scores_after(set, after)
                .take(CANDIDATES_AT_ONCE)
                .map(sat)
                .collect()
        });
        let Some((last, ..)) = page.last() else {
            return Ok(slot);
        };
        after = *last;
        for (candidate, total, wrong) in page {
            slot.push(Sat {
                candidate,
                total: total.parse().map_err(Problem::fault)?,
                wrong,
            });
        }
        if slot.len() > normalise::CANDIDATES_MAX {
            let error = normalise::NormaliseError::TooMany(slot.len());
            return Err(Problem::conflict(error.to_string()));
        }
    }
}

fn body(api: Api, sets: Arc<Sets>, list: Arc<Vec<Placed>>) -> Body {
    let start = (Some(NORMALISED.header()), 0);
    Body::from_stream(stream::try_unfold(start, move |(head, from)| {
        let (api, sets, list) = (api.clone(), Arc::clone(&sets), Arc::clone(&list));
        async move {
            if let Some(head) = head {
                return Ok(Some((bytes::Bytes::from(head), (None, 0))));
            }
            let to = (from + CANDIDATES_AT_ONCE).min(list.len());
            if from >= to {
                return Ok(None);
            }
            let rows = api.centre.read(|state| {
                let some = list[from..to].iter();
                some.map(|placed| row(state, &sets, placed)).collect::<Vec<_>>()
            });
            let bytes = write_rows(rows).map_err(std::io::Error::other)?;
            Ok::<_, std::io::Error>(Some((bytes.into(), (None, to))))
        }
    }))
}

fn row(state: &state::State, sets: &Sets, placed: &Placed) -> Vec<String> {
    let candidate = state.candidate(placed.sat.candidate);
    let set = sets.get(&placed.sitting);
    let review = set
        .and_then(|set| state.score(*set, placed.sat.candidate))
        .map_or(0, |row| row.review);
    vec![
        placed.rank.to_string(),
        placed.percentile.text(),
        placed.sat.candidate.to_string(),
        candidate.map(|of| of.roll.clone()).unwrap_or_default(),
        candidate.map(|of| of.name.clone()).unwrap_or_default(),
        candidate
            .map(|of| query::district_name(state, of.district))
            .unwrap_or_default(),
        placed.sitting.to_string(),
        placed.sat.total.normalize().to_string(),
        placed.sat.wrong.to_string(),
        placed.at_most.to_string(),
        placed.slot.to_string(),
        review.to_string(),
        set.map(|set| set.key_version.to_string()).unwrap_or_default(),
        set.map(|set| policy_name(set.policy).to_owned())
            .unwrap_or_default(),
    ]
}
