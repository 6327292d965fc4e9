//! Bodies, queries and names of a request, bounded, with problems instead of bare status codes.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, Request, rejection::QueryRejection},
    http::request::Parts,
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use protocol::ids::{PaperRef, SittingId};
use serde::de::DeserializeOwned;
use tokio::sync::OwnedSemaphorePermit;

use super::{Api, UPLOAD_BYTES_MAX, problem::Problem};

/// JSON bodies: a chunk of a roster with the longest names.
const JSON_BYTES_MAX: usize = 2 * 1024 * 1024;

/// How long a body may take.
const BODY_WITHIN: Duration = Duration::from_secs(60);
/// How long an upload of 64 MiB may take.
const UPLOAD_WITHIN: Duration = Duration::from_secs(300);

/// A JSON body.
pub(super) struct Json<T>(pub(super) T);

/// A query.
pub(super) struct Query<T>(pub(super) T);

/// An uploaded file; holds its place among the uploads until it is dropped.
pub(super) struct Upload {
    pub(super) bytes: Bytes,
    _place: OwnedSemaphorePermit,
}

impl<T: DeserializeOwned> FromRequest<Api> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Api) -> Result<Self, Problem> {
        let bytes = read(request.into_body(), JSON_BYTES_MAX, BODY_WITHIN).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            Problem::bad_request(format!("the body is not the JSON that is expected: {error}"))
        })
    }
}

impl<T: DeserializeOwned> FromRequestParts<Api> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, api).await;
        query
            .map(|axum::extract::Query(query)| Self(query))
            .map_err(|error: QueryRejection| Problem::bad_request(error.body_text()))
    }
}

impl FromRequest<Api> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        let place = api.uploads.clone().try_acquire_owned();
        let place = place.map_err(|_| Problem::unavailable("other uploads are under way; send it again"))?;
        let bytes = read(request.into_body(), UPLOAD_BYTES_MAX, UPLOAD_WITHIN).await?;
        Ok(Self { bytes, _place: place })
    }
}

async fn read(body: Body, max: usize, within: Duration) -> Result<Bytes, Problem> {
    let collected = tokio::time::timeout(within, Limited::new(body, max).collect()).await;
    match collected {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::too_large(max)),
        Ok(Err(error)) => Err(Problem::bad_request(format!("the body broke off: {error}"))),
        Err(_) => Err(Problem::too_slow()),
    }
}

/// A paper's version as it stands in a path or a command: `1v1`.
pub(super) fn paper_ref(text: &str) -> Result<PaperRef, Problem> {
    let parsed = text.split_once('v').and_then(|(paper, version)| {
        Some(PaperRef {
            paper: paper.parse().ok()?,
            version: version.parse().ok()?,
        })
    });
    parsed.ok_or_else(|| {
        Problem::bad_request(format!(
            "`{text}` does not name a paper's version; write for example 1v1"
        ))
    })
}

/// A sitting's number in a path.
pub(super) fn sitting_id(text: &str) -> Result<SittingId, Problem> {
    text.parse()
        .map_err(|_| Problem::bad_request(format!("`{text}` is not a sitting's number")))
}
