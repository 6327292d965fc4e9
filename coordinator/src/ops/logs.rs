//! Logs as the centre holds them: how far, and the frames themselves, unchanged bytes.

use axum::{
    body::Body,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use bytes::{BufMut, Bytes, BytesMut};
use futures::stream;
use protocol::{
    frame::Frame,
    ids::{Incarnation, LogId, Sequence},
};
use serde::Deserialize;

use super::{
    Api,
    extract::Query,
    problem::Problem,
    shapes::{ForkRow, LogRow},
};
use crate::{query, raft::Centre};

/// Bytes of frames that are read from the disk at once.
const FRAMES_BYTES: usize = 256 * 1024;

#[derive(Debug, Deserialize)]
pub(super) struct FramesQuery {
    from: Option<u64>,
}

pub(super) async fn list(State(api): State<Api>) -> axum::Json<Vec<LogRow>> {
    axum::Json(api.centre.read(query::logs))
}

/// The frames of another history that came for a log, as they came.
pub(super) async fn forks(
    State(api): State<Api>,
    Path(log): Path<String>,
) -> Result<axum::Json<Vec<ForkRow>>, Problem> {
    let log = log_id(&log)?;
    Ok(axum::Json(api.centre.read(|state| query::forks(state, log))))
}

/// For each frame its length (4 bytes, big-endian) and its bytes. An error on the way breaks the answer off, so that it
/// is never taken for whole.
pub(super) async fn frames(
    State(api): State<Api>,
    Path(log): Path<String>,
    Query(query): Query<FramesQuery>,
) -> Result<Response, Problem> {
    let log = log_id(&log)?;
    if !api
        .centre
        .read(|state| state.watermarks().any(|(known, _)| known == log))
    {
        return Err(Problem::not_found(format!(
            "there is no log {log}; parikshactl log list shows them"
        )));
    }
    let from = Sequence(query.from.unwrap_or(1).max(1));
    let pieces = stream::try_unfold((api.centre.clone(), from), move |(centre, from)| async move {
        let Some((piece, next)) = piece(centre.clone(), log, from).await? else {
            return Ok::<_, std::io::Error>(None);
        };
        Ok(Some((piece, (centre, next))))
    });
    let body = Body::from_stream(pieces);
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], body).into_response())
}

/// The next frames with their lengths, and where to go on.
async fn piece(centre: Centre, log: LogId, from: Sequence) -> std::io::Result<Option<(Bytes, Sequence)>> {
    let read = tokio::task::spawn_blocking(move || centre.frames(log, from, FRAMES_BYTES)).await;
    let frames = read
        .map_err(std::io::Error::other)?
        .map_err(std::io::Error::other)?;
    let Some(last) = frames.last() else {
        return Ok(None);
    };
    let next = Frame::parse(last.clone())
        .map_err(std::io::Error::other)?
        .last()
        .next();
    let mut piece = BytesMut::with_capacity(frames.iter().map(|frame| frame.len() + 4).sum());
    for frame in &frames {
        piece.put_u32(frame.len() as u32);
        piece.extend_from_slice(frame);
    }
    Ok(Some((piece.freeze(), next)))
}

fn log_id(text: &str) -> Result<LogId, Problem> {
    let parsed = text.split_once('-').and_then(|(node, incarnation)| {
        Some(LogId {
            node: node.parse().ok()?,
            incarnation: Incarnation(u64::from_str_radix(incarnation, 16).ok()?),
        })
    });
    parsed.ok_or_else(|| {
        Problem::bad_request(format!("`{text}` is not a log; parikshactl log list shows them"))
    })
}
