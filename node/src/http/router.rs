//! Which path is whose: the API under `/api/v1`, its description, and the page for everything else. What all answers
//! have in common is [`super::face`]'s, which also takes the saves out before they come here.

use axum::{
    Router,
    http::header,
    middleware::from_fn,
    response::IntoResponse,
    routing::{get, post},
};

use super::{handlers, measure, page, problem::Problem, served::Served};

/// The description that clients are written from.
const OPENAPI: &str = include_str!("../../../docs/api/candidate.openapi.json");

/// The whole service.
pub fn router(served: Served) -> Router {
    let api = Router::new()
        .route("/v1/sign-in", post(handlers::sign_in::sign_in))
        .route("/v1/sittings", get(handlers::sittings::sittings))
        .route("/v1/papers/{paper}/{version}", get(handlers::papers::paper))
        .route("/v1/sittings/{id}/start", post(handlers::start::start))
        .route("/v1/attempt", get(handlers::attempt::attempt))
        // Saved by POST, which never comes here; whoever asks otherwise hears what is wrong with the method.
        .route("/v1/attempt/responses", post(async || Problem::not_found()))
        .route("/v1/attempt/submit", post(handlers::submit::submit))
        .route("/v1/receipts/check", post(handlers::receipts::check))
        .route("/openapi.json", get(openapi))
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::method_not_allowed());
    Router::new()
        .nest("/api", api)
        .fallback(page::serve)
        .layer(from_fn(measure::note_route))
        .with_state(served)
}

async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI)
}
