//! `GET /api/v1/sittings`: the candidate's sittings and what can be done in each, with district time, and when to look
//! again. A page that says what it knows is told in few bytes that nothing has changed: thousands ask this while they wait.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use protocol::{feed::PaperNotice, ids::AttemptKey, roster::Candidate, sitting::Sitting, time::Instant};

use crate::{
    attempts::slot::Held,
    feed::Catalogue,
    http::{
        extract::SignedIn,
        forms::{SealedForm, SittingForm, SittingState, SittingsAnswer},
        look_again::look_again_ms,
        page::{is_unchanged, quoted},
        problem::Problem,
        served::{Served, candidate},
    },
};

/// When to look again, where an answer has no body.
const LOOK_AGAIN_MS: HeaderName = HeaderName::from_static("look-again-ms");
/// District time, where an answer has no body.
const SERVER_TIME_MS: HeaderName = HeaderName::from_static("server-time-ms");

/// A candidate's sittings at one moment, the earliest first.
pub(super) struct Lobby<'a> {
    sittings: Vec<Seen<'a>>,
    now: Instant,
}

/// One of them.
struct Seen<'a> {
    sitting: &'a Sitting,
    state: SittingState,
    deadline: Option<Instant>,
    is_released: bool,
    /// Once the sealed paper is here.
    sealed: Option<&'a PaperNotice>,
}

/// Lists the candidate's sittings.
pub async fn sittings(
    State(served): State<Served>,
    SignedIn(claims): SignedIn,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    served.limiter().read(&claims)?;
    let catalogue = served.feed().catalogue();
    let candidate = candidate(&catalogue, &claims)?;
    let when = served.when();
    let lobby = Lobby::of(&served, &catalogue, candidate, when.at);
    let tag = lobby.tag(&catalogue);
    let mut response = if is_unchanged(&headers, &tag) {
        let number = |number: i64| HeaderValue::from(number);
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        let answer = response.headers_mut();
        answer.insert(LOOK_AGAIN_MS, number(lobby.look_again_ms().into()));
        answer.insert(SERVER_TIME_MS, number(when.at.0));
        response
    } else {
        Json(SittingsAnswer {
            server_time: when.at,
            clock_error_ms: when.error_ms,
            look_again_ms: lobby.look_again_ms(),
            sittings: lobby.forms(),
        })
        .into_response()
    };
    response.headers_mut().insert(header::ETAG, tag);
    Ok(response)
}

// === impl Lobby ===

impl<'a> Lobby<'a> {
    /// What the candidate may see now.
    pub(super) fn of(served: &Served, catalogue: &'a Catalogue, candidate: &Candidate, now: Instant) -> Self {
        let sittings = catalogue.sittings.values();
        let theirs = sittings.filter(|sitting| sitting.includes(candidate.district, &candidate.batch));
        let mut sittings: Vec<Seen<'a>> = theirs
            .map(|sitting| Seen::of(served, catalogue, sitting, candidate, now))
            .collect();
        sittings.sort_by_key(|seen| (seen.sitting.opens, seen.sitting.id));
        Self { sittings, now }
    }

    /// As the page is told.
    pub(super) fn forms(&self) -> Vec<SittingForm> {
        self.sittings.iter().map(Seen::form).collect()
    }

    /// When the page should look again, in milliseconds from now.
    pub(super) fn look_again_ms(&self) -> u32 {
        let waits = self.sittings.iter().map(|seen| {
            let is_complete = seen.is_released && seen.sealed.is_some();
            (seen.state, seen.sitting.opens, is_complete)
        });
        look_again_ms(waits, self.now, rand::random())
    }

    /// Another whenever the list has changed: by the feed, by the candidate's own doing, or by the time.
    fn tag(&self, catalogue: &Catalogue) -> HeaderValue {
        let mut hasher = DefaultHasher::new();
        catalogue.revision.hash(&mut hasher);
        for seen in &self.sittings {
            (seen.sitting.id, seen.state, seen.deadline, seen.is_released).hash(&mut hasher);
            seen.sealed.is_some().hash(&mut hasher);
        }
        quoted(&format!("{:016x}", hasher.finish()))
    }
}

impl<'a> Seen<'a> {
    fn of(
        served: &Served,
        catalogue: &'a Catalogue,
        sitting: &'a Sitting,
        candidate: &Candidate,
        now: Instant,
    ) -> Self {
        let slot = served.attempts().book().get(AttemptKey {
            sitting: sitting.id,
            candidate: candidate.id,
        });
        let (state, deadline) = slot.map_or((state_before_start(sitting, now), None), |slot| {
            slot.read(|held| (state(held, sitting, now), held.merged.deadline()))
        });
        let notice = catalogue.papers.get(&sitting.paper);
        let is_withdrawn = catalogue.withdrawn.contains_key(&sitting.paper);
        Self {
            sitting,
            state: match state {
                SittingState::Submitted => SittingState::Submitted,
                _ if is_withdrawn => SittingState::Withdrawn,
                other => other,
            },
            deadline,
            is_released: catalogue.releases.contains_key(&sitting.paper),
            sealed: notice.filter(|notice| served.feed().blob(notice.blob).is_some()),
        }
    }

    fn form(&self) -> SittingForm {
        let sitting = self.sitting;
        SittingForm {
            id: sitting.id,
            title: sitting.title.clone(),
            paper: sitting.paper,
            opens: sitting.opens,
            closes: sitting.closes,
            duration_ms: sitting.duration_ms,
            state: self.state,
            deadline: self.deadline,
            released: self.is_released,
            sealed: self.sealed.map(|notice| SealedForm {
                url: format!("/api/v1/papers/{}/{}", sitting.paper.paper, sitting.paper.version),
                bytes: notice.bytes,
                hash: notice.blob,
            }),
        }
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
