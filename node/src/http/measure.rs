//! How many requests there were, how they ended and how long they took, by route: for `/metrics`.

use axum::{
    extract::{MatchedPath, Request},
    http::StatusCode,
    middleware::Next,
    response::Response,
};
use daemon::metrics::{Counter, Family, Gauge, Histogram, HistogramFamily, LATENCY_SECONDS};

/// Where responses are saved: the route whose figures are kept at hand.
pub const SAVE_ROUTE: &str = "/api/v1/attempt/responses";

type Route = [(&'static str, String); 1];
type RouteAndStatus = [(&'static str, String); 2];

/// The figures.
#[derive(Debug, Clone)]
pub struct Measured {
    requests: Family<RouteAndStatus, Counter>,
    seconds: HistogramFamily<Route>,
    saved: Counter,
    save_seconds: Histogram,
    resting: Gauge,
    handshakes: Gauge,
}

/// Counts in a gauge until this is dropped.
#[derive(Debug)]
pub(super) struct Counted<'a>(&'a Gauge);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Measured {
    /// Registers the figures.
    pub fn new(metrics: &daemon::Metrics) -> Self {
        let requests: Family<RouteAndStatus, Counter> =
            metrics.counters("http_requests", "Requests by route and status");
        let seconds: HistogramFamily<Route> = metrics.histograms(
            "http_seconds",
            "Time to the answer's head, by route",
            &LATENCY_SECONDS,
        );
        Self {
            saved: requests.get_or_create_owned(&labels(SAVE_ROUTE, StatusCode::OK)),
            save_seconds: seconds.get_or_create_owned(&[("route", SAVE_ROUTE.to_owned())]),
            requests,
            seconds,
            resting: metrics.gauge(
                "http_connections_resting",
                "Connections that rest between two requests",
            ),
            handshakes: metrics.gauge("http_handshakes", "TLS handshakes that are under way"),
        }
    }

    /// Counts a connection that rests.
    pub(super) fn resting(&self) -> Counted<'_> {
        self.resting.inc();
        Counted(&self.resting)
    }

    /// Counts a TLS handshake.
    pub(super) fn handshake(&self) -> Counted<'_> {
        self.handshakes.inc();
        Counted(&self.handshakes)
    }

    /// Counts and times a save.
    pub(super) fn save(&self, status: StatusCode, seconds: f64) {
        self.save_seconds.observe(seconds);
        if status == StatusCode::OK {
            self.saved.inc();
        } else {
            self.requests.get_or_create(&labels(SAVE_ROUTE, status)).inc();
        }
    }

    /// Counts and times another request. The labels are routes as they are written in the router, so their number is
    /// bounded.
    pub(super) fn routed(&self, route: Option<&MatchedPath>, status: StatusCode, seconds: f64) {
        let route = route.map_or("other", MatchedPath::as_str);
        self.seconds
            .get_or_create(&[("route", route.to_owned())])
            .observe(seconds);
        self.requests.get_or_create(&labels(route, status)).inc();
    }
}

fn labels(route: &str, status: StatusCode) -> RouteAndStatus {
    [
        ("route", route.to_owned()),
        ("status", status.as_u16().to_string()),
    ]
}

/// Notes in the answer which route gave it: only the router knows.
pub(super) async fn note_route(matched: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(matched) = matched {
        response.extensions_mut().insert(matched);
    }
    response
}
