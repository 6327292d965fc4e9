//! What handlers take from a request: a bounded JSON body, the claims of its token, and the address it came from.

use std::{net::IpAddr, time::Duration};

use axum::{
    body::{Bytes, HttpBody},
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, header, request::Parts},
};
use bytes::BytesMut;
use http_body_util::BodyExt;
use protocol::{
    ids::AttemptKey,
    time::Instant,
    token::{AttemptClaim, Claims},
};
use serde::de::DeserializeOwned;

use super::{
    problem::Problem,
    served::{Served, district},
};

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
    /// From a request's headers.
    pub(super) fn of(headers: &HeaderMap, served: &Served, now: Instant) -> Result<Self, Problem> {
        let claims = claims_of(headers, served, now)?;
        let attempt = claims.attempt.ok_or_else(Problem::needs_attempt_token)?;
        Ok(Self { claims, attempt })
    }

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
        json_of(request.into_body(), served).await.map(Self)
    }
}

/// Reads a JSON body within the limits of size and time.
pub(super) async fn json_of<T, B>(body: B, served: &Served) -> Result<T, Problem>
where
    T: DeserializeOwned,
    B: HttpBody<Data = Bytes> + Unpin,
{
    let bytes_max = served.settings().body_bytes_max;
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(Problem::too_large(bytes_max));
    }
    let limit = Duration::from_secs(served.settings().body_seconds);
    let read = tokio::time::timeout(limit, whole(body, bytes_max)).await;
    let bytes = read.map_err(|_| Problem::too_slow())??;
    // No body is an empty object: every member may be optional.
    let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
    serde_json::from_slice(text).map_err(Problem::bad_request)
}

/// A body up to its end. Most come in one piece, which is not copied.
async fn whole<B>(mut body: B, bytes_max: usize) -> Result<Bytes, Problem>
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    let mut read = Bytes::new();
    while !body.is_end_stream() {
        let Some(frame) = body.frame().await else { break };
        let frame = frame.map_err(|_| Problem::bad_request("the request's body broke off; send it again"))?;
        let Ok(data) = frame.into_data() else { continue };
        if read.len() + data.len() > bytes_max {
            return Err(Problem::too_large(bytes_max));
        }
        read = if read.is_empty() {
            data
        } else {
            let mut joined = BytesMut::from(read);
            joined.extend_from_slice(&data);
            joined.freeze()
        };
    }
    Ok(read)
}

impl FromRequestParts<Served> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, served: &Served) -> Result<Self, Problem> {
        claims_of(&parts.headers, served, served.when().at).map(Self)
    }
}

fn claims_of(headers: &HeaderMap, served: &Served, now: Instant) -> Result<Claims, Problem> {
    let header = headers.get(header::AUTHORIZATION);
    let header = header.ok_or_else(Problem::not_signed_in)?;
    let token = header
        .to_str()
        .ok()
        .and_then(bearer)
        .ok_or_else(Problem::not_signed_in)?;
    let catalogue = served.feed().catalogue();
    let key = &district(&catalogue)?.token_key;
    served.tokens().open(key, token, now).map_err(Problem::from)
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl FromRequestParts<Served> for OnAttempt {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, served: &Served) -> Result<Self, Problem> {
        Self::of(&parts.headers, served, served.when().at)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PeerAddress {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let address = parts.extensions.get::<Self>().copied();
        address.ok_or_else(|| Problem::bad_request("the connection has no address"))
    }
}
