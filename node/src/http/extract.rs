//! What handlers take from a request: a bounded JSON body, the claims of its token, and the address it came from.

use std::{net::IpAddr, time::Duration};

use axum::{
    body::{Bytes, HttpBody},
    extract::{FromRequest, FromRequestParts, Request},
    http::{header, request::Parts},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use protocol::{
    ids::AttemptKey,
    token::{AttemptClaim, Claims},
};
use serde::de::DeserializeOwned;

use super::{
    problem::Problem,
    served::{Served, district},
};
use crate::tokens;

/// Where a connection came from; the listener puts it into each request.
#[derive(Debug, Clone, Copy)]
pub struct PeerAddress(pub IpAddr);

/// A JSON body within the limits of size and time.
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

/// The claims of a sign-in's or an attempt's token.
#[derive(Debug)]
pub struct SignedIn(pub Claims);

/// The claims of an attempt's token.
#[derive(Debug)]
pub struct OnAttempt {
    /// All claims.
    pub claims: Claims,
    /// Those about the attempt.
    pub attempt: AttemptClaim,
}

impl OnAttempt {
    /// Which attempt.
    pub fn key(&self) -> AttemptKey {
        AttemptKey {
            sitting: self.attempt.sitting,
            candidate: self.claims.candidate,
        }
    }
}

impl<T: DeserializeOwned> FromRequest<Served> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, served: &Served) -> Result<Self, Problem> {
        let bytes = body(request, served).await?;
        // No body is an empty object: every member may be optional.
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        serde_json::from_slice(text)
            .map(Self)
            .map_err(Problem::bad_request)
    }
}

async fn body(request: Request, served: &Served) -> Result<Bytes, Problem> {
    let bytes_max = served.settings().body_bytes_max;
    let body = request.into_body();
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(Problem::too_large(bytes_max));
    }
    let limit = Duration::from_secs(served.settings().body_seconds);
    match tokio::time::timeout(limit, Limited::new(body, bytes_max).collect()).await {
        Err(_) => Err(Problem::too_slow()),
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::too_large(bytes_max)),
        Ok(Err(_)) => Err(Problem::bad_request(
            "the request's body broke off; send it again",
        )),
    }
}

impl FromRequestParts<Served> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, served: &Served) -> Result<Self, Problem> {
        let header = parts.headers.get(header::AUTHORIZATION);
        let header = header.ok_or_else(Problem::not_signed_in)?;
        let token = header
            .to_str()
            .ok()
            .and_then(bearer)
            .ok_or_else(Problem::not_signed_in)?;
        let catalogue = served.feed().catalogue();
        let key = district(&catalogue)?.token_key;
        Ok(Self(tokens::open(&key, token, served.when().at)?))
    }
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl FromRequestParts<Served> for OnAttempt {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, served: &Served) -> Result<Self, Problem> {
        let SignedIn(claims) = SignedIn::from_request_parts(parts, served).await?;
        let attempt = claims.attempt.ok_or_else(Problem::needs_attempt_token)?;
        Ok(Self { claims, attempt })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PeerAddress {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let address = parts.extensions.get::<Self>().copied();
        address.ok_or_else(|| Problem::bad_request("the connection has no address"))
    }
}
