//! `GET /exports`, `GET /exports/{log}?from=N`: this node's logs for a USB stick. Sealed to the cluster before they leave,
//! so whoever reaches the port reads nothing. Asked by `pariksha-node log export`.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{Path, Query, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use protocol::ids::{LogId, NotALog, Sequence};
use serde::{Deserialize, Serialize};

use super::Port;

/// A log that can be exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportableLog {
    /// Its name.
    pub log: String,
    /// How far it goes.
    pub sequence: Sequence,
}

#[derive(Debug, Deserialize)]
pub(super) struct From {
    from: Option<Sequence>,
}

pub(super) async fn list(State(port): State<Arc<Port>>) -> Response {
    let Some(exporter) = &port.parts.exporter else {
        return no_word();
    };
    let logs = exporter.logs().into_iter();
    let logs: Vec<ExportableLog> = logs
        .map(|(log, mark)| ExportableLog {
            log: log.to_string(),
            sequence: mark.sequence,
        })
        .collect();
    Json(logs).into_response()
}

pub(super) async fn file(
    State(port): State<Arc<Port>>,
    Path(log): Path<String>,
    Query(query): Query<From>,
) -> Response {
    let Some(exporter) = &port.parts.exporter else {
        return no_word();
    };
    let log: LogId = match log.parse() {
        Ok(log) => log,
        Err(error @ NotALog) => return (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    };
    match exporter.file(log, query.from.unwrap_or(Sequence(1))).await {
        Ok(Some(file)) => {
            let kind = [(CONTENT_TYPE, "application/octet-stream")];
            (kind, Body::from_stream(file)).into_response()
        }
        Ok(None) => (StatusCode::NOT_FOUND, format!("log {log} is not here\n")).into_response(),
        Err(error) => {
            tracing::error!(%log, %error, "a log cannot be exported");
            (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response()
        }
    }
}

/// A node from before there were endorsements.
fn no_word() -> Response {
    let sentence =
        "the cluster has not given its word for this node (identity/cluster.json is missing): join it anew\n";
    (StatusCode::CONFLICT, sentence).into_response()
}
