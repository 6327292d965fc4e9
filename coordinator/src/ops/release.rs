//! What two officers decide: releases, their times, withdrawals, shares; and who is an officer. An officer's token comes
//! beside the operators' own and is checked here; the rule of two is the state's.

use axum::{
    extract::{FromRequestParts, Path, State},
    http::request::Parts,
};
use protocol::{hash::Hash, ids::PaperRef, shares, time::Instant};
use state::{Act, Command, Decision, Outcome};

use super::{
    Api,
    access::token_hash,
    extract::{Json, paper_ref},
    problem::Problem,
    shapes::{
        AddOfficer, Decided, MakeShares, OfficerRow, ScheduleRequest, ShareRow, SharesMade, WithdrawRequest,
    },
};
use crate::custodian::{make_check, paper_key};

/// The header that carries an officer's token.
const OFFICER_HEADER: &str = "pariksha-officer";

/// Whose token came with the request, if one did.
pub(super) struct Officer(Option<String>);

impl FromRequestParts<Api> for Officer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let Some(given) = parts.headers.get(OFFICER_HEADER) else {
            return Ok(Self(None));
        };
        let given = token_hash(given.to_str().unwrap_or_default());
        // blake3's own comparison is constant-time; every officer's hash is compared.
        let is_theirs = |hash: &Hash| blake3::Hash::from(hash.0) == blake3::Hash::from(given.0);
        let name = api.centre.read(|state| {
            let active = state.officers().filter(|row| !row.is_removed);
            active.fold(None, |found, row| {
                is_theirs(&row.token_hash).then(|| row.name.clone()).or(found)
            })
        });
        match name {
            Some(name) => Ok(Self(Some(name))),
            None => Err(Problem::not_an_officer()),
        }
    }
}

/// Takes one approval in; says whether it is done now.
async fn decide(api: &Api, officer: &Officer, act: Act) -> Result<Decided, Problem> {
    let paper = act.paper().map(|paper| paper.to_string());
    let by = match &officer.0 {
        Some(name) => format!("officer {name}"),
        None => super::BY.to_owned(),
    };
    let command = Command::Decide {
        act,
        officer: officer.0.clone(),
    };
    let decided = |what, done, first| Decided {
        paper,
        what,
        done,
        first,
    };
    match api.centre.propose(&by, command).await? {
        Outcome::Decided(Decision::Done { what }) => Ok(decided(what, true, None)),
        Outcome::Decided(Decision::Waits { what, first }) => Ok(decided(what, false, Some(first))),
        _ => Err(Problem::fault("a decision gave an unexpected answer")),
    }
}

/// Gives a paper's key to the nodes: at once where there are no officers, else with the second approval.
pub(super) async fn release(
    State(api): State<Api>,
    officer: Officer,
    Path(paper): Path<String>,
) -> Result<axum::Json<Decided>, Problem> {
    let paper = paper_ref(&paper)?;
    // First, so that a wrong cluster key is known before anybody's approval counts.
    let key = paper_key(&api.centre, &api.cluster_key, paper)?;
    let decided = decide(&api, &officer, Act::Release(paper)).await?;
    if decided.done {
        api.propose(Command::Release { paper, key }).await?;
        api.seen(|state| state.is_released(paper).then_some(())).await?;
        tracing::info!(%paper, "a paper's key was released");
    }
    Ok(axum::Json(decided))
}

/// Sets the time at which a paper is released by itself.
pub(super) async fn schedule(
    State(api): State<Api>,
    officer: Officer,
    Path(paper): Path<String>,
    Json(request): Json<ScheduleRequest>,
) -> Result<axum::Json<Decided>, Problem> {
    let (paper, at) = (paper_ref(&paper)?, Instant(request.at));
    paper_key(&api.centre, &api.cluster_key, paper)?;
    Ok(axum::Json(
        decide(&api, &officer, Act::Schedule { paper, at }).await?,
    ))
}

