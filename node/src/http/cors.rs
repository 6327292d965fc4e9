//! Who else's page may call this node: those of the district's other nodes, so that a page that was loaded from one can
//! go on at another. The origins come from the directory; nothing else is ever allowed.

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};

use super::served::Served;
use crate::feed::Catalogue;

/// How long a browser may remember the answer, in seconds.
const PREFLIGHT_SECONDS: &str = "600";

/// Answers preflights and adds the headers by which a browser lets the page read an answer.
pub async fn allow_peers(State(served): State<Served>, request: Request, next: Next) -> Response {
    let own = served.attempts().book().own();
    let origin = request.headers().get(header::ORIGIN).cloned();
    let allowed = origin.filter(|origin| is_peer(&served.feed().catalogue(), own, origin));
    let is_preflight = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if is_preflight {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        response
    } else {
        next.run(request).await
    };
    response
        .headers_mut()
        .append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = allowed {
        allow(response.headers_mut(), origin, is_preflight);
    }
    response
}

fn allow(headers: &mut HeaderMap, origin: HeaderValue, is_preflight: bool) {
    let value = HeaderValue::from_static;
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, value("Retry-After, ETag"));
    if is_preflight {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, value("GET, POST"));
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            value("authorization, content-type"),
        );
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, value(PREFLIGHT_SECONDS));
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
