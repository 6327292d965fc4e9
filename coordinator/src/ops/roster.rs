//! Candidates, in chunks. Access codes pass through here in the clear once, under TLS, and become keyed hashes at once.

use axum::extract::State;
use protocol::{
    hash::Hash,
    ids::{CandidateId, DistrictId},
    limits::ROSTER_PAGE_MAX,
    roster::{Candidate, access_code_hash, normal_access_code},
};
use serde::Deserialize;
use state::Command;

use super::{
    Api,
    extract::{Json, Query},
    problem::Problem,
    shapes::{InputError, REGISTERED_PAGE, Registered, RosterChunk, RosterEntry, RosterTaken},
};

/// Which page of the registered.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    /// The last number of the page before; 0 for the first.
    #[serde(default)]
    after: u32,
}

pub(super) async fn registered(State(api): State<Api>, Query(page): Query<Page>) -> axum::Json<Registered> {
    let candidates: Vec<RosterEntry> = api.centre.read(|state| {
        let after = state.candidates_after(CandidateId(page.after));
        after.take(REGISTERED_PAGE).map(entry).collect()
    });
    let is_full = candidates.len() == REGISTERED_PAGE;
    let next_after = candidates.last().filter(|_| is_full).map(|last| last.number);
    axum::Json(Registered {
        candidates,
        next_after,
    })
}

/// A candidate as a roster names them, without their code.
fn entry(candidate: &Candidate) -> RosterEntry {
    RosterEntry {
        number: candidate.id.0,
        name: candidate.name.clone(),
        roll: candidate.roll.clone(),
        district: candidate.district.0,
        batch: candidate.batch.clone(),
        extra_permille: candidate.extra_permille,
        access_code: None,
    }
}

/// Takes a chunk whole or not at all. An entry's place in the chunk, from 1, is its line in the errors.
pub(super) async fn take(
    State(api): State<Api>,
    Json(chunk): Json<RosterChunk>,
) -> Result<axum::Json<RosterTaken>, Problem> {
    let count = chunk.candidates.len();
    if count > ROSTER_PAGE_MAX {
        return Err(Problem::bad_request(format!(
            "at most {ROSTER_PAGE_MAX} candidates a request; send it in chunks"
        )));
    }
    let cluster = api
        .centre
        .read(|state| state.cluster().map(|cluster| cluster.code_key));
    let code_key =
        cluster.ok_or_else(|| Problem::unavailable("this coordinator does not know its cluster yet"))?;
    let mut candidates = Vec::with_capacity(count);
    let mut errors = Vec::new();
    for (line, entry) in (1..).zip(chunk.candidates) {
        match code_hash(&api, &entry, &code_key) {
            Ok(code_hash) => candidates.push(candidate(entry, code_hash)),
            Err(problem) => errors.push(InputError {
                line,
                column: "access_code".into(),
                problem,
            }),
        }
    }
    if !errors.is_empty() {
        return Err(Problem::input(errors));
    }
    let last = candidates.last().cloned();
    api.propose(Command::Enrol { candidates }).await?;
    if let Some(last) = last {
        api.seen(|state| (state.candidate(last.id) == Some(&last)).then_some(()))
            .await?;
    }
    Ok(axum::Json(RosterTaken {
        imported: count as u64,
    }))
}

fn code_hash(api: &Api, entry: &RosterEntry, code_key: &Hash) -> Result<Hash, String> {
    let id = CandidateId(entry.number);
    match &entry.access_code {
        Some(code) => normal_access_code(code)
            .map(|code| access_code_hash(code_key, id, &code))
            .ok_or_else(|| format!("candidate {id}: this is not an access code (16 letters and digits)")),
        None => api
            .centre
            .read(|state| state.candidate(id).map(|candidate| candidate.code_hash))
            .ok_or_else(|| format!("candidate {id} is new and needs an access code")),
    }
}

fn candidate(entry: RosterEntry, code_hash: Hash) -> Candidate {
    Candidate {
        id: CandidateId(entry.number),
        district: DistrictId(entry.district),
        name: entry.name,
        roll: entry.roll,
        batch: entry.batch,
        extra_permille: entry.extra_permille,
        code_hash,
    }
}
