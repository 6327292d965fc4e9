//! `POST /answers`: an answers file that an invigilator carried here. Asked by `pariksha-node answers import` on this
//! machine. The file is sealed; the answer tells counts and reasons, never an answer of the candidate's.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use futures::future::BoxFuture;

use super::{Port, of_a_page, said};
use crate::{
    import::{ImportError, Imported},
    log::AppendError,
};

/// Opens and applies an answers file.
pub type ImportAnswers =
    Arc<dyn Fn(Bytes) -> BoxFuture<'static, Result<Imported, ImportError>> + Send + Sync>;

pub(super) async fn import(State(port): State<Arc<Port>>, headers: HeaderMap, file: Bytes) -> Response {
    if let Some(refusal) = of_a_page(&headers) {
        return refusal;
    }
    if !port.imports.take(port.parts.time.monotonic_ms()) {
        return said(
            StatusCode::TOO_MANY_REQUESTS,
            "too many files; wait a minute and import the rest",
        );
    }
    match (port.parts.import)(file).await {
        Ok(imported) => Json(imported).into_response(),
        Err(error) => {
            tracing::warn!(%error, "a file of answers was not imported");
            said(status_of(&error), &error.to_string())
        }
    }
}

fn status_of(error: &ImportError) -> StatusCode {
    match error {
        ImportError::File(_) => StatusCode::UNPROCESSABLE_ENTITY,
        ImportError::NoSitting(_) | ImportError::NoPaper(_) => StatusCode::NOT_FOUND,
        ImportError::Log(AppendError::DiskFull { .. }) => StatusCode::INSUFFICIENT_STORAGE,
        ImportError::NotReady
        | ImportError::Log(AppendError::Busy | AppendError::Stopped | AppendError::TooLarge) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
