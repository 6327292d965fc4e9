//! Every error of the ops API, as `application/problem+json` (RFC 9457), in this one file. Each says what happened and
//! what to do.

use std::collections::BTreeMap;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use content::import::{ImportErrors, RowError};
use state::{Rejection, RejectionKind};

use super::shapes::{InputError, ProblemBody};
use crate::{
    custodian::KeyError,
    raft::{MembershipError, ProposeError},
};

/// When to ask again while there is no leader.
const RETRY_AFTER_MS: u64 = 2_000;

/// An error on its way out.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    slug: &'static str,
    detail: String,
    errors: Vec<InputError>,
    retry_after_ms: Option<u64>,
}

impl Problem {
    fn new(status: StatusCode, slug: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            slug,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after_ms: None,
        }
    }

    /// No token, or not this cluster's.
    pub(crate) fn not_signed_in() -> Self {
        let detail = "give the cluster's ops token as `Authorization: Bearer ...`; ops.json holds it";
        Self::new(StatusCode::UNAUTHORIZED, "token-invalid", detail)
    }

    /// An officer's token that is nobody's.
    pub(crate) fn not_an_officer() -> Self {
        let detail = "this is not an active officer's token; parikshactl officer list shows who is one";
        Self::new(StatusCode::UNAUTHORIZED, "officer-token-invalid", detail)
    }

    /// There is no such thing.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", detail)
    }

    /// The path exists for another method.
    pub(crate) fn method() -> Self {
        let detail = "this path does not take that method; docs/api/ops.md lists them";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail)
    }

    /// The request cannot be understood.
    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", detail)
    }

    /// It is understood and stands against what there is.
    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", detail)
    }

    /// The body is too long.
    pub(crate) fn too_large(max: usize) -> Self {
        let detail = format!("the body is longer than {max} bytes; split it");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", detail)
    }

    /// The body came too slowly.
    pub(crate) fn too_slow() -> Self {
        let detail = "the body did not come in time; send it again over a better connection";
        Self::new(StatusCode::REQUEST_TIMEOUT, "too-slow", detail)
    }

    /// Lines of the input are at fault; nothing was taken.
    pub(crate) fn input(errors: Vec<InputError>) -> Self {
        let detail = format!("the input has {} errors; nothing was imported", errors.len());
        Self {
            errors,
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "input-has-errors", detail)
        }
    }

    /// Later it may work.
    pub(crate) fn unavailable(detail: impl Into<String>) -> Self {
        Self {
            retry_after_ms: Some(RETRY_AFTER_MS),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
        }
    }

    /// A fault of ours: a person must look.
    pub(crate) fn fault(detail: impl std::fmt::Display) -> Self {
        tracing::error!(error = %detail, "an ops request failed");
        let detail = format!("{detail}; the coordinator's log says more");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "fault", detail)
    }

    fn title(&self) -> &'static str {
        self.status.canonical_reason().unwrap_or("Error")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = ProblemBody {
            kind: format!("urn:pariksha:problem:{}", self.slug),
            title: self.title().to_owned(),
            status: self.status.as_u16(),
            detail: self.detail,
            errors: self.errors,
            retry_after_ms: self.retry_after_ms,
            more: BTreeMap::new(),
        };
        let mut response = (self.status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(ms) = self.retry_after_ms {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(ms.div_ceil(1000)));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Unknown(_) => Self::not_found(error.to_string()),
            KeyError::Closed(_) => Self::fault(error),
        }
    }
}

impl From<ProposeError> for Problem {
    fn from(error: ProposeError) -> Self {
        match error {
            ProposeError::Rejected(rejection) => rejection.into(),
            ProposeError::Busy(_) | ProposeError::NoLeader(_) | ProposeError::Stopped(_) => {
                Self::unavailable(error.to_string())
            }
            ProposeError::Uncertain(_) => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "outcome-unknown",
                error.to_string(),
            ),
            ProposeError::TooLarge(_) => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", error.to_string())
            }
        }
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        let detail = rejection.to_string();
        match rejection.kind() {
            RejectionKind::NotFound => Self::not_found(detail),
            RejectionKind::Conflict => Self::conflict(detail),
            RejectionKind::Invalid => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail),
            RejectionKind::Full => Self::new(StatusCode::CONFLICT, "full", detail),
            RejectionKind::NotReady => Self::unavailable(detail),
        }
    }
}

impl From<MembershipError> for Problem {
    fn from(error: MembershipError) -> Self {
        match error {
            MembershipError::NoLeader(_) => Self::unavailable(error.to_string()),
            MembershipError::Refused(_) => Self::conflict(error.to_string()),
            MembershipError::Uncertain(_) => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "outcome-unknown",
                error.to_string(),
            ),
        }
    }
}

impl From<ImportErrors> for Problem {
    fn from(errors: ImportErrors) -> Self {
        Self::input(input_errors(errors))
    }
}

/// The importer's list as the API shows it.
pub(crate) fn input_errors(errors: ImportErrors) -> Vec<InputError> {
    let more = errors.more;
    let mut list: Vec<InputError> = errors.errors.into_iter().map(InputError::from).collect();
    if more > 0 {
        list.push(InputError {
            line: 0,
            column: String::new(),
            problem: format!("and {more} more errors; mend these first"),
        });
    }
    list
}

impl From<RowError> for InputError {
    fn from(error: RowError) -> Self {
        Self {
            line: error.line,
            column: error.column,
            problem: error.problem,
        }
    }
}
