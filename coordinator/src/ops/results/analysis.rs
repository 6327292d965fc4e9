//! The item analysis of a set of scores: two turns over its candidates, in pieces. The first finds the upper and the
//! lower group, the second sums up.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use content::{
    analysis::{Analysis, Groups, ItemOrder, Taken},
    scoring::decode_items,
    seal,
};
use protocol::{
    ids::{CandidateId, DistrictId, ItemNo, PaperRef, SittingId},
    merge::MergedAttempt,
    response::Response,
};
use rust_decimal::Decimal;
use state::{ScoreRow, ScoreSetKey};

use super::{
    known_sitting,
    set::{SetQuery, chosen, policy_name},
};
use crate::{
    cluster_key::Secret,
    ops::{Api, extract::Query, problem::Problem, shapes::AnalysisRow},
    query, scorer,
};

/// Candidates that are looked at in one turn of the state.
const CANDIDATES: usize = 100;

pub(in crate::ops) async fn analyse(
    State(api): State<Api>,
    Path(sitting): Path<String>,
    Query(query): Query<SetQuery>,
) -> Result<axum::Json<AnalysisRow>, Problem> {
    let sitting = known_sitting(&api, &sitting)?;
    let set = chosen(&api, sitting, query)?;
    let (key, _) = scorer::answer_key(&api.centre, &api.cluster_key, sitting, Some(set.key_version))?;
    let maxima = key
        .items
        .iter()
        .map(|(no, item)| (*no, item.marks.decimal()))
        .collect();
    let work = move || analysed(&api, set, maxima);
    let row = tokio::task::spawn_blocking(work)
        .await
        .map_err(Problem::fault)??;
    Ok(axum::Json(row))
}

fn analysed(api: &Api, set: ScoreSetKey, maxima: BTreeMap<ItemNo, Decimal>) -> Result<AnalysisRow, Problem> {
    let order = order(api, set.sitting)?;
    let mut totals = Vec::new();
    each_page(api, set, |rows| {
        for row in rows {
            totals.push((total(row)?, row.candidate));
        }
        Ok(())
    })?;
    let mut analysis = Analysis::new(maxima, Groups::of(totals));
    each_page(api, set, |rows| add(api, set, &order, rows, &mut analysis))?;
    let districts = api.centre.read(|state| {
        let name = |(id, row): (DistrictId, &state::DistrictRow)| (id.0, row.name.clone());
        state.districts().map(name).collect()
    });
    Ok(AnalysisRow {
        sitting: set.sitting,
        key_version: set.key_version.0,
        policy: policy_name(set.policy).to_owned(),
        candidates: analysis.candidates(),
        districts,
        items: analysis.report(),
    })
}

fn each_page(
    api: &Api,
    set: ScoreSetKey,
    mut look: impl FnMut(&[ScoreRow]) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let mut after = CandidateId(0);
    loop {
        let page = |state: &state::State| state.scores_after(set, after).take(CANDIDATES).cloned().collect();
        let rows: Vec<ScoreRow> = api.centre.read(page);
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = last.candidate;
        look(&rows)?;
    }
}

fn total(row: &ScoreRow) -> Result<Decimal, Problem> {
    row.total.parse().map_err(Problem::fault)
}

fn add(
    api: &Api,
    set: ScoreSetKey,
    order: &ItemOrder,
    rows: &[ScoreRow],
    analysis: &mut Analysis,
) -> Result<(), Problem> {
    let numbers: Vec<CandidateId> = rows.iter().map(|row| row.candidate).collect();
    let (attempts, districts) = api.centre.read(|state| {
        let attempts = query::attempts_under(state, set.sitting, set.policy, &numbers);
        let district = |id: &CandidateId| state.candidate(*id).map(|of| of.district).unwrap_or_default();
        let districts: Vec<DistrictId> = numbers.iter().map(district).collect();
        (attempts, districts)
    });
    let attempts: BTreeMap<CandidateId, MergedAttempt> = attempts.into_iter().collect();
    for (row, district) in rows.iter().zip(districts) {
        let items = decode_items(&row.items).map_err(Problem::fault)?;
        let attempt = attempts.get(&row.candidate);
        let responses: BTreeMap<ItemNo, &Response> = attempt
            .into_iter()
            .flat_map(|attempt| attempt.responses(set.policy))
            .collect();
        analysis.add(&Taken {
            candidate: row.candidate,
            district,
            total: total(row)?,
            items: &items,
            responses: &responses,
            order: &order.of_candidate(row.candidate),
        });
    }
    Ok(())
}

/// The order of the sitting's items, which the sealed paper knows.
fn order(api: &Api, sitting: SittingId) -> Result<ItemOrder, Problem> {
    let found = api.centre.read(|state| {
        let sitting = state.sitting(sitting)?;
        let row = state.paper(sitting.paper)?;
        let sealed = state.blob(&row.blob)?;
        Some((
            sitting.paper,
            sitting.order_secret,
            row.wrapped_key.clone(),
            sealed,
        ))
    });
    let (paper, secret, wrapped, sealed): (PaperRef, _, _, _) =
        found.ok_or_else(|| Problem::fault("the sitting's paper is not held"))?;
    let key = api
        .cluster_key
        .unwrap(Secret::Paper(paper), &wrapped)
        .map_err(Problem::fault)?;
    let key: [u8; 32] = key
        .as_slice()
        .try_into()
        .map_err(|_| Problem::fault("the paper's key is not a key"))?;
    let opened = seal::open(&sealed, &key).map_err(Problem::fault)?;
    Ok(ItemOrder::of(&opened, secret))
}
