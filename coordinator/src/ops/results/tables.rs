//! The tables of a sitting's export, as CSV, page by page.

use axum::{
    body::Body,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use futures::stream;
use protocol::ids::{ItemNo, SittingId};
use state::{MarkerRole, ScriptId};

use super::{CSV, events, known_sitting, responses, rows, set};
use crate::{
    ops::{
        Api,
        extract::Query,
        problem::Problem,
        shapes::tables::{EVENTS, MARKS, RESPONSES, RESULTS},
    },
    query::CANDIDATES_AT_ONCE,
};

/// One table by its name.
pub(in crate::ops) async fn table(
    State(api): State<Api>,
    Path((sitting, table)): Path<(String, String)>,
    Query(query): Query<set::SetQuery>,
) -> Result<Response, Problem> {
    let sitting = known_sitting(&api, &sitting)?;
    let set = || set::chosen(&api, sitting, query);
    let body = match table.as_str() {
        name if name == RESULTS.name => {
            let set = set()?;
            rows::csv(api.clone(), set, rows::key(&api, set)?)
        }
        name if name == RESPONSES.name => responses::csv(api.clone(), set()?)?,
        name if name == EVENTS.name => events::csv(&api, sitting),
        name if name == MARKS.name => marks(api.clone(), sitting),
        name => {
            return Err(Problem::not_found(format!(
                "there is no table {name}; there are results, responses, events and marks"
            )));
        }
    };
    Ok(([(header::CONTENT_TYPE, CSV)], body).into_response())
}

/// A table's row, written as CSV.
pub(super) fn write_rows(rows: impl IntoIterator<Item = Vec<String>>) -> Result<Vec<u8>, String> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    for row in rows {
        csv.write_record(row).map_err(|error| error.to_string())?;
    }
    csv.into_inner().map_err(|error| error.to_string())
}

/// Every mark that was ever given, by item and script.
fn marks(api: Api, sitting: SittingId) -> Body {
    let start = (api, MARKS.header(), Some((ItemNo(0), ScriptId(0))));
    let pieces = stream::try_unfold(start, move |(api, head, from)| async move {
        if !head.is_empty() {
            return Ok(Some((bytes::Bytes::from(head), (api, Vec::new(), from))));
        }
        let Some(from) = from else {
            return Ok(None);
        };
        let (rows, next) = api.centre.read(|state| marks_page(state, sitting, from));
        let bytes = write_rows(rows).map_err(std::io::Error::other)?;
        Ok::<_, std::io::Error>(Some((bytes.into(), (api, head, next))))
    });
    Body::from_stream(pieces)
}

/// A place among the scripts.
type Place = (ItemNo, ScriptId);

fn marks_page(state: &state::State, sitting: SittingId, from: Place) -> (Vec<Vec<String>>, Option<Place>) {
    let mut rows = Vec::new();
    let scripts = state.marked_scripts_from(sitting, from.0, from.1);
    for (place, (item, script, held)) in scripts.enumerate() {
        if place == CANDIDATES_AT_ONCE {
            return (rows, Some((item, script)));
        }
        for given in &held.given {
            let role = match given.role {
                MarkerRole::Marker => "marker",
                MarkerRole::Moderator => "moderator",
            };
            rows.push(vec![
                item.to_string(),
                script.to_string(),
                role.to_owned(),
                given.marker.clone(),
                given.marks.clone(),
                given.at.0.to_string(),
            ]);
        }
    }
    (rows, None)
}
