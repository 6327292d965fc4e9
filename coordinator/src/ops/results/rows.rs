//! Results as CSV and as JSON, page by page.

use std::sync::Arc;

use axum::body::Body;
use content::{
    AnswerKey,
    scoring::{self, counts_of, decode_items},
};
use state::{ScoreRow, ScoreSetKey};

use super::paged::{self, Frame, Page};
use crate::{
    ops::{
        Api,
        problem::Problem,
        shapes::{ResultRow, tables::RESULTS},
    },
    query::{self, CANDIDATES_AT_ONCE, ItemsRead},
    scorer,
};

/// The answer key that a set was scored by: it knows the sections.
pub(super) fn key(api: &Api, set: ScoreSetKey) -> Result<Arc<AnswerKey>, Problem> {
    let (key, _) = scorer::answer_key(&api.centre, &api.cluster_key, set.sitting, Some(set.key_version))?;
    Ok(Arc::new(key))
}

/// With a header line.
pub(super) fn csv(api: Api, set: ScoreSetKey, key: Arc<AnswerKey>) -> Body {
    let frame = Frame {
        head: RESULTS.header(),
        foot: b"",
        candidates: CANDIDATES_AT_ONCE,
    };
    paged::body(api, set, frame, move |api, scores, _| {
        let mut csv = csv::WriterBuilder::new()
            .has_headers(false)
            .from_writer(Vec::new());
        for row in of(api, &key, set, scores)? {
            csv.serialize(row).map_err(|error| error.to_string())?;
        }
        csv.into_inner().map_err(|error| error.to_string())
    })
}

/// One array.
pub(super) fn json(api: Api, set: ScoreSetKey, key: Arc<AnswerKey>) -> Body {
    let frame = Frame {
        head: b"[".to_vec(),
        foot: b"]\n",
        candidates: CANDIDATES_AT_ONCE,
    };
    paged::body(api, set, frame, move |api, scores, page| {
        let mut json = Vec::new();
        for (place, row) in of(api, &key, set, scores)?.iter().enumerate() {
            let is_first = page == Page::First && place == 0;
            json.extend_from_slice(if is_first { b"\n" } else { b",\n" });
            serde_json::to_writer(&mut json, row).map_err(|error| error.to_string())?;
        }
        Ok(json)
    })
}

fn of(api: &Api, key: &AnswerKey, set: ScoreSetKey, scores: &[ScoreRow]) -> Result<Vec<ResultRow>, String> {
    let items: Vec<ItemsRead> = scores
        .iter()
        .map(|score| read_items(key, score))
        .collect::<Result<_, _>>()?;
    Ok(api.centre.read(|state| {
        let pairs = scores.iter().zip(&items);
        pairs
            .map(|(score, items)| query::result_row(state, set, score, items))
            .collect()
    }))
}

fn read_items(key: &AnswerKey, score: &ScoreRow) -> Result<ItemsRead, String> {
    let items = decode_items(&score.items).map_err(|error| error.to_string())?;
    let sections = scoring::sections(key, &items);
    let below: Vec<&str> = sections
        .iter()
        .filter(|of| of.is_below)
        .map(|of| of.name.as_str())
        .collect();
    let totals: serde_json::Map<String, serde_json::Value> = sections
        .iter()
        .map(|of| (of.name.clone(), of.total.normalize().to_string().into()))
        .collect();
    Ok(ItemsRead {
        counts: counts_of(&items),
        below_minimum: below.join("; "),
        sections: if totals.is_empty() {
            String::new()
        } else {
            serde_json::Value::Object(totals).to_string()
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::shapes::tables::Column;

    #[test]
    fn the_header_line_names_the_members_of_a_row_in_their_order() {
        let row: ResultRow = serde_json::from_value(serde_json::json!({
            "candidate": 1, "roll": "", "name": "", "district": "", "total": "1", "max": "2", "right": 1,
            "wrong": 0, "omitted": 0, "review": 0, "digest": "", "key_version": 1, "policy": "in-time-only",
        }))
        .unwrap();
        let mut csv = csv::Writer::from_writer(Vec::new());
        csv.serialize(row).unwrap();
        let written = String::from_utf8(csv.into_inner().unwrap()).unwrap();
        let header = written.lines().next().unwrap();
        assert_eq!(RESULTS.header(), format!("{header}\n").into_bytes());
        let cells = written.lines().nth(1).unwrap().split(',');
        for ((name, column), cell) in RESULTS.columns.iter().zip(cells) {
            assert!(
                *column == Column::Text || cell.parse::<i64>().is_ok(),
                "{name}: {cell}"
            );
        }
    }
}
