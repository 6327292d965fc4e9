//! Scripts of an item for one marker, as CSV to be filled in: in the order of their names, which says nothing of the
//! candidates.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response as Answer},
};
use futures::stream;
use protocol::{
    ids::{CandidateId, ItemNo, SittingId},
    response::Response,
};
use serde::Deserialize;
use state::MarkerRole;

use super::{by_hand, is_open_to, not_by_hand};
use crate::{
    ops::{
        Api,
        extract::Query,
        problem::Problem,
        results::{known_sitting, policy_of},
    },
    scripts::{self, ByHand, Script, Scripts},
};

/// Scripts of one page: each text may have tens of kilobytes.
const SCRIPTS_AT_ONCE: usize = 50;

/// The columns; those of a moderator go on with what the two markers gave.
const HEADER: &str = "sitting,item,max,script,marks,response";
const MODERATOR: &str = ",first,second";

#[derive(Debug, Deserialize)]
pub(in crate::ops) struct ScriptsQuery {
    marker: String,
    #[serde(default)]
    moderate: bool,
    #[serde(default)]
    count_late: bool,
}

/// What every page needs.
struct Asked {
    api: Api,
    scripts: Scripts,
    sitting: SittingId,
    item: ItemNo,
    rules: ByHand,
    query: ScriptsQuery,
}

/// The scripts that wait for this marker, with the marks that they gave themselves.
pub(in crate::ops) async fn scripts(
    State(api): State<Api>,
    Path((sitting, item)): Path<(String, String)>,
    Query(query): Query<ScriptsQuery>,
) -> Result<Answer, Problem> {
    let sitting = known_sitting(&api, &sitting)?;
    let item: ItemNo = item
        .parse()
        .map_err(|_| Problem::bad_request(format!("`{item}` is not an item's number")))?;
    let scripts = by_hand(&api, sitting).await?;
    let rules = scripts.item(item).ok_or_else(|| not_by_hand(sitting, item))?;
    let asked = Arc::new(Asked {
        api,
        scripts,
        sitting,
        item,
        rules,
        query,
    });
    let of = Arc::clone(&asked);
    let open = tokio::task::spawn_blocking(move || of.open())
        .await
        .map_err(Problem::fault)?;
    let head = if asked.query.moderate {
        format!("{HEADER}{MODERATOR}\n")
    } else {
        format!("{HEADER}\n")
    };
    let body = Body::from_stream(stream::try_unfold((Some(head), 0), move |(head, from)| {
        let (asked, some) = (
            Arc::clone(&asked),
            open.iter()
                .skip(from)
                .take(SCRIPTS_AT_ONCE)
                .copied()
                .collect::<Vec<Script>>(),
        );
        async move {
            if let Some(head) = head {
                return Ok(Some((bytes::Bytes::from(head), (None, 0))));
            }
            if some.is_empty() {
                return Ok(None);
            }
            let to = from + some.len();
            let page = tokio::task::spawn_blocking(move || asked.page(&some)).await;
            let bytes = page
                .map_err(std::io::Error::other)?
                .map_err(std::io::Error::other)?;
            Ok::<_, std::io::Error>(Some((bytes.into(), (None, to))))
        }
    }));
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], body).into_response())
}

impl Asked {
    fn role(&self) -> MarkerRole {
        scripts::role(self.query.moderate)
    }

    /// The scripts that wait for this marker.
    fn open(&self) -> Vec<Script> {
        let mut scripts = self
            .scripts
            .of(&self.api.centre, self.item, policy_of(self.query.count_late));
        scripts.retain(|script| {
            self.api.centre.read(|state| {
                let held = state.script_marks(self.sitting, self.item, script.id);
                is_open_to(held, &self.query.marker, self.role(), self.rules)
            })
        });
        scripts
    }

    fn page(&self, some: &[Script]) -> Result<Vec<u8>, csv::Error> {
        let candidates: Vec<CandidateId> = some.iter().map(|script| script.candidate).collect();
        let policy = policy_of(self.query.count_late);
        let read = self
            .scripts
            .read(&self.api.centre, &candidates, self.item, policy);
        let mut csv = csv::Writer::from_writer(Vec::new());
        // One whose response changed meanwhile is another script now, and not in this list.
        for (script, response) in read.iter().filter(|(script, _)| some.contains(script)) {
            csv.write_record(self.row(script, response))?;
        }
        csv.into_inner()
            .map_err(|error| csv::Error::from(error.into_error()))
    }

    fn row(&self, script: &Script, response: &Response) -> Vec<String> {
        let (own, two) = self.api.centre.read(|state| {
            let held = state.script_marks(self.sitting, self.item, script.id);
            let own = held.and_then(|held| held.by(&self.query.marker, self.role()));
            let two = held.map(|held| held.markers().iter().map(|given| given.marks.clone()).collect());
            (own.map(|given| given.marks.clone()), two)
        });
        let mut row = vec![
            self.sitting.to_string(),
            self.item.to_string(),
            self.rules.max.to_string(),
            script.id.to_string(),
            own.unwrap_or_default(),
            shown(response),
        ];
        if self.query.moderate {
            let mut two: Vec<String> = two.unwrap_or_default();
            two.resize(state::MARKERS, String::new());
            row.append(&mut two);
        }
        row
    }
}

/// A response as a marker reads it. A text that a spreadsheet would take for a formula gets an apostrophe before it:
/// candidates write these texts, and markers open them.
fn shown(response: &Response) -> String {
    let text = match response {
        Response::Text(text) => text.clone(),
        other => other.canonical(),
    };
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_never_a_formula_for_the_markers_spreadsheet() {
        let shown = |text: &str| shown(&Response::Text(text.into()));
        assert_eq!(shown("=HYPERLINK(\"http://x\")"), "'=HYPERLINK(\"http://x\")");
        assert_eq!(shown("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(shown("Two = 2"), "Two = 2");
    }
}
