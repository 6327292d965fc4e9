//! The same program with one sled value per answer: the same waiting writers, the same queue, the same thread that takes
//! what waits and syncs once, but each answer is a row of its own.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result};
use protocol::{frame::EncodedRecord, limits::FRAME_BYTES_MAX};
use store::durable::{Batch, Durable};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

type Request = (EncodedRecord, oneshot::Sender<u64>);

/// Durable answers a second.
pub(crate) async fn run(
    directory: &Path,
    waiting: usize,
    time: Duration,
    record: &EncodedRecord,
) -> Result<f64> {
    std::fs::create_dir_all(directory)?;
    let store = Durable::open(&directory.join("sled"), &store::Settings::default())?;
    let (requests, queue) = mpsc::channel::<Request>(4096);
    let thread = std::thread::spawn(move || commit(&store, queue));
    let started = tokio::time::Instant::now();
    let mut writers = JoinSet::new();
    for _ in 0..waiting {
        let (requests, record) = (requests.clone(), record.clone());
        writers.spawn(async move {
            let mut answers = 0u64;
            while started.elapsed() < time {
                let (placed, place) = oneshot::channel();
                requests.send((record.clone(), placed)).await?;
                place.await?;
                answers += 1;
            }
            Ok::<u64, anyhow::Error>(answers)
        });
    }
    drop(requests);
    let mut answers = 0;
    while let Some(writer) = writers.join_next().await {
        answers += writer??;
    }
    let rate = answers as f64 / started.elapsed().as_secs_f64();
    thread
        .join()
        .ok()
        .context("the committer of single answers panicked")??;
    Ok(rate)
}

fn commit(store: &Durable, mut queue: mpsc::Receiver<Request>) -> Result<()> {
    let mut next = 1u64;
    let value = vec![7; FRAME_BYTES_MAX];
    while let Some(first) = queue.blocking_recv() {
        let mut batch = Batch::default();
        let mut waiters = Vec::new();
        let mut bytes = 0;
        let mut request = Some(first);
        while let Some((record, placed)) = request.take() {
            bytes += record.frame_bytes();
            // As many bytes as the record takes in a frame; no chain and no hash, which is to its advantage.
            batch.put(&next.to_be_bytes(), &value[..record.frame_bytes()]);
            waiters.push((placed, next));
            next += 1;
            if bytes < FRAME_BYTES_MAX - 1024 {
                request = queue.try_recv().ok();
            }
        }
        store.commit(batch)?;
        for (placed, sequence) in waiters {
            // A writer that went away is no error.
            let _ = placed.send(sequence);
        }
    }
    Ok(())
}
