//! Which path is answered by what. `docs/api/ops.md` lists the same.

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    middleware,
    response::IntoResponse,
    routing::{delete, get, post},
};

use super::{
    Api, access, exported, keys, logs, marks, papers, problem::Problem, receipts, reconciliation, registry,
    release, results, roster, sittings, status,
};

/// The whole API.
pub(crate) fn router(api: Api) -> Router {
    let protected = Router::new()
        .route("/api/v1/status", get(status::status))
        .route(
            "/api/v1/districts",
            get(registry::districts).post(registry::add_district),
        )
        .route("/api/v1/nodes", get(registry::nodes))
        .route("/api/v1/nodes/token", post(registry::node_token))
        .route("/api/v1/coordinators", get(status::coordinators))
        .route("/api/v1/coordinators/token", post(registry::coordinator_token))
        .route("/api/v1/coordinators/{id}", delete(registry::remove_coordinator))
        .route("/api/v1/roster", post(roster::take))
        .route("/api/v1/candidates", get(roster::registered))
        .route("/api/v1/papers", get(papers::list).post(papers::import))
        .route("/api/v1/papers/{paper}/key", post(keys::correct_key))
        .route("/api/v1/papers/{paper}/release", post(release::release))
        .route("/api/v1/papers/{paper}/schedule", post(release::schedule))
        .route("/api/v1/papers/{paper}/unschedule", post(release::unschedule))
        .route("/api/v1/papers/{paper}/withdraw", post(release::withdraw))
        .route("/api/v1/papers/{paper}/shares", post(release::shares))
        .route(
            "/api/v1/officers",
            get(release::officers).post(release::add_officer),
        )
        .route("/api/v1/officers/{officer}/remove", post(release::remove_officer))
        .route("/api/v1/sittings", get(sittings::list).post(sittings::create))
        .route("/api/v1/sittings/{sitting}/score", post(results::score))
        .route("/api/v1/sittings/{sitting}/results", get(results::export))
        .route("/api/v1/sittings/{sitting}/versions", get(results::versions))
        .route("/api/v1/sittings/{sitting}/compare", get(results::compare))
        .route("/api/v1/sittings/{sitting}/analysis", get(results::analyse))
        .route("/api/v1/sittings/{sitting}/tables/{table}", get(results::table))
        .route("/api/v1/normalised", get(results::normalise))
        .route("/api/v1/sittings/{sitting}/marks", get(marks::status))
        .route("/api/v1/sittings/{sitting}/tolerance", post(marks::tolerate))
        .route("/api/v1/sittings/{sitting}/scripts/{item}", get(marks::scripts))
        .route("/api/v1/marks", post(marks::take))
        .route(
            "/api/v1/sittings/{sitting}/reconciliation",
            get(reconciliation::reconcile),
        )
        .route("/api/v1/sittings/{sitting}/attempts", get(results::attempts))
        .route("/api/v1/cluster", get(exported::cluster))
        .route("/api/v1/receipts/check", post(receipts::check))
        .route("/api/v1/logs", get(logs::list))
        .route("/api/v1/logs/import", post(exported::import))
        .route("/api/v1/logs/{log}/frames", get(logs::frames))
        .route("/api/v1/logs/{log}/forks", get(logs::forks))
        .route("/metrics", get(metrics))
        .route_layer(middleware::from_fn_with_state(api.clone(), access::require_token));
    Router::new()
        .merge(protected)
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .fallback(|| async { Problem::not_found("there is nothing here; docs/api/ops.md lists the paths") })
        .method_not_allowed_fallback(|| async { Problem::method() })
        .with_state(api)
}

/// Ready: it knows its cluster and a leader.
async fn readyz(State(api): State<Api>) -> impl IntoResponse {
    let knows_cluster = api.centre.read(|state| state.cluster().is_some());
    let leader = api.centre.leader();
    let ready = knows_cluster && leader.is_some();
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = serde_json::json!({
        "ready": ready,
        "knows_cluster": knows_cluster,
        "leader": leader.map(|id| id.0),
    });
    (status, axum::Json(body))
}

async fn metrics(State(api): State<Api>) -> impl IntoResponse {
    api.figures.set(&api).await;
    (
        [(header::CONTENT_TYPE, daemon::metrics::CONTENT_TYPE)],
        api.metrics.encode(),
    )
}
