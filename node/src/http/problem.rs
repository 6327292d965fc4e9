//! Every error of the candidates' API in one file: its slug, its status, and words that say what to do. The form is
//! `application/problem+json` (RFC 9457). Nothing else in the node maps an error to HTTP.

mod answer;
mod paper;

use std::time::Duration;

use axum::http::StatusCode;
use protocol::ids::{PaperRef, SittingId};
use serde_json::{Map, Value, json};

use super::limiter::TooMany;
use crate::{
    attempts::{
        Failure,
        rules::{AnswerRefusal, SaveRefusal, StartRefusal, SubmitRefusal},
    },
    log::AppendError,
    tokens::TokenError,
};

/// What clients are told to wait when the node has more to do than it can: somewhere between, so that they do not all
/// come back at once.
const BUSY_RETRY_MS: std::ops::Range<u64> = 500..2_500;

/// How soon a page asks again whether the paper was released.
const RELEASE_RETRY: Duration = Duration::from_secs(3);

/// How soon a page asks again whether the exam was unlocked: one that asks on stays below the starts that one may make.
const UNLOCK_RETRY: Duration = Duration::from_secs(6);

/// A page never waits longer than this before it asks again.
const RETRY_MAX: Duration = Duration::from_secs(60);

/// An error as the client gets it.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    slug: &'static str,
    title: &'static str,
    status: StatusCode,
    detail: String,
    retry_after: Option<Duration>,
    more: Map<String, Value>,
}

impl Problem {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "errors and texts are handed over at the end of their life"
    )]
    fn new(slug: &'static str, title: &'static str, status: StatusCode, detail: impl ToString) -> Self {
        Self {
            slug,
            title,
            status,
            detail: detail.to_string(),
            retry_after: None,
            more: Map::new(),
        }
    }

    fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait.min(RETRY_MAX));
        self
    }

    /// The same with the members of a JSON object added.
    #[must_use]
    pub fn with(mut self, more: Value) -> Self {
        if let Value::Object(more) = more {
            self.more.extend(more);
        }
        self
    }

    /// The problem's short name.
    pub fn slug(&self) -> &'static str {
        self.slug
    }

    /// A request that cannot be understood.
    pub fn bad_request(detail: impl ToString) -> Self {
        Self::new(
            "bad-request",
            "The request cannot be understood",
            StatusCode::BAD_REQUEST,
            detail,
        )
    }

    /// A body over the limit.
    pub fn too_large(bytes_max: usize) -> Self {
        let detail = format!("a request may have {bytes_max} bytes at most; send fewer responses at once");
        Self::new(
            "too-large",
            "The request is too large",
            StatusCode::PAYLOAD_TOO_LARGE,
            detail,
        )
    }

    /// A body that does not come to its end.
    pub fn too_slow() -> Self {
        let detail = "the request did not arrive completely in time; send it again";
        Self::new(
            "too-slow",
            "The request did not arrive in time",
            StatusCode::REQUEST_TIMEOUT,
            detail,
        )
    }

    /// No token.
    pub fn not_signed_in() -> Self {
        let detail = "this needs the token that sign-in gave, as \"Authorization: Bearer ...\"";
        Self::new("not-signed-in", "Not signed in", StatusCode::UNAUTHORIZED, detail)
    }

    /// A token of a sign-in where one of an attempt is needed.
    pub fn needs_attempt_token() -> Self {
        let detail = "this needs the token that start gave, not the one of sign-in";
        Self::new(
            "token-invalid",
            "The token is not the right one",
            StatusCode::UNAUTHORIZED,
            detail,
        )
    }

    /// A number or code that is not right; never says which.
    pub fn sign_in_refused() -> Self {
        let detail = "this number and access code do not belong together; check both on the admit card, or ask the \
                      invigilator";
        Self::new(
            "sign-in-refused",
            "Number or access code is not right",
            StatusCode::UNAUTHORIZED,
            detail,
        )
    }

    /// The feed has not come yet.
    pub fn not_ready() -> Self {
        let detail =
            "this node has not heard from the centre yet and knows no candidates; use another node, or wait";
        Self::new(
            "not-ready",
            "This node is not ready",
            StatusCode::SERVICE_UNAVAILABLE,
            detail,
        )
        .retry_after(RELEASE_RETRY)
    }

    /// More requests at once than this node takes.
    pub fn too_busy() -> Self {
        Self::from(AppendError::Busy)
    }

    /// More connections than this node takes.
    pub fn too_many_connections() -> Self {
        let detail =
            "more devices are connected to this node than it can serve; use another node of the district";
        Self::new(
            "busy",
            "This node is busy",
            StatusCode::SERVICE_UNAVAILABLE,
            detail,
        )
        .retry_after(busy_retry())
    }

    /// A candidate of another district.
    pub fn not_registered() -> Self {
        let detail = "this candidate is not registered in this district; use a node of their own district";
        Self::new(
            "not-registered",
            "Not registered here",
            StatusCode::FORBIDDEN,
            detail,
        )
    }

    /// A sitting that does not exist for this candidate.
    pub fn no_such_sitting(id: SittingId) -> Self {
        let detail =
            format!("there is no sitting {id} for this candidate at this node; see GET /api/v1/sittings");
        Self::new(
            "no-such-sitting",
            "There is no such sitting",
            StatusCode::NOT_FOUND,
            detail,
        )
    }

    /// A paper that is not here.
    pub fn no_paper(paper: PaperRef) -> Self {
        let detail =
            format!("paper {paper} is not at this node yet; try again in a moment or use another node");
        Self::new("no-paper", "The paper is not here", StatusCode::NOT_FOUND, detail)
            .retry_after(RELEASE_RETRY)
    }

    /// An attempt that this node has not heard of.
    pub fn not_started() -> Self {
        let detail = "this node knows nothing of that attempt yet; start it here to go on";
        Self::new(
            "not-started",
            "The exam was not started here",
            StatusCode::NOT_FOUND,
            detail,
        )
    }

    /// A path that does not exist.
    pub fn not_found() -> Self {
        let detail = "there is nothing at this address; the API is described by /api/openapi.json";
        Self::new("not-found", "Not found", StatusCode::NOT_FOUND, detail)
    }

    /// A method that the path does not know.
    pub fn method_not_allowed() -> Self {
        let detail = "this address does not take that method; the API is described by /api/openapi.json";
        Self::new(
            "method-not-allowed",
            "Method not allowed",
            StatusCode::METHOD_NOT_ALLOWED,
            detail,
        )
    }

    /// No response of a request could be taken; `body` is what a request that worked would have got.
    pub fn all_refused(body: Value) -> Self {
        let detail = "no response of this request could be taken; see \"refused\" for the reason of each";
        Self::new(
            "responses-refused",
            "No response was taken",
            StatusCode::UNPROCESSABLE_ENTITY,
            detail,
        )
        .with(body)
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        let (slug, title) = match error {
            TokenError::Invalid => ("token-invalid", "The token is not valid"),
            TokenError::Expired => ("token-expired", "The token has expired"),
        };
        Self::new(slug, title, StatusCode::UNAUTHORIZED, error)
    }
}