/// Takes that time back.
pub(super) async fn unschedule(
    State(api): State<Api>,
    officer: Officer,
    Path(paper): Path<String>,
) -> Result<axum::Json<Decided>, Problem> {
    let act = Act::Unschedule(paper_ref(&paper)?);
    Ok(axum::Json(decide(&api, &officer, act).await?))
}

/// Withdraws a paper.
pub(super) async fn withdraw(
    State(api): State<Api>,
    officer: Officer,
    Path(paper): Path<String>,
    Json(request): Json<WithdrawRequest>,
) -> Result<axum::Json<Decided>, Problem> {
    let act = Act::Withdraw {
        paper: paper_ref(&paper)?,
        reason: request.reason,
    };
    Ok(axum::Json(decide(&api, &officer, act).await?))
}

/// Deals a paper's key to officers. The answer is the only place where the shares ever stand: nothing of them is kept.
pub(super) async fn shares(
    State(api): State<Api>,
    officer: Officer,
    Path(paper): Path<String>,
    Json(request): Json<MakeShares>,
) -> Result<axum::Json<SharesMade>, Problem> {
    let paper = paper_ref(&paper)?;
    let (officers, need) = (request.officers, request.need);
    if !(shares::NEED_MIN..=officers.min(shares::OFFICERS_MAX)).contains(&need)
        || officers > shares::OFFICERS_MAX
    {
        return Err(Problem::bad_request(shares::SharesError::Numbers.to_string()));
    }
    let key = paper_key(&api.centre, &api.cluster_key, paper)?;
    make_check(&api.centre, &key, paper).await?;
    let decided = decide(&api, &officer, Act::Deal(paper)).await?;
    let shares = if decided.done {
        tracing::warn!(%paper, officers, need, "a paper's key was dealt to officers");
        deal(&key, paper, officers, need)?
    } else {
        Vec::new()
    };
    Ok(axum::Json(SharesMade { decided, shares }))
}

fn deal(key: &[u8; 32], paper: PaperRef, officers: u8, need: u8) -> Result<Vec<ShareRow>, Problem> {
    let coefficients: Vec<[u8; 32]> = (1..need).map(|_| rand::random()).collect();
    let dealt = shares::deal(key, paper, officers, rand::random(), &coefficients);
    let dealt = dealt.map_err(|error| Problem::bad_request(error.to_string()))?;
    let row = |share: &shares::Share| ShareRow {
        number: share.number,
        words: share.to_string(),
    };
    Ok(dealt.iter().map(row).collect())
}

/// All officers.
pub(super) async fn officers(State(api): State<Api>) -> axum::Json<Vec<OfficerRow>> {
    axum::Json(api.centre.read(|state| {
        let row = |row: &state::OfficerRow| OfficerRow {
            name: row.name.clone(),
            since: row.since.0,
            removed: row.is_removed,
            token: None,
        };
        state.officers().map(row).collect()
    }))
}

/// Adds an officer; their token is in the answer to the first request and nowhere else.
pub(super) async fn add_officer(
    State(api): State<Api>,
    officer: Officer,
    Json(request): Json<AddOfficer>,
) -> Result<axum::Json<(Decided, OfficerRow)>, Problem> {
    let token = format!("pkof1-{}", hex::encode(rand::random::<[u8; 32]>()));
    let act = Act::AddOfficer {
        name: request.name.clone(),
        token_hash: token_hash(&token),
    };
    let needs_two = api
        .centre
        .read(|state| state.officers().filter(|row| !row.is_removed).count() >= 2);
    let decided = decide(&api, &officer, act).await?;
    // The second approval brings the first one's token into force; the one made here is nobody's.
    let is_theirs = !decided.done || !needs_two;
    let row = OfficerRow {
        name: request.name,
        since: api.now().0,
        removed: false,
        token: is_theirs.then_some(token),
    };
    Ok(axum::Json((decided, row)))
}

/// Removes an officer.
pub(super) async fn remove_officer(
    State(api): State<Api>,
    officer: Officer,
    Path(name): Path<String>,
) -> Result<axum::Json<Decided>, Problem> {
    Ok(axum::Json(
        decide(&api, &officer, Act::RemoveOfficer { name }).await?,
    ))
}
