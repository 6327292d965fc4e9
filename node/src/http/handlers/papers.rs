//! `GET /api/v1/papers/{paper}/{version}`: the sealed paper, byte for byte as the centre sealed it. The node never opens it.

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use protocol::ids::{PaperId, PaperRef, PaperVersion};

use crate::http::{
    extract::SignedIn,
    page::{is_unchanged, quoted},
    problem::Problem,
    served::{Served, candidate, not_withdrawn},
};

/// A paper's version never changes.
const CACHE: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");

/// Gives the sealed paper to a candidate who has a sitting with it.
pub async fn paper(
    State(served): State<Served>,
    SignedIn(claims): SignedIn,
    Path((paper, version)): Path<(u32, u16)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    served.limiter().read(&claims)?;
    let catalogue = served.feed().catalogue();
    let candidate = candidate(&catalogue, &claims)?;
    let paper = PaperRef {
        paper: PaperId(paper),
        version: PaperVersion(version),
    };
    let is_theirs = catalogue
        .sittings
        .values()
        .any(|sitting| sitting.paper == paper && sitting.includes(candidate.district, &candidate.batch));
    let notice = catalogue.papers.get(&paper).filter(|_| is_theirs);
    let notice = notice.ok_or_else(|| Problem::no_paper(paper))?;
    not_withdrawn(&catalogue, paper)?;
    let sealed = served.feed().blob(notice.blob);
    let sealed = sealed.ok_or_else(|| Problem::no_paper(paper))?;
    let tag = quoted(&notice.blob.to_string());
    let unchanged = is_unchanged(&headers, &tag);
    let mut response = Response::new(if unchanged {
        Body::empty()
    } else {
        Body::from(sealed)
    });
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let octets = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, octets);
    response.headers_mut().insert(header::ETAG, tag);
    response.headers_mut().insert(header::CACHE_CONTROL, CACHE);
    Ok(response)
}
