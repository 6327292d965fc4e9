//! Papers: imported from CSV, sealed under a random key, put as a blob, published; their keys released.
//!
//! The plain paper, its key and its answer key exist in this process's memory while it works and nowhere else: what goes
//! into the state is the sealed paper and the two keys wrapped under the cluster key. Only a release puts the paper's key
//! into the state in the clear.

use axum::extract::{Path, State};
use bytes::Bytes;
use content::import::csv::{self, Imported};
use protocol::{
    hash::Hash,
    ids::{PaperId, PaperRef},
    limits::BLOB_CHUNK_BYTES,
    outline::Outline,
};
use serde::Deserialize;
use state::{Command, Outcome, Rejection};

use super::{
    Api,
    extract::{Query, Upload, paper_ref},
    problem::{Problem, input_errors},
    shapes::{InputError, PaperImported, PaperRow, Released},
};
use crate::{
    cluster_key::{ClusterKey, Secret},
    query,
    raft::ProposeError,
};

/// Somebody else may publish between our look at the next number and our proposal; then it is sealed anew.
const NUMBER_TRIES_MAX: usize = 5;

#[derive(Debug, Deserialize)]
pub(super) struct ImportQuery {
    title: String,
    #[serde(default)]
    partial: bool,
    version_of: Option<u32>,
}

/// A paper as it goes into the state.
struct Sealed {
    bytes: Bytes,
    outline: Outline,
    wrapped_key: Vec<u8>,
    wrapped_answer_key: Vec<u8>,
}

pub(super) async fn list(State(api): State<Api>) -> axum::Json<Vec<PaperRow>> {
    axum::Json(api.centre.read(query::papers))
}

pub(super) async fn import(
    State(api): State<Api>,
    Query(query): Query<ImportQuery>,
    upload: Upload,
) -> Result<axum::Json<PaperImported>, Problem> {
    let (bytes, title, partial) = (upload.bytes.clone(), query.title.clone(), query.partial);
    let read = tokio::task::spawn_blocking(move || read_csv(&bytes, &title, partial)).await;
    let (imported, skipped) = read.map_err(Problem::fault)??;
    drop(upload);
    let paper = publish(&api, imported, &query).await?;
    let row = api
        .seen(|state| {
            query::papers(state)
                .into_iter()
                .find(|row| row.paper == paper.to_string())
        })
        .await?;
    Ok(axum::Json(PaperImported { row, skipped }))
}

fn read_csv(bytes: &[u8], title: &str, partial: bool) -> Result<(Imported, Vec<InputError>), Problem> {
    if partial {
        let partly = csv::paper_partly(bytes, title)?;
        Ok((partly.imported, input_errors(partly.errors)))
    } else {
        Ok((csv::paper(bytes, title)?, Vec::new()))
    }
}

async fn publish(api: &Api, imported: Imported, query: &ImportQuery) -> Result<PaperRef, Problem> {
    let of = query.version_of.map(PaperId);
    let mut number = api.centre.read(|state| state.next_paper(of))?;
    for _ in 0..NUMBER_TRIES_MAX {
        let sealed = seal(api, imported.clone().numbered(number)).await?;
        let blob = put_blob(api, &sealed.bytes).await?;
        let command = Command::PublishPaper {
            paper: of,
            title: query.title.clone(),
            blob,
            bytes: sealed.bytes.len() as u32,
            outline: sealed.outline,
            wrapped_key: sealed.wrapped_key,
            wrapped_answer_key: sealed.wrapped_answer_key,
        };
        match api.centre.propose(super::BY, command).await {
            Ok(Outcome::Paper(paper)) => return Ok(paper),
            Ok(_) => return Err(Problem::fault("publishing a paper gave an unexpected answer")),
            Err(ProposeError::Rejected(Rejection::PaperRef { expected, .. })) => number = expected,
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::conflict(
        "others publish papers at the same time; import it again",
    ))
}

async fn seal(api: &Api, imported: Imported) -> Result<Sealed, Problem> {
    let cluster_key = api.cluster_key.clone();
    let sealed = tokio::task::spawn_blocking(move || seal_and_wrap(&cluster_key, &imported)).await;
    sealed.map_err(Problem::fault)?
}

fn seal_and_wrap(cluster_key: &ClusterKey, imported: &Imported) -> Result<Sealed, Problem> {
    let outline = imported.paper.outline();
    let paper = outline.paper;
    imported
        .key
        .check(&outline)
        .map_err(|error| Problem::conflict(error.to_string()))?;
    let key: [u8; 32] = rand::random();
    let bytes =
        content::seal::seal(&imported.paper, &key).map_err(|error| Problem::conflict(error.to_string()))?;
    let answer_key = imported.key.to_bytes().map_err(Problem::fault)?;
    Ok(Sealed {
        bytes: bytes.into(),
        outline,
        wrapped_key: cluster_key
            .wrap(Secret::Paper(paper), &key)
            .map_err(Problem::fault)?,
        wrapped_answer_key: cluster_key
            .wrap(Secret::Answers(paper), &answer_key)
            .map_err(Problem::fault)?,
    })
}

async fn put_blob(api: &Api, bytes: &Bytes) -> Result<Hash, Problem> {
    let hash = Hash::blake3(bytes);
    let total = bytes.len() as u32;
    let mut rest = bytes.clone();
    while !rest.is_empty() {
        let offset = total - rest.len() as u32;
        let piece = rest.split_to(rest.len().min(BLOB_CHUNK_BYTES));
        api.propose(Command::PutBlob {
            hash,
            offset,
            total,
            bytes: piece,
        })
        .await?;
    }
    Ok(hash)
}

/// Opens the wrapped key here and proposes it: from then on the state, and with it every node of the sittings' districts,
/// has it.
pub(super) async fn release(
    State(api): State<Api>,
    Path(paper): Path<String>,
) -> Result<axum::Json<Released>, Problem> {
    let paper = paper_ref(&paper)?;
    let wrapped = api
        .centre
        .read(|state| state.paper(paper).map(|row| row.wrapped_key.clone()));
    let wrapped = wrapped.ok_or_else(|| {
        Problem::not_found(format!(
            "there is no paper {paper}; parikshactl paper list shows them"
        ))
    })?;
    let key = api
        .cluster_key
        .unwrap(Secret::Paper(paper), &wrapped)
        .map_err(Problem::fault)?;
    let key = <[u8; 32]>::try_from(key).map_err(|_| Problem::fault("the paper's key has not 32 bytes"))?;
    api.propose(Command::Release { paper, key }).await?;
    api.seen(|state| state.is_released(paper).then_some(())).await?;
    tracing::info!(%paper, "a paper's key was released");
    Ok(axum::Json(Released {
        paper: paper.to_string(),
    }))
}
