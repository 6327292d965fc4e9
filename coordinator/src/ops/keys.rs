//! Corrected answer keys: the key that is held is opened here, corrected by a file, wrapped again and put as its next
//! version. Earlier versions stay, and so do results under them. No key leaves: the answer says how much was changed.

use axum::extract::{Path, State};
use content::{
    AnswerKey,
    import::key_correction::{Corrected, correct},
};
use protocol::{
    ids::{KeyVersion, PaperRef},
    outline::Outline,
};
use state::{Command, Outcome};

use super::{
    Api,
    extract::{Upload, paper_ref},
    problem::Problem,
    shapes::KeyCorrected,
};
use crate::cluster_key::{ClusterKey, Secret};

/// A key as it is held, with what it must belong to.
struct Held {
    version: KeyVersion,
    wrapped: Vec<u8>,
    outline: Outline,
}

pub(super) async fn correct_key(
    State(api): State<Api>,
    Path(paper): Path<String>,
    upload: Upload,
) -> Result<axum::Json<KeyCorrected>, Problem> {
    let paper = paper_ref(&paper)?;
    let held = held(&api, paper)?;
    let before = held.version;
    let (cluster_key, bytes) = (api.cluster_key.clone(), upload.bytes.clone());
    let made = tokio::task::spawn_blocking(move || corrected(&cluster_key, paper, &held, &bytes)).await;
    let (corrected, wrapped) = made.map_err(Problem::fault)??;
    drop(upload);
    if corrected.changed == 0 {
        return Err(Problem::conflict(
            "the file changes nothing of the key that is held; nothing was done",
        ));
    }
    // Two corrections at once would each be made from the same key, and the first would be lost.
    let now = api
        .centre
        .read(|state| state.paper(paper).map(|row| row.key_version));
    if now != Some(before) {
        return Err(Problem::conflict(
            "somebody else corrected the key at the same time; send this correction again",
        ));
    }
    let version = propose(&api, paper, wrapped).await?;
    if version.0 != before.0 + 1 {
        tracing::error!(%paper, %before, %version, "two corrections of a key crossed; check the last one");
        return Err(Problem::conflict(
            "somebody else corrected the key at the same time: both versions are kept and the newest lacks the other's \
             changes; send the other correction again",
        ));
    }
    tracing::info!(%paper, %version, changed = corrected.changed, "an answer key was corrected");
    Ok(axum::Json(KeyCorrected {
        paper: paper.to_string(),
        key_version: version.0,
        changed: corrected.changed as u64,
        dropped: corrected.dropped as u64,
        bonus: corrected.bonus as u64,
    }))
}

async fn propose(api: &Api, paper: PaperRef, wrapped_answer_key: Vec<u8>) -> Result<KeyVersion, Problem> {
    let command = Command::CorrectKey {
        paper,
        wrapped_answer_key,
    };
    let Outcome::Key(version) = api.propose(command).await? else {
        return Err(Problem::fault("correcting a key gave an unexpected answer"));
    };
    Ok(version)
}

fn held(api: &Api, paper: PaperRef) -> Result<Held, Problem> {
    let found = api.centre.read(|state| {
        let row = state.paper(paper)?;
        let key = state.answer_key(paper, row.key_version)?;
        Some(Held {
            version: row.key_version,
            wrapped: key.wrapped.clone(),
            outline: row.outline.clone(),
        })
    });
    found.ok_or_else(|| {
        Problem::not_found(format!(
            "there is no paper {paper}; parikshactl paper list shows them"
        ))
    })
}

fn corrected(
    cluster_key: &ClusterKey,
    paper: PaperRef,
    held: &Held,
    file: &[u8],
) -> Result<(Corrected, Vec<u8>), Problem> {
    let secret = Secret::Answers(paper);
    let bytes = cluster_key
        .unwrap(secret, &held.wrapped)
        .map_err(Problem::fault)?;
    let key = AnswerKey::from_bytes(&bytes).map_err(|error| Problem::conflict(error.to_string()))?;
    let corrected = correct(&key, &held.outline, file)?;
    corrected
        .key
        .check(&held.outline)
        .map_err(|error| Problem::conflict(error.to_string()))?;
    let bytes = corrected.key.to_bytes().map_err(Problem::fault)?;
    let wrapped = cluster_key.wrap(secret, &bytes).map_err(Problem::fault)?;
    Ok((corrected, wrapped))
}
