//! The way of one request: admission, the handler, and what every answer carries. Called by the listener for each
//! request. Nothing here waits but the handlers.
//!
//! Saves are nine of ten requests, so they go to their handler directly; everything else is found by the router, whose
//! boxed layers cost more than a save's own work (docs/PERFORMANCE.md has the figures).

use axum::{
    Router,
    body::Body,
    extract::MatchedPath,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use hyper::body::Incoming;
use tower::ServiceExt;

use super::{
    admission::Weight, cors, elsewhere, extract::PeerAddress, handlers::responses, measure::SAVE_ROUTE,
    problem::Problem, router::router, served::Served,
};

/// Everything under it is the API; the page is the rest.
const API: &str = "/api/";

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// To save responses.
    Save,
    /// Something else of the API.
    Api,
    /// A part of the page.
    Page,
}

impl Kind {
    fn of<B>(request: &Request<B>) -> Self {
        let path = request.uri().path();
        if path == SAVE_ROUTE && request.method() == Method::POST {
            Self::Save
        } else if path.starts_with(API) {
            Self::Api
        } else {
            Self::Page
        }
    }
}

/// The candidates' face of the node.
pub struct Face {
    served: Served,
    routes: Router,
}

impl Face {
    /// The face over the parts of a node.
    pub fn new(served: Served) -> Self {
        Self {
            routes: router(served.clone()),
            served,
        }
    }

    /// Answers one request.
    pub async fn answer(&self, peer: PeerAddress, request: Request<Incoming>) -> Response {
        let began = tokio::time::Instant::now();
        let kind = Kind::of(&request);
        let mut response = match kind {
            Kind::Save | Kind::Api => self.api(peer, request, kind).await,
            Kind::Page => self.routed(peer, request).await,
        };
        // A response that was saved has its headers from its handler.
        if kind != Kind::Save || response.status() != StatusCode::OK {
            guard(response.headers_mut(), kind);
        }
        let seconds = began.elapsed().as_secs_f64();
        let measured = self.served.measured();
        if kind == Kind::Save {
            measured.save(response.status(), seconds);
        } else {
            let route = response.extensions_mut().remove::<MatchedPath>();
            measured.routed(route.as_ref(), response.status(), seconds);
        }
        response
    }

    /// The answer to a request on a connection for which there is no room.
    pub fn turn_away(&self, request: &Request<Incoming>) -> Response {
        let response = Problem::too_many_connections().into_response();
        let mut response = elsewhere::name_others(&self.served, response);
        cors::mark(&mut response, cors::allowed(&self.served, request.headers()));
        response
    }

    async fn api(&self, peer: PeerAddress, request: Request<Incoming>, kind: Kind) -> Response {
        let origin = cors::allowed(&self.served, request.headers());
        if cors::is_preflight(&request) {
            return cors::preflight(origin);
        }
        let is_save = kind == Kind::Save;
        let weight = if is_save { Weight::Exam } else { Weight::Rest };
        let mut response = match self.served.admission().enter(weight) {
            None => Problem::too_busy().into_response(),
            Some(_place) if is_save => responses::save(&self.served, request).await.into_response(),
            Some(_place) => self.routed(peer, request).await,
        };
        response = elsewhere::name_others(&self.served, response);
        // No cache keeps a save's answer, so it need not hear what that depends on.
        if !is_save || origin.is_some() {
            cors::mark(&mut response, origin);
        }
        response
    }

    async fn routed(&self, peer: PeerAddress, request: Request<Incoming>) -> Response {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        // Boxed, so that a connection that only saves does not carry the space for it.
        let answered = Box::pin(self.routes.clone().oneshot(request));
        match answered.await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

/// What every answer says, unless its handler said something else. A save's answer is read by the page's own code, and the
/// page's modules are run by it; neither is ever shown as a document, so they go without what is about documents.
pub(super) fn guard(headers: &mut HeaderMap, kind: Kind) {
    let is_document = match kind {
        Kind::Save => false,
        Kind::Api => true,
        // Its modules have no policy.
        Kind::Page => headers.contains_key(header::CONTENT_SECURITY_POLICY),
    };
    let mut if_absent = |name: HeaderName, value| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    if kind != Kind::Page {
        // An answer about a candidate is theirs alone; what may be cached says so itself.
        if_absent(header::CACHE_CONTROL, "no-store");
    }
    if_absent(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if is_document {
        if_absent(header::REFERRER_POLICY, "no-referrer");
        if_absent(
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        );
    }
}
