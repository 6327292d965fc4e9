//! The form in which a problem goes out: `application/problem+json` (RFC 9457) and the headers that belong to it.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::Problem;
use crate::http::elsewhere::sends_away;

impl Problem {
    /// The members of the JSON object.
    pub fn to_json(&self) -> Value {
        let mut object = self.more.clone();
        object.insert(
            "type".into(),
            json!(format!("urn:pariksha:problem:{}", self.slug)),
        );
        object.insert("title".into(), json!(self.title));
        object.insert("status".into(), json!(self.status.as_u16()));
        object.insert("detail".into(), json!(self.detail));
        if let Some(wait) = self.retry_after {
            object.insert("retry_after_ms".into(), json!(wait.as_millis() as u64));
        }
        Value::Object(object)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let kept = sends_away(self.status).then(|| self.clone());
        let mut response = Response::new(Body::from(self.to_json().to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_millis().div_ceil(1000) as u64;
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        // For whoever adds to it on the way out.
        if let Some(problem) = kept {
            response.extensions_mut().insert(problem);
        }
        response
    }
}
