//! Sittings: planned and listed.

use axum::extract::State;
use protocol::{gate::VersionRange, hash::Hash, ids::DistrictId, time::Instant};
use state::{Command, NewSitting, Outcome};

use super::{
    Api,
    extract::{Json, paper_ref},
    problem::Problem,
    registry,
    shapes::{CreateSitting, SittingRow},
};
use crate::query;

/// The word for all districts that there are now.
const ALL: &str = "all";

pub(super) async fn list(State(api): State<Api>) -> axum::Json<Vec<SittingRow>> {
    axum::Json(api.centre.read(query::sittings))
}

pub(super) async fn create(
    State(api): State<Api>,
    Json(request): Json<CreateSitting>,
) -> Result<axum::Json<SittingRow>, Problem> {
    let districts = match request.districts.as_slice() {
        [word] if word == ALL => api
            .centre
            .read(query::districts)
            .iter()
            .map(|row| DistrictId(row.id))
            .collect(),
        named => named
            .iter()
            .map(|name| registry::district(&api, name))
            .collect::<Result<_, _>>()?,
    };
    let versions = VersionRange {
        min: request.node_min,
        max: request.node_max,
    };
    let sitting = NewSitting {
        title: request.title,
        paper: paper_ref(&request.paper)?,
        opens: Instant(request.opens),
        closes: Instant(request.closes),
        duration_ms: request.duration_ms,
        districts,
        batch: request.batch,
        order_secret: Hash(rand::random()),
    };
    let Outcome::Sitting(id) = api.propose(Command::PlanSitting { sitting, versions }).await? else {
        return Err(Problem::fault("creating a sitting gave an unexpected answer"));
    };
    let row = api
        .seen(|state| query::sittings(state).into_iter().find(|row| row.id == id.0))
        .await?;
    Ok(axum::Json(row))
}
