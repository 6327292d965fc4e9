//! Districts, nodes, coordinators: listing, adding, join tokens.

use std::time::Duration;

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use link::Fingerprint;
use protocol::{
    hash::Hash,
    ids::{CoordinatorId, DistrictId},
    wire::join::{JoinToken, Newcomer},
};
use state::{Command, NewNewcomer, Outcome};

use super::{
    Api,
    extract::Json,
    problem::Problem,
    shapes::{AddDistrict, DistrictRow, JoinTokenMade, MakeNodeToken, NodeRow},
};
use crate::query;

/// How long a join token may be used: long enough to drive to the district.
const TOKEN_LASTS: Duration = Duration::from_secs(7 * 24 * 3600);

pub(super) async fn districts(State(api): State<Api>) -> axum::Json<Vec<DistrictRow>> {
    axum::Json(api.centre.read(query::districts))
}

pub(super) async fn add_district(
    State(api): State<Api>,
    Json(request): Json<AddDistrict>,
) -> Result<axum::Json<DistrictRow>, Problem> {
    let command = Command::AddDistrict { name: request.name };
    let Outcome::District(id) = api.propose(command).await? else {
        return Err(Problem::fault("adding a district gave an unexpected answer"));
    };
    let row = api
        .seen(|state| query::districts(state).into_iter().find(|row| row.id == id.0))
        .await?;
    Ok(axum::Json(row))
}

pub(super) async fn nodes(State(api): State<Api>) -> axum::Json<Vec<NodeRow>> {
    axum::Json(api.centre.read(query::nodes))
}

pub(super) async fn node_token(
    State(api): State<Api>,
    Json(request): Json<MakeNodeToken>,
) -> Result<axum::Json<JoinTokenMade>, Problem> {
    let district = district(&api, &request.district)?;
    let newcomer = NewNewcomer::NewNode {
        name: request.name,
        district,
    };
    token(&api, newcomer).await
}

pub(super) async fn coordinator_token(State(api): State<Api>) -> Result<axum::Json<JoinTokenMade>, Problem> {
    token(&api, NewNewcomer::NewCoordinator).await
}

/// Takes it out of the voters first: an id that is not in the registry must not vote.
pub(super) async fn remove_coordinator(
    State(api): State<Api>,
    Path(id): Path<u64>,
) -> Result<StatusCode, Problem> {
    let id = CoordinatorId(id);
    let is_registered = |state: &state::State| {
        state
            .coordinators()
            .any(|(known, row)| known == id && !row.removed)
    };
    if !api.centre.read(is_registered) {
        return Err(Problem::not_found(format!(
            "there is no coordinator {id}; parikshactl coordinator list shows them"
        )));
    }
    if api.centre.members().iter().any(|member| member.id == id) {
        api.centre.remove_voter(id).await?;
    }
    api.propose(Command::RemoveCoordinator { id }).await?;
    // One that has just left hears of no further change, not even this one.
    if id != api.centre.id() {
        api.seen(|state| (!is_registered(state)).then_some(())).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// A district by name (whatever its case) or number.
pub(super) fn district(api: &Api, text: &str) -> Result<DistrictId, Problem> {
    let wanted = text.trim();
    let districts = api.centre.read(query::districts);
    let found = districts
        .iter()
        .find(|row| row.name.to_lowercase() == wanted.to_lowercase())
        .or_else(|| districts.iter().find(|row| row.id.to_string() == wanted));
    found.map(|row| DistrictId(row.id)).ok_or_else(|| {
        let known: Vec<&str> = districts.iter().map(|row| row.name.as_str()).collect();
        Problem::not_found(format!(
            "there is no district `{wanted}`; known are: {}",
            known.join(", ")
        ))
    })
}

async fn token(api: &Api, newcomer: NewNewcomer) -> Result<axum::Json<JoinTokenMade>, Problem> {
    let secret: [u8; 16] = rand::random();
    let expires = api.now().plus_ms(TOKEN_LASTS.as_millis() as i64);
    let command = Command::MakeJoin {
        newcomer,
        secret_hash: JoinToken::secret_hash(&secret),
        expires,
    };
    let Outcome::Join(newcomer) = api.propose(command).await? else {
        return Err(Problem::fault("making a join token gave an unexpected answer"));
    };
    let token = JoinToken {
        newcomer,
        secret,
        ca_fingerprint: Hash(*ca_fingerprint(api)?.as_bytes()),
    };
    let id = match newcomer {
        Newcomer::Node(id) => u64::from(id.0),
        Newcomer::Coordinator(id) => id.0,
    };
    Ok(axum::Json(JoinTokenMade {
        token: token.to_string(),
        id,
        expires: expires.0,
    }))
}

/// SHA-256 of the CA certificate's DER.
fn ca_fingerprint(api: &Api) -> Result<Fingerprint, Problem> {
    use rustls_pki_types::{CertificateDer, pem::PemObject};
    let pem = api
        .centre
        .read(|state| state.cluster().map(|cluster| cluster.ca_certificate.clone()));
    let pem = pem.ok_or_else(|| Problem::unavailable("this coordinator does not know its cluster yet"))?;
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(Problem::fault)?;
    Ok(Fingerprint::from(Hash::sha256(&der).0))
}
