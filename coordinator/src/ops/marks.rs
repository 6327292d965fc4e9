//! Manual marks: how far the marking is, scripts for markers, marks back from them. Markers see responses and items;
//! whose a script is, and what others gave to it, leaves the centre only where a moderator must decide.

mod scripts;
mod taking;

use std::{collections::BTreeMap, sync::Arc};

use axum::extract::{Path, State};
use content::{Marks, manual::Marking};
use protocol::{
    ids::{ItemNo, SittingId},
    merge::LatePolicy,
};
use serde::Deserialize;
use state::{Command, MARKERS, MarkerRole, ScriptMarks};

pub(super) use scripts::scripts;
pub(super) use taking::take;

use super::{
    Api,
    extract::{Json, Query},
    problem::Problem,
    results::{known_sitting, policy_of},
    shapes::{MarkingRow, SetTolerance},
};
use crate::{
    scorer,
    scripts::{ByHand, Script, Scripts, marking},
};

/// Which responses are marked: those that count with or without late ones.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct LateQuery {
    #[serde(default)]
    count_late: bool,
}

/// The items of a sitting that people mark, by its latest answer key.
async fn by_hand(api: &Api, sitting: SittingId) -> Result<Scripts, Problem> {
    let (key, _) = scorer::answer_key(&api.centre, &api.cluster_key, sitting, None)?;
    Ok(Scripts::new(&api.centre, &api.cluster_key, sitting, &key))
}

fn not_by_hand(sitting: SittingId, item: ItemNo) -> Problem {
    Problem::conflict(format!(
        "item {item} of sitting {sitting} is not marked by hand; parikshactl marks status {sitting} lists those that are"
    ))
}

/// How far the marking of each item is.
pub(super) async fn status(
    State(api): State<Api>,
    Path(sitting): Path<String>,
    Query(query): Query<LateQuery>,
) -> Result<axum::Json<Vec<MarkingRow>>, Problem> {
    let sitting = known_sitting(&api, &sitting)?;
    let scripts = Arc::new(by_hand(&api, sitting).await?);
    let work = move || {
        let items: Vec<(ItemNo, ByHand)> = scripts.items().collect();
        let row = |(item, rules)| {
            let all = scripts.of(&api.centre, item, policy_of(query.count_late));
            marking_row(&api, (sitting, item), rules, &all)
        };
        items.into_iter().map(row).collect()
    };
    let rows = tokio::task::spawn_blocking(work).await.map_err(Problem::fault)?;
    Ok(axum::Json(rows))
}

fn marking_row(
    api: &Api,
    (sitting, item): (SittingId, ItemNo),
    rules: ByHand,
    scripts: &[Script],
) -> MarkingRow {
    let mut row = MarkingRow {
        item,
        max: rules.max.to_string(),
        tolerance: rules.tolerance.to_string(),
        scripts: scripts.len() as u32,
        new: 0,
        once: 0,
        agreed: 0,
        differing: 0,
        moderated: 0,
        outdated: 0,
    };
    let mut marked = 0;
    for script in scripts {
        let held = |state: &state::State| {
            let held = state.script_marks(sitting, item, script.id)?;
            Some(marking(held, rules))
        };
        let standing = api.centre.read(held);
        marked += u32::from(standing.is_some());
        let count = match standing {
            None | Some(Marking::New) => &mut row.new,
            Some(Marking::Once) => &mut row.once,
            Some(Marking::Agreed(_)) => &mut row.agreed,
            Some(Marking::Differs) => &mut row.differing,
            Some(Marking::Moderated(_)) => &mut row.moderated,
        };
        *count += 1;
    }
    let held = api
        .centre
        .read(|state| state.marked_scripts(sitting, item).count());
    row.outdated = (held as u32).saturating_sub(marked);
    row
}

/// Says how far two markers of an item may differ.
pub(super) async fn tolerate(
    State(api): State<Api>,
    Path(sitting): Path<String>,
    Json(request): Json<SetTolerance>,
) -> Result<axum::Json<SetTolerance>, Problem> {
    let sitting = known_sitting(&api, &sitting)?;
    let scripts = by_hand(&api, sitting).await?;
    if scripts.item(request.item).is_none() {
        return Err(not_by_hand(sitting, request.item));
    }
    let tolerance: Marks = request
        .tolerance
        .parse()
        .map_err(|error: content::marks::NotMarks| Problem::bad_request(error.to_string()))?;
    let tolerance = tolerance.to_string();
    api.propose(Command::SetTolerance {
        sitting,
        item: request.item,
        tolerance: tolerance.clone(),
    })
    .await?;
    api.seen(|state| (state.tolerance(sitting, request.item)? == tolerance).then_some(()))
        .await?;
    Ok(axum::Json(SetTolerance {
        item: request.item,
        tolerance,
    }))
}

/// Whether a script waits for this person.
fn is_open_to(held: Option<&ScriptMarks>, marker: &str, role: MarkerRole, rules: ByHand) -> bool {
    match (role, held) {
        (MarkerRole::Marker, None) => true,
        (MarkerRole::Moderator, None) => false,
        (MarkerRole::Marker, Some(held)) => {
            let markers = held.markers();
            let is_own = markers.iter().any(|given| given.marker == marker);
            held.moderation().is_none() && (is_own || markers.len() < MARKERS)
        }
        (MarkerRole::Moderator, Some(held)) => {
            let is_own = held.markers().iter().any(|given| given.marker == marker);
            !is_own && matches!(marking(held, rules), Marking::Differs | Marking::Moderated(_))
        }
    }
}

/// The scripts of the items that a file names, by item: what its lines may speak of.
fn known_scripts(
    api: &Api,
    scripts: &Scripts,
    items: impl Iterator<Item = ItemNo>,
    policies: &[LatePolicy],
) -> BTreeMap<ItemNo, Vec<Script>> {
    let of = |item| {
        let mut all: Vec<Script> = policies
            .iter()
            .flat_map(|policy| scripts.of(&api.centre, item, *policy))
            .collect();
        all.sort_unstable();
        all.dedup();
        (item, all)
    };
    items.map(of).collect()
}
