//! `GET /api/v1/attempt`: what the node holds of the candidate's attempt, so that a page can compare and go on.

use axum::{Json, extract::State};
use protocol::epoch::Epoch;

use super::standing_form;
use crate::http::{
    extract::OnAttempt,
    forms::{AttemptAnswer, held_responses},
    problem::Problem,
    served::Served,
};

/// Reads the attempt back.
pub async fn attempt(State(served): State<Served>, token: OnAttempt) -> Result<Json<AttemptAnswer>, Problem> {
    served.limiter().read(&token.claims)?;
    let slot = served.attempts().book().get(token.key());
    let held = slot.ok_or_else(Problem::not_started)?.read(Clone::clone);
    let started = held.merged.started.ok_or_else(Problem::not_started)?;
    let epoch = held.merged.epoch().unwrap_or(Epoch::first(token.claims.device));
    let submitted = served.attempts().receipt(token.key()).await?;
    let submitted = submitted.map(|receipt| standing_form(&served, receipt));
    let catalogue = served.feed().catalogue();
    let withdrawn = catalogue.withdrawn.get(&started.paper);
    Ok(Json(AttemptAnswer {
        sitting: token.attempt.sitting,
        epoch,
        started: started.at,
        deadline: held.merged.deadline().unwrap_or(started.deadline),
        server_time: served.when().at,
        responses: held_responses(&held, |at| served.is_delivered(&at.log, at.sequence)),
        next_seq: held.next_seq(),
        delivered: submitted.as_ref().is_some_and(|submitted| submitted.delivered),
        submitted,
        withdrawn: withdrawn.cloned(),
    }))
}
