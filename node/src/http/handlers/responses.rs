//! `POST /api/v1/attempt/responses`: saves responses; answers only when they are durable.

use std::{borrow::Cow, sync::LazyLock};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Request, header},
    response::Response,
};
use hyper::body::Incoming;
use protocol::ids::Sequence;

use crate::{
    attempts::{
        NO_SEQUENCE, Saved,
        rules::{AnswerRequest, Verdict},
        slot::Place,
    },
    http::{
        extract::{OnAttempt, text_of},
        face::{Kind, guard},
        forms::{
            AcknowledgedForm, AcknowledgedState, RESPONSES_MAX, RefusedForm, ResponsesAnswer, ResponsesForm,
        },
        problem::{Problem, slug_of},
        served::{Served, notice},
    },
    log::Log,
};

/// The headers of an answer that was saved: all that [`guard`] asks of it, made once.
static HEADERS: LazyLock<HeaderMap> = LazyLock::new(|| {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    guard(&mut headers, Kind::Save);
    headers
});

/// Saves what the page sends.
pub async fn save(served: &Served, request: Request<Incoming>) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let catalogue = served.feed().catalogue();
    let token = OnAttempt::under(&catalogue, &parts.headers, served, served.when().at)?;
    // What is not needed any more is not kept while the answer is written to the disk.
    drop(parts);
    let form = ResponsesForm::read(&text_of(body, served).await?).map_err(Problem::bad_request)?;
    served.limiter().save(&token.claims)?;
    if form.responses.is_empty() || form.responses.len() > RESPONSES_MAX {
        let detail = format!("a request carries 1 to {RESPONSES_MAX} responses");
        return Err(Problem::bad_request(detail));
    }
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
    let withdrawn = catalogue.withdrawn.get(&sitting.paper);
    respond(served, &requests, saved, withdrawn.map(String::as_str))
}

fn respond(
    served: &Served,
    requests: &[AnswerRequest],
    saved: Saved,
    withdrawn: Option<&str>,
) -> Result<Response, Problem> {
    let mut answer = ResponsesAnswer {
        durability: saved.durability,
        acknowledged: Vec::with_capacity(requests.len()),
        refused: Vec::new(),
        deadline: saved.deadline,
        server_time: served.when().at,
        epoch_current: saved.is_epoch_current,
        withdrawn,
    };
    let log = served.attempts().log();
    let acknowledged =
        |request: &AnswerRequest, place, late, state| acknowledged(log, request, place, late, state);
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
    let text = answer.to_json().map_err(Problem::bad_request)?;
    let mut response = Response::new(Body::from(text));
    response.headers_mut().clone_from(&HEADERS);
    Ok(response)
}

fn acknowledged<'a>(
    own: &'a Log,
    request: &AnswerRequest,
    place: Option<Place>,
    late: bool,
    state: AcknowledgedState,
) -> AcknowledgedForm<'a> {
    let sequence: Sequence = place.map_or(NO_SEQUENCE, |place| place.sequence);
    AcknowledgedForm {
        item: request.item,
        seq: request.seq,
        log: match place {
            None => Cow::Borrowed(""),
            Some(place) if place.log == own.id() => Cow::Borrowed(own.name()),
            Some(place) => Cow::Owned(place.log.to_string()),
        },
        sequence,
        late,
        state,
    }
}
