//! What handlers take from a request: a bounded JSON body, the claims of its token, and the address it came from.

use std::{net::IpAddr, pin::pin, task::Poll, time::Duration};

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
use crate::feed::Catalogue;

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
        Self::under(&served.feed().catalogue(), headers, served, now)
    }

    /// The same for who has the catalogue at hand.
    pub(super) fn under(
        catalogue: &Catalogue,
        headers: &HeaderMap,
        served: &Served,
        now: Instant,
    ) -> Result<Self, Problem> {
        let claims = claims_of(catalogue, headers, served, now)?;
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
    serde_json::from_slice(&text_of(body, served).await?).map_err(Problem::bad_request)
}

/// Reads a body that is JSON, within the limits of size and time.
pub(super) async fn text_of<B>(body: B, served: &Served) -> Result<Bytes, Problem>
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    let bytes_max = served.settings().body_bytes_max;
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(Problem::too_large(bytes_max));
    }
    let mut reading = pin!(whole(body, bytes_max));
    let bytes = match futures::poll!(reading.as_mut()) {
        // Most come with their heads, and need no timer.
        Poll::Ready(read) => read?,
        Poll::Pending => {
            let limit = Duration::from_secs(served.settings().body_seconds);
            let read = tokio::time::timeout(limit, reading).await;
            read.map_err(|_| Problem::too_slow())??
        }
    };
    // No body is an empty object: every member may be optional.
    Ok(if bytes.is_empty() {
        Bytes::from_static(b"{}")
    } else {
        bytes
    })
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
        let catalogue = served.feed().catalogue();
        claims_of(&catalogue, &parts.headers, served, served.when().at).map(Self)
    }
}

fn claims_of(
    catalogue: &Catalogue,
    headers: &HeaderMap,
    served: &Served,
    now: Instant,
) -> Result<Claims, Problem> {
    let header = headers.get(header::AUTHORIZATION);
    let header = header.ok_or_else(Problem::not_signed_in)?;
    let token = bearer(header.as_bytes()).ok_or_else(Problem::not_signed_in)?;
    let key = &district(catalogue)?.token_key;
    served.tokens().open(key, token, now).map_err(Problem::from)
}

fn bearer(header: &[u8]) -> Option<&[u8]> {
    const SCHEME: &[u8] = b"bearer ";
    let (scheme, token) = header.split_at_checked(SCHEME.len())?;
    scheme.eq_ignore_ascii_case(SCHEME).then(|| token.trim_ascii())
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
