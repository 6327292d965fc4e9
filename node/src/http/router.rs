//! Which path is whose: the API under `/api/v1`, its description, and the page for everything else.

use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
    middleware::from_fn_with_state,
    response::IntoResponse,
    routing::{get, post},
};
use tower_http::set_header::SetResponseHeaderLayer;

use super::{cors, elsewhere, handlers, measure, page, problem::Problem, served::Served};

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
        .route("/v1/attempt/responses", post(handlers::responses::save))
        .route("/v1/attempt/submit", post(handlers::submit::submit))
        .route("/v1/receipts/check", post(handlers::receipts::check))
        .route("/openapi.json", get(openapi))
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        // An answer about a candidate is theirs alone; what may be cached says so itself.
        .layer(if_absent(header::CACHE_CONTROL, "no-store"))
        .layer(from_fn_with_state(served.clone(), elsewhere::name_others))
        .layer(from_fn_with_state(served.clone(), cors::allow_peers));
    Router::new()
        .nest("/api", api)
        .fallback(page::serve)
        .layer(from_fn_with_state(served.clone(), measure::measure))
        .layer(if_absent(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(if_absent(header::REFERRER_POLICY, "no-referrer"))
        .layer(if_absent(
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ))
        .with_state(served)
}

fn if_absent(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI)
}
