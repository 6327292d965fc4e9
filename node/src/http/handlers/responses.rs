//! `POST /api/v1/attempt/responses`: saves responses; answers only when they are durable.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use protocol::ids::Sequence;

use crate::{
    attempts::{
        NO_SEQUENCE, Saved,
        rules::{AnswerRequest, Verdict},
        slot::Place,
    },
    http::{
        extract::{JsonBody, OnAttempt},
        forms::{
            AcknowledgedForm, AcknowledgedState, RESPONSES_MAX, RefusedForm, ResponsesAnswer, ResponsesForm,
        },
        problem::{Problem, slug_of},
        served::{Served, notice},
    },
};

/// Saves what the page sends.
pub async fn save(
    State(served): State<Served>,
    token: OnAttempt,
    JsonBody(form): JsonBody<ResponsesForm>,
) -> Result<Response, Problem> {
    served.limiter().save(&token.claims)?;
    if form.responses.is_empty() || form.responses.len() > RESPONSES_MAX {
        let detail = format!("a request carries 1 to {RESPONSES_MAX} responses");
        return Err(Problem::bad_request(detail));
    }
    let catalogue = served.feed().catalogue();
    let sitting = catalogue.sittings.get(&token.attempt.sitting);
    let sitting = sitting.ok_or_else(|| Problem::no_such_sitting(token.attempt.sitting))?;
    let outline = &notice(&catalogue, sitting)?.outline;
    let requests: Vec<AnswerRequest> = form
        .responses
        .into_iter()
        .map(|response| AnswerRequest {
            item: response.item,
            seq: response.seq,
            response: response.response,
            marked: response.marked,
        })
        .collect();
    let stay = (token.attempt.epoch, token.attempt.deadline);
    let saved = served
        .attempts()
        .save(token.key(), outline, stay, &requests)
        .await?;
    respond(&served, &token, &requests, saved)
}

fn respond(
    served: &Served,
    token: &OnAttempt,
    requests: &[AnswerRequest],
    saved: Saved,
) -> Result<Response, Problem> {
    let slot = served.attempts().book().get(token.key());
    let deadline = slot.and_then(|slot| slot.read(|held| held.merged.deadline()));
    let mut answer = ResponsesAnswer {
        durability: saved.durability,
        acknowledged: Vec::new(),
        refused: Vec::new(),
        deadline: deadline.unwrap_or(token.attempt.deadline),
        server_time: served.when().at,
        epoch_current: saved.is_epoch_current,
    };
    for (request, (verdict, place)) in requests.iter().zip(saved.answers) {
        match verdict {
            Verdict::Save { late } => {
                let form = acknowledged(request, place, late, AcknowledgedState::Saved);
                answer.acknowledged.push(form);
            }
            Verdict::AlreadySaved { late, .. } => {
                let form = acknowledged(request, place, late, AcknowledgedState::AlreadySaved);
                answer.acknowledged.push(form);
            }
            Verdict::Superseded => {
                let form = acknowledged(request, None, false, AcknowledgedState::Superseded);
                answer.acknowledged.push(form);
            }
            Verdict::Refused(refusal) => answer.refused.push(RefusedForm {
                item: request.item,
                seq: request.seq,
                problem: slug_of(&refusal),
                detail: refusal.to_string(),
            }),
        }
    }
    if answer.acknowledged.is_empty() {
        let body = serde_json::to_value(&answer).map_err(Problem::bad_request)?;
        return Err(Problem::all_refused(body));
    }
    Ok(Json(answer).into_response())
}

fn acknowledged(
    request: &AnswerRequest,
    place: Option<Place>,
    late: bool,
    state: AcknowledgedState,
) -> AcknowledgedForm {
    let sequence: Sequence = place.map_or(NO_SEQUENCE, |place| place.sequence);
    AcknowledgedForm {
        item: request.item,
        seq: request.seq,
        log: place.map(|place| place.log.to_string()).unwrap_or_default(),
        sequence,
        late,
        state,
    }
}
