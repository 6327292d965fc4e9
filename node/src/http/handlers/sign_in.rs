//! `POST /api/v1/sign-in`: candidate number and access code against the roster; a token for every node of the state.

use axum::{Json, extract::State};
use protocol::{
    deadline,
    ids::{AttemptKey, DeviceTag},
    roster::{Candidate, is_access_code},
    sitting::Sitting,
    time::Instant,
    token::Claims,
};

use super::sittings::Lobby;
use crate::{
    feed::Catalogue,
    http::{
        extract::{JsonBody, PeerAddress},
        forms::{CandidateForm, NodeForm, SignInAnswer, SignInForm},
        problem::Problem,
        served::{Served, district},
    },
};

/// A sign-in this long before a sitting opens is noted as one for that sitting.
const AHEAD_MS: i64 = 12 * 3_600_000;

/// Signs a candidate in.
pub async fn sign_in(
    State(served): State<Served>,
    address: PeerAddress,
    JsonBody(form): JsonBody<SignInForm>,
) -> Result<Json<SignInAnswer>, Problem> {
    served.limiter().sign_in_from(address.0)?;
    let catalogue = served.feed().catalogue();
    let district = district(&catalogue)?;
    let candidate = catalogue.candidates.get(&form.candidate);
    let candidate = candidate.ok_or_else(Problem::sign_in_refused)?;
    served.limiter().sign_in_of(candidate.id)?;
    if !is_access_code(&district.code_key, candidate, &form.access_code) {
        return Err(Problem::sign_in_refused());
    }
    let device = form.device.unwrap_or_else(|| DeviceTag(rand::random()));
    let now = served.when().at;
    let keys = current_attempts(&catalogue, candidate, now);
    served.attempts().signed_in(&keys, device).await?;
    let claims = Claims {
        candidate: candidate.id,
        district: candidate.district,
        device,
        expires: served.token_expires(now, None),
        attempt: None,
    };
    let lobby = Lobby::of(&served, &catalogue, candidate, now);
    Ok(Json(SignInAnswer {
        token: served.token(district, &claims)?,
        device,
        candidate: CandidateForm {
            id: candidate.id,
            name: candidate.name.clone(),
            roll: candidate.roll.clone(),
            district: candidate.district,
        },
        server_time: now,
        nodes: nodes(&served, &catalogue),
        sittings: lobby.forms(),
        look_again_ms: lobby.look_again_ms(),
    }))
}

/// The candidate's attempts of sittings that are on, or soon will be.
fn current_attempts(catalogue: &Catalogue, candidate: &Candidate, now: Instant) -> Vec<AttemptKey> {
    let is_current = |sitting: &Sitting| {
        let ends = deadline::at_start(sitting, sitting.closes, candidate.extra_permille);
        sitting.includes(candidate.district, &candidate.batch)
            && now <= ends.max(sitting.closes)
            && now >= sitting.opens.plus_ms(-AHEAD_MS)
    };
    let sittings = catalogue.sittings.values().filter(|sitting| is_current(sitting));
    sittings
        .map(|sitting| AttemptKey {
            sitting: sitting.id,
            candidate: candidate.id,
        })
        .collect()
}

/// Where the page may go: this node, then the others of the district.
fn nodes(served: &Served, catalogue: &Catalogue) -> Vec<NodeForm> {
    let own = served.attempts().book().own();
    let peers = catalogue.peers_of(own);
    let entries = catalogue.node(own).into_iter().chain(peers);
    entries
        .map(|entry| NodeForm {
            name: entry.name.clone(),
            url: entry.candidate_url.clone(),
        })
        .collect()
}
