//! `POST /api/v1/sittings/{id}/start`: begins an attempt, goes on with it, or moves it to this device; gives the paper's key.

use axum::{
    Json,
    extract::{Path, State},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use protocol::{
    answers_file, deadline,
    epoch::Epoch,
    ids::{AttemptKey, SittingId},
    order,
    roster::Candidate,
    sitting::Sitting,
    token::{AttemptClaim, Claims},
};

use super::standing_form;
use crate::{
    attempts::rules::{Elsewhere, ReleaseState, StartRequest},
    feed::Catalogue,
    http::{
        extract::{JsonBody, SignedIn},
        forms::{StartAnswer, StartForm, held_responses},
        problem::Problem,
        served::{Served, candidate, district, not_withdrawn, notice, sitting_of},
    },
};

/// Starts, resumes or moves the candidate's attempt.
pub async fn start(
    State(served): State<Served>,
    SignedIn(claims): SignedIn,
    Path(id): Path<u32>,
    JsonBody(form): JsonBody<StartForm>,
) -> Result<Json<StartAnswer>, Problem> {
    served.limiter().start(&claims)?;
    let catalogue = served.feed().catalogue();
    let candidate = candidate(&catalogue, &claims)?;
    let sitting = sitting_of(&catalogue, SittingId(id), candidate)?;
    let notice = notice(&catalogue, sitting)?;
    not_withdrawn(&catalogue, sitting.paper)?;
    if let Some(other) = other_open(&served, &catalogue, candidate, sitting.id) {
        return Err(Problem::other_exam_open(other));
    }
    let release = catalogue.releases.get(&sitting.paper);
    let request = StartRequest {
        sitting,
        extra_permille: candidate.extra_permille,
        device: claims.device,
        node: served.attempts().book().own(),
        elsewhere: if form.moves {
            Elsewhere::Move
        } else {
            Elsewhere::Refuse
        },
        release: release.map_or(ReleaseState::Sealed, |_| ReleaseState::Released),
    };
    let key = AttemptKey {
        sitting: sitting.id,
        candidate: candidate.id,
    };
    let slot = served.attempts().start(key, request).await?;
    let held = slot.read(Clone::clone);
    let started = held.merged.started.ok_or_else(Problem::not_started)?;
    let epoch = held.merged.epoch().unwrap_or(Epoch::first(claims.device));
    let deadline = held.merged.deadline().unwrap_or(started.deadline);
    let now = served.when().at;
    let submitted = served.attempts().receipt(key).await?;
    let token = Claims {
        expires: served.token_expires(now, Some(deadline)),
        attempt: Some(AttemptClaim {
            sitting: sitting.id,
            epoch,
            deadline,
        }),
        ..claims
    };
    let district = district(&catalogue)?;
    Ok(Json(StartAnswer {
        token: served.token(district, &token)?,
        epoch,
        started: started.at,
        deadline,
        server_time: now,
        paper: started.paper,
        key: release.map(|key| STANDARD.encode(key)).unwrap_or_default(),
        file_key: STANDARD.encode(answers_file::key(&district.token_key, key)),
        order: order::of_candidate(&sitting.order_secret, candidate.id, &notice.outline),
        responses: held_responses(&held, |at| served.is_delivered(&at.log, at.sequence)),
        next_seq: held.next_seq(),
        submitted: submitted.map(|receipt| standing_form(&served, receipt)),
        reopened_at: held.merged.reopened.values().max().copied(),
    }))
}

/// Another sitting of the candidate in which an attempt runs, while the one that is asked for was not begun.
fn other_open<'a>(
    served: &Served,
    catalogue: &'a Catalogue,
    candidate: &Candidate,
    asked: SittingId,
) -> Option<&'a Sitting> {
    let now = served.when().at;
    let held = |sitting: SittingId| {
        let key = AttemptKey {
            sitting,
            candidate: candidate.id,
        };
        served.attempts().book().get(key)
    };
    let is_begun = held(asked).is_some_and(|slot| slot.read(|held| held.merged.started.is_some()));
    let is_open = |sitting: &Sitting| {
        held(sitting.id).is_some_and(|slot| {
            slot.read(|held| {
                let merged = &held.merged;
                let ends = merged.deadline().or(merged.started.map(|start| start.deadline));
                merged.submission().is_none() && ends.is_some_and(|ends| !deadline::is_expired(now, ends))
            })
        })
    };
    let mut others = catalogue.sittings.values().filter(|sitting| sitting.id != asked);
    others.find(|sitting| !is_begun && !catalogue.withdrawn.contains_key(&sitting.paper) && is_open(sitting))
}
