//! Who else's page may call this node: those of the district's other nodes, so that a page that was loaded from one can
//! go on at another. The origins come from the directory; nothing else is ever allowed.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header},
    response::Response,
};

use super::served::Served;
use crate::feed::Catalogue;

/// How long a browser may remember the answer, in seconds.
const PREFLIGHT_SECONDS: &str = "600";

/// The origin that a request comes from, if it is one of the district's other nodes.
pub(super) fn allowed(served: &Served, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    let own = served.attempts().book().own();
    is_peer(&served.feed().catalogue(), own, origin).then(|| origin.clone())
}

/// Whether a browser only asks what it may send.
pub(super) fn is_preflight<B>(request: &Request<B>) -> bool {
    request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// The answer to a preflight.
pub(super) fn preflight(origin: Option<HeaderValue>) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    if origin.is_some() {
        let (headers, value) = (response.headers_mut(), HeaderValue::from_static);
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, value("GET, POST"));
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            value("authorization, content-type, if-none-match"),
        );
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, value(PREFLIGHT_SECONDS));
    }
    mark(&mut response, origin);
    response
}

/// Adds the headers by which a browser lets the page read an answer.
pub(super) fn mark(response: &mut Response, origin: Option<HeaderValue>) {
    let (headers, value) = (response.headers_mut(), HeaderValue::from_static);
    headers.append(header::VARY, value("Origin"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            value("Retry-After, ETag, Look-Again-Ms, Server-Time-Ms"),
        );
    }
}

fn is_peer(catalogue: &Catalogue, own: protocol::ids::NodeId, origin: &HeaderValue) -> bool {
    let mut peers = catalogue.peers_of(own).into_iter();
    peers.any(|peer| origin_of(&peer.candidate_url).is_some_and(|url| url.as_bytes() == origin.as_bytes()))
}

/// The origin of an address: scheme, host and port, as a browser sends it.
pub fn origin_of(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    let is_safe = !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b";,'\"".contains(&byte));
    (matches!(scheme, "http" | "https") && is_safe).then(|| &url[..scheme.len() + 3 + host.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port_and_nothing_that_could_end_a_header() {
        assert_eq!(
            origin_of("https://mumbai-1.example:8443/"),
            Some("https://mumbai-1.example:8443")
        );
        assert_eq!(origin_of("http://localhost:8080"), Some("http://localhost:8080"));
        for bad in [
            "",
            "mumbai",
            "ftp://x",
            "https://",
            "https://a;script-src *",
            "https://a b",
        ] {
            assert_eq!(origin_of(bad), None, "{bad}");
        }
    }
}
