//! The way of one request: admission, the handler, and what every answer carries. Called by the listener for each
//! request. Nothing here waits but the handlers.
//!
//! Saves are nine of ten requests, so they go to their handler directly; everything else is found by the router, whose
//! boxed layers cost more than a save's own work (docs/PERFORMANCE.md has the figures).

use axum::{
    Router,
    body::Body,
    extract::MatchedPath,
    http::{HeaderName, HeaderValue, Method, Request, header},
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
        let is_save = request.uri().path() == SAVE_ROUTE && request.method() == Method::POST;
        let is_api = request.uri().path().starts_with(API);
        let mut response = if is_api {
            self.api(peer, request, is_save).await
        } else {
            self.routed(peer, request).await
        };
        guard(&mut response, is_api, is_save);
        let seconds = began.elapsed().as_secs_f64();
        let measured = self.served.measured();
        if is_save {
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

    async fn api(&self, peer: PeerAddress, request: Request<Incoming>, is_save: bool) -> Response {
        let origin = cors::allowed(&self.served, request.headers());
        if cors::is_preflight(&request) {
            return cors::preflight(origin);
        }
        let weight = if is_save { Weight::Exam } else { Weight::Rest };
        let mut response = match self.served.admission().enter(weight) {
            None => Problem::too_busy().into_response(),
            Some(_place) if is_save => responses::save(&self.served, request).await.into_response(),
            Some(_place) => self.routed(peer, request).await,
        };
        response = elsewhere::name_others(&self.served, response);
        cors::mark(&mut response, origin);
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

/// What every answer says, unless its handler said something else. A save's answer is read by the page's own code and
/// never shown as a document, so it goes without what is about documents.
fn guard(response: &mut Response, is_api: bool, is_save: bool) {
    let headers = response.headers_mut();
    let mut if_absent = |name: HeaderName, value| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    if is_api {
        // An answer about a candidate is theirs alone; what may be cached says so itself.
        if_absent(header::CACHE_CONTROL, "no-store");
    }
    if_absent(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if !is_save {
        if_absent(header::REFERRER_POLICY, "no-referrer");
        if_absent(
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        );
    }
}