impl From<TooMany> for Problem {
    fn from(error: TooMany) -> Self {
        Self::new(
            "too-many-requests",
            "Too many requests",
            StatusCode::TOO_MANY_REQUESTS,
            error,
        )
        .retry_after(error.wait)
    }
}

impl From<AppendError> for Problem {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Busy => Self::new(
                "busy",
                "This node is busy",
                StatusCode::SERVICE_UNAVAILABLE,
                error,
            )
            .retry_after(busy_retry()),
            AppendError::Stopped => Self::new(
                "stopping",
                "This node is stopping",
                StatusCode::SERVICE_UNAVAILABLE,
                error,
            )
            .retry_after(RELEASE_RETRY),
            AppendError::DiskFull { .. } => Self::new(
                "disk-full",
                "This node's disk is full",
                StatusCode::INSUFFICIENT_STORAGE,
                error,
            ),
            AppendError::TooLarge => Self::new(
                "too-large",
                "The request is too large",
                StatusCode::PAYLOAD_TOO_LARGE,
                error,
            ),
        }
    }
}

impl From<StartRefusal> for Problem {
    fn from(refusal: StartRefusal) -> Self {
        let (slug, title, wait) = match refusal {
            StartRefusal::NotOpen { wait_ms } => {
                let wait = Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0));
                ("not-open", "The sitting has not opened", Some(wait))
            }
            StartRefusal::NotReleased => ("not-released", "The paper is not released", Some(RELEASE_RETRY)),
            StartRefusal::Closed => ("closed", "The sitting is over", None),
            StartRefusal::OpenElsewhere => ("open-elsewhere", "The exam is open on another device", None),
            StartRefusal::UnlockNeeded { .. } => (
                "unlock-needed",
                "The invigilator must unlock the exam",
                Some(UNLOCK_RETRY),
            ),
        };
        let problem = Self::new(slug, title, StatusCode::CONFLICT, refusal);
        match wait {
            Some(wait) => problem.retry_after(wait),
            None => problem,
        }
    }
}

impl From<SaveRefusal> for Problem {
    fn from(refusal: SaveRefusal) -> Self {
        match refusal {
            SaveRefusal::Submitted => Self::new(
                "submitted",
                "The exam was submitted",
                StatusCode::CONFLICT,
                refusal,
            ),
        }
    }
}

impl From<SubmitRefusal> for Problem {
    fn from(refusal: SubmitRefusal) -> Self {
        match refusal {
            SubmitRefusal::NotStarted => Self::not_started(),
            SubmitRefusal::DigestDiffers { expected } => Self::new(
                "digest-differs",
                "Not every response has arrived",
                StatusCode::CONFLICT,
                refusal,
            )
            .with(json!({ "expected": expected })),
        }
    }
}

impl<R: std::error::Error> From<Failure<R>> for Problem
where
    Self: From<R>,
{
    fn from(failure: Failure<R>) -> Self {
        match failure {
            Failure::Refused(refusal) => <Self as From<R>>::from(refusal),
            Failure::Log(error) => <Self as From<AppendError>>::from(error),
        }
    }
}

fn busy_retry() -> Duration {
    Duration::from_millis(rand::random_range(BUSY_RETRY_MS))
}

/// The slug of a single response's refusal.
pub fn slug_of(refusal: &AnswerRefusal) -> &'static str {
    match refusal {
        AnswerRefusal::UnknownItem(_) => "unknown-item",
        AnswerRefusal::Invalid(_) => "invalid-response",
        AnswerRefusal::SequenceReused { .. } => "sequence-reused",
        AnswerRefusal::SequenceZero => "sequence-zero",
    }
}
