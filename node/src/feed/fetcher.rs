//! The fetcher: the task that brings every announced blob onto this disk as soon as it is announced, because a start
//! must not wait for the WAN. It goes on where it was cut off and checks the hash at the end.

use std::time::Duration;

use daemon::CancellationToken;
use link::{Connection, StreamError};
use protocol::{
    hash::Hash,
    limits::BLOB_CHUNK_BYTES,
    wire::centre::{BlobAnswer, Open},
};
use tokio::time::timeout;

use super::{Feed, blobs::BlobError};
use crate::{disk_work::disk_work, uplink::Uplink};

/// Without a chunk for so long the stream is dead.
const SILENCE_MAX: Duration = Duration::from_secs(10);

/// Looked for again after so long even when nothing was announced: a blob may be found damaged when it is read.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Urgency of blob streams on the link: below frames and documents.
const PRIORITY: i32 = -1;

#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error("the centre sent nothing for too long")]
    Silent,
    #[error("the centre ended the stream before the blob's end")]
    CutOff,
    #[error("the centre does not know this blob yet")]
    Unknown,
    #[error("the centre sent a chunk of {0} bytes, more than was agreed")]
    ChunkTooLong(usize),
    #[error(transparent)]
    Blob(#[from] BlobError),
}

/// Fetches what is missing, for ever.
pub(super) async fn run(feed: Feed, uplink: Uplink, retry: Duration, shutdown: CancellationToken) {
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = fetch_for_ever(feed, uplink, retry) => {}
    }
}

async fn fetch_for_ever(feed: Feed, uplink: Uplink, retry: Duration) {
    let mut changes = feed.changes();
    loop {
        changes.borrow_and_update();
        let missing = feed.missing_blobs();
        if missing.is_empty() {
            // Either a new announcement or the time to look again.
            let _ = timeout(LOOK_AGAIN, changes.changed()).await;
            continue;
        }
        let connection = uplink.connection().await;
        let mut all_came = true;
        for hash in missing {
            match fetch(&feed, &connection, hash).await {
                Ok(()) => tracing::info!(%hash, "a blob is on this disk"),
                Err(error) => {
                    all_came = false;
                    tracing::warn!(%hash, %error, "a blob could not be fetched; it is tried again");
                }
            }
        }
        if !all_came {
            tokio::time::sleep(retry).await;
        }
    }
}

async fn fetch(feed: &Feed, connection: &Connection, hash: Hash) -> Result<(), FetchError> {
    let (mut send, mut recv) = connection.open().await.map_err(StreamError::from)?.split();
    send.set_priority(PRIORITY);
    let offset = feed.shared.blobs.fetched_bytes(hash);
    send.send_message(&Open::Blob { hash, offset }).await?;
    loop {
        let answer = timeout(SILENCE_MAX, recv.recv_message())
            .await
            .map_err(|_| FetchError::Silent)??;
        match answer {
            Some(BlobAnswer::Chunk(chunk)) if chunk.len() > BLOB_CHUNK_BYTES => {
                return Err(FetchError::ChunkTooLong(chunk.len()));
            }
            Some(BlobAnswer::Chunk(chunk)) => {
                let feed = feed.clone();
                disk_work(move || feed.shared.blobs.append(hash, &chunk)).await?;
            }
            Some(BlobAnswer::End) => {
                let feed = feed.clone();
                return Ok(disk_work(move || feed.shared.blobs.complete(hash)).await?);
            }
            Some(BlobAnswer::Unknown) => return Err(FetchError::Unknown),
            None => return Err(FetchError::CutOff),
        }
    }
}
