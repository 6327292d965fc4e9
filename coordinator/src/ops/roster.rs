//! Candidates, in chunks. Access codes pass through here in the clear once, under TLS, and become keyed hashes at once.

use axum::extract::State;
use protocol::{
    hash::Hash,
    ids::{CandidateId, DistrictId},
    limits::ROSTER_PAGE_MAX,
    roster::{Candidate, access_code_hash, normal_access_code},
};
use state::Command;

use super::{
    Api,
    extract::Json,
    problem::Problem,
    shapes::{InputError, RegisteredNumbers, RosterChunk, RosterEntry, RosterTaken},
};

pub(super) async fn numbers(State(api): State<Api>) -> axum::Json<RegisteredNumbers> {
    let numbers = api
        .centre
        .read(|state| state.candidates().map(|candidate| candidate.id.0).collect());
    axum::Json(RegisteredNumbers { numbers })
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
    api.propose(Command::ImportCandidates { candidates }).await?;
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
