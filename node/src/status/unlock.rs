//! `POST /papers/{paper}/unlock`: officers' shares open a paper at this node while the centre cannot be reached. Asked by
//! `pariksha-node paper unlock` on this machine. A wrong try says so and reveals nothing; tries are few.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use futures::future::BoxFuture;
use protocol::{
    ids::PaperRef,
    shares::{OFFICERS_MAX, Share},
};
use serde::{Deserialize, Serialize};

use super::{Port, of_a_page, said};
use crate::{
    disk_work::disk_work,
    feed::{UnlockError, Unlocking},
    log::AppendError,
};

/// Notes in the node's log what happened; the centre learns it with the log.
pub type NoteIncident = Arc<dyn Fn(String) -> BoxFuture<'static, Result<(), AppendError>> + Send + Sync>;

/// The shares, as words.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnlockForm {
    /// One text for each.
    pub shares: Vec<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnlockAnswer {
    /// The paper.
    pub paper: String,
    /// Whether it was open before.
    pub already: bool,
}

pub(super) async fn unlock(
    State(port): State<Arc<Port>>,
    Path(paper): Path<String>,
    headers: HeaderMap,
    Json(form): Json<UnlockForm>,
) -> Response {
    if let Some(refusal) = of_a_page(&headers) {
        return refusal;
    }
    if !port.unlocks.take(port.parts.time.monotonic_ms()) {
        return said(
            StatusCode::TOO_MANY_REQUESTS,
            "too many tries; wait a minute and try again",
        );
    }
    let Ok(paper) = paper.parse::<PaperRef>() else {
        return said(
            StatusCode::BAD_REQUEST,
            "that does not name a paper's version; write for example 1v1",
        );
    };
    let shares = match shares_of(&form) {
        Ok(shares) => shares,
        Err(sentence) => return said(StatusCode::BAD_REQUEST, &sentence),
    };
    let numbers = numbers_of(&shares);
    let feed = port.parts.feed.clone();
    match disk_work(move || feed.unlock(paper, &shares)).await {
        Ok(Unlocking::Already) => answered(paper, true),
        Ok(Unlocking::Done) => {
            let note = format!("paper {paper} was opened at this node by the shares of officers {numbers}");
            tracing::warn!(%paper, officers = %numbers, "a paper was opened by officers' shares");
            if let Err(error) = (port.parts.incident)(note).await {
                tracing::error!(%paper, %error, "the opening of a paper could not be noted in the log");
            }
            answered(paper, false)
        }
        Err(error) => {
            tracing::warn!(%paper, officers = %numbers, %error, "a paper was not opened by shares");
            let status = match &error {
                UnlockError::Unknown(_) => StatusCode::NOT_FOUND,
                UnlockError::NoCheck(_) | UnlockError::Withdrawn(_) => StatusCode::CONFLICT,
                UnlockError::Shares(_) => StatusCode::UNPROCESSABLE_ENTITY,
                UnlockError::Disk(_) => StatusCode::INTERNAL_SERVER_ERROR,
            };
            said(status, &error.to_string())
        }
    }
}

fn shares_of(form: &UnlockForm) -> Result<Vec<Share>, String> {
    if form.shares.len() > usize::from(OFFICERS_MAX) {
        return Err(format!("at most {OFFICERS_MAX} shares are taken"));
    }
    let read = (1..).zip(&form.shares);
    read.map(|(place, words)| {
        words
            .parse::<Share>()
            .map_err(|error| format!("share {place} of those given: {error}"))
    })
    .collect()
}

fn numbers_of(shares: &[Share]) -> String {
    let mut numbers: Vec<u8> = shares.iter().map(|share| share.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    numbers.join(", ")
}

fn answered(paper: PaperRef, already: bool) -> Response {
    let paper = paper.to_string();
    Json(UnlockAnswer { paper, already }).into_response()
}
