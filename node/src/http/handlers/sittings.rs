//! `GET /api/v1/sittings`: the candidate's sittings and what can be done in each, with district time.

use axum::{Json, extract::State};
use protocol::{ids::AttemptKey, roster::Candidate, sitting::Sitting, time::Instant};

use crate::{
    attempts::slot::Held,
    feed::Catalogue,
    http::{
        extract::SignedIn,
        forms::{SealedForm, SittingForm, SittingState, SittingsAnswer},
        problem::Problem,
        served::{Served, candidate},
    },
};

/// Lists the candidate's sittings.
pub async fn sittings(
    State(served): State<Served>,
    SignedIn(claims): SignedIn,
) -> Result<Json<SittingsAnswer>, Problem> {
    served.limiter().read(&claims)?;
    let catalogue = served.feed().catalogue();
    let candidate = candidate(&catalogue, &claims)?;
    let when = served.when();
    Ok(Json(SittingsAnswer {
        server_time: when.at,
        clock_error_ms: when.error_ms,
        sittings: sitting_forms(&served, &catalogue, candidate, when.at),
    }))
}

/// The candidate's sittings, the earliest first.
pub(super) fn sitting_forms(
    served: &Served,
    catalogue: &Catalogue,
    candidate: &Candidate,
    now: Instant,
) -> Vec<SittingForm> {
    let sittings = catalogue.sittings.values();
    let theirs = sittings.filter(|sitting| sitting.includes(candidate.district, &candidate.batch));
    let mut forms: Vec<SittingForm> = theirs
        .map(|sitting| sitting_form(served, catalogue, sitting, candidate, now))
        .collect();
    forms.sort_by_key(|form| (form.opens, form.id));
    forms
}

fn sitting_form(
    served: &Served,
    catalogue: &Catalogue,
    sitting: &Sitting,
    candidate: &Candidate,
    now: Instant,
) -> SittingForm {
    let slot = served.attempts().book().get(AttemptKey {
        sitting: sitting.id,
        candidate: candidate.id,
    });
    let (state, deadline) = slot.map_or((state_before_start(sitting, now), None), |slot| {
        slot.read(|held| (state(held, sitting, now), held.merged.deadline()))
    });
    let notice = catalogue.papers.get(&sitting.paper);
    let notice = notice.filter(|notice| served.feed().blob(notice.blob).is_some());
    SittingForm {
        id: sitting.id,
        title: sitting.title.clone(),
        paper: sitting.paper,
        opens: sitting.opens,
        closes: sitting.closes,
        duration_ms: sitting.duration_ms,
        state,
        deadline,
        released: catalogue.releases.contains_key(&sitting.paper),
        sealed: notice.map(|notice| SealedForm {
            url: format!("/api/v1/papers/{}/{}", sitting.paper.paper, sitting.paper.version),
            bytes: notice.bytes,
            hash: notice.blob,
        }),
    }
}

fn state(held: &Held, sitting: &Sitting, now: Instant) -> SittingState {
    if held.merged.submission().is_some() {
        SittingState::Submitted
    } else if held.merged.started.is_some() {
        SittingState::Started
    } else {
        state_before_start(sitting, now)
    }
}

fn state_before_start(sitting: &Sitting, now: Instant) -> SittingState {
    if now < sitting.opens {
        SittingState::Waiting
    } else if now < sitting.closes {
        SittingState::Open
    } else {
        SittingState::Closed
    }
}
