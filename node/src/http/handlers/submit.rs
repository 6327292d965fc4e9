//! `POST /api/v1/attempt/submit`: hands the attempt in, idempotent, and gives the receipt.

use axum::{Json, extract::State};
use serde_json::json;

use super::submitted_form;
use crate::{
    attempts::{
        Failure,
        rules::{SubmitRefusal, SubmitRequest},
        slot::Place,
    },
    http::{
        extract::{JsonBody, OnAttempt},
        forms::{SubmitForm, SubmittedForm, held_responses},
        problem::Problem,
        served::Served,
    },
};

/// Hands in.
pub async fn submit(
    State(served): State<Served>,
    token: OnAttempt,
    JsonBody(form): JsonBody<SubmitForm>,
) -> Result<Json<SubmittedForm>, Problem> {
    served.limiter().submit(&token.claims)?;
    let request = SubmitRequest {
        id: form.submission,
        digest: form.digest,
    };
    match served.attempts().submit(token.key(), request).await {
        Ok(handed_in) => Ok(Json(submitted_form(&served, &handed_in))),
        Err(failure @ Failure::Refused(SubmitRefusal::DigestDiffers { .. })) => {
            // So that the page sees what is missing and sends it.
            let slot = served.attempts().book().get(token.key());
            let is_delivered = |at: &Place| served.is_delivered(&at.log, at.sequence);
            let responses = slot.map(|slot| slot.read(|held| held_responses(held, is_delivered)));
            Err(Problem::from(failure).with(json!({ "responses": responses })))
        }
        Err(failure) => Err(failure.into()),
    }
}
