//! How many requests there were, how they ended and how long they took, by route: for `/metrics`.

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use daemon::metrics::{Counter, Family, HistogramFamily, LATENCY_SECONDS};

use super::served::Served;

type Route = [(&'static str, String); 1];
type RouteAndStatus = [(&'static str, String); 2];

/// The figures.
#[derive(Debug, Clone)]
pub struct Measured {
    requests: Family<RouteAndStatus, Counter>,
    seconds: HistogramFamily<Route>,
}

impl Measured {
    /// Registers the figures.
    pub fn new(metrics: &daemon::Metrics) -> Self {
        Self {
            requests: metrics.counters("http_requests", "Requests by route and status"),
            seconds: metrics.histograms(
                "http_seconds",
                "Time to the answer's head, by route",
                &LATENCY_SECONDS,
            ),
        }
    }
}

/// Counts and times a request. The labels are routes as they are written in the router, so their number is bounded.
pub async fn measure(State(served): State<Served>, request: Request, next: Next) -> Response {
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or_else(|| "other".to_owned(), |path| path.as_str().to_owned());
    let began = tokio::time::Instant::now();
    let response = next.run(request).await;
    let measured = served.measured();
    let status = response.status().as_u16().to_string();
    measured
        .seconds
        .get_or_create(&[("route", route.clone())])
        .observe(began.elapsed().as_secs_f64());
    measured
        .requests
        .get_or_create(&[("route", route), ("status", status)])
        .inc();
    response
}
