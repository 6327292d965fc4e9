//! Papers: imported from a file of any format, sealed under a random key, put as a blob, published.
//!
//! The plain paper, its key and its answer key exist in this process's memory while it works and nowhere else: what goes
//! into the state is the sealed paper and the two keys wrapped under the cluster key. Only a release puts the paper's key
//! into the state in the clear.

use axum::extract::State;
use bytes::Bytes;
use content::import::{
    csv::Imported,
    format::Format,
    paper::{self, Source},
};
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
    extract::{Query, Upload},
    problem::{Problem, input_errors},
    shapes::{InputError, PaperImported, PaperRow},
};
use crate::{
    cluster_key::{ClusterKey, Secret},
    query,
    raft::ProposeError,
};

/// Somebody else may publish between our look at the next number and our proposal; then it is sealed anew.
const NUMBER_TRIES_MAX: usize = 5;

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ImportQuery {
    title: String,
    #[serde(default)]
    partial: bool,
    version_of: Option<u32>,
    /// CSV or a workbook where it is left out.
    format: Option<String>,
    /// Of formats that name none; English where it is left out.
    language: Option<String>,
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
    let format = match query.format.as_deref() {
        None | Some("") => Format::Csv,
        Some(name) => name
            .parse()
            .map_err(|error| Problem::bad_request(format!("format: {error}")))?,
    };
    let (bytes, asked) = (upload.bytes.clone(), query.clone());
    let read = tokio::task::spawn_blocking(move || read_file(&bytes, format, &asked)).await;
    let (imported, skipped) = read.map_err(Problem::fault)??;
    drop(upload);
    let warnings = imported.warnings.iter().cloned().map(InputError::from).collect();
    let paper = publish(&api, imported, &query).await?;
    let row = api
        .seen(|state| {
            query::papers(state)
                .into_iter()
                .find(|row| row.paper == paper.to_string())
        })
        .await?;
    Ok(axum::Json(PaperImported {
        row,
        skipped,
        warnings,
    }))
}

fn read_file(
    bytes: &[u8],
    format: Format,
    query: &ImportQuery,
) -> Result<(Imported, Vec<InputError>), Problem> {
    let source = Source {
        name: "",
        bytes,
        format: Some(format),
        language: query.language.as_deref().unwrap_or("en"),
        title: &query.title,
    };
    if query.partial {
        let partly = paper::read_partly(source)?;
        Ok((partly.imported, input_errors(partly.errors)))
    } else {
        Ok((paper::read(source)?, Vec::new()))
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
