//! A coordinator that speaks the protocol, keeps everything in memory and misbehaves as told.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use daemon::{Clock, SystemClock};
use link::{Accepted, Connection, Endpoint, FramedStream, PeerName};
use protocol::{
    feed::FeedEntry,
    frame::Frame,
    hash::Hash,
    ids::{LogId, Revision, Sequence},
    limits::BLOB_CHUNK_BYTES,
    time::Instant,
    watermark::{Continuity, Watermark},
    wire::{
        centre::{BlobAnswer, Down, FeedMessage, FramesAnswer, Open, Refusal, Up},
        peer::Logs,
    },
};
use tokio::task::JoinSet;

use super::Cluster;

/// What the coordinator holds, and how it misbehaves.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) logs: BTreeMap<LogId, Vec<Frame>>,
    /// Frames that came again, recognised and left out.
    pub(crate) repeats: usize,
    pub(crate) reports: usize,
    pub(crate) documents: Vec<FeedEntry>,
    pub(crate) blobs: BTreeMap<Hash, Bytes>,
    pub(crate) blob_offsets: Vec<u64>,
    pub(crate) messages: usize,
    /// Every so many frame messages the link is torn before the answer.
    pub(crate) tear_every: Option<usize>,
    /// Every so many frame messages are refused as busy.
    pub(crate) busy_every: Option<usize>,
    /// Every answer is given twice.
    pub(crate) repeat_answers: bool,
    /// How far its clock is ahead.
    pub(crate) clock_off_ms: i64,
    /// Blob streams end after so many chunks.
    pub(crate) chunks_max: Option<usize>,
}

impl Held {
    pub(crate) fn watermark(&self, log: &LogId) -> Watermark {
        self.logs
            .get(log)
            .and_then(|frames| frames.last())
            .map(Watermark::after)
            .unwrap_or_default()
    }

    fn take(&mut self, log: LogId, frames: Vec<Bytes>) -> Down {
        for bytes in frames {
            let frame = Frame::parse(bytes).unwrap();
            assert_eq!(frame.log(), log);
            match self.watermark(&log).continuity(&frame) {
                Continuity::Next => self.logs.entry(log).or_default().push(frame),
                Continuity::Held => self.repeats += 1,
                Continuity::Gap { from } => {
                    return Down::Refused {
                        log,
                        reason: Refusal::Gap(from),
                    };
                }
                Continuity::Fork => {
                    return Down::Refused {
                        log,
                        reason: Refusal::Fork(frame.first()),
                    };
                }
            }
        }
        Down::Delivered {
            log,
            watermark: self.watermark(&log),
        }
    }
}

/// A coordinator that keeps everything in memory. Dropping it cuts its links.
pub(crate) struct Coordinator {
    pub(crate) held: Arc<Mutex<Held>>,
    pub(crate) address: SocketAddr,
    endpoint: Endpoint,
    _tasks: JoinSet<()>,
}

impl Drop for Coordinator {
    fn drop(&mut self) {
        self.endpoint.close();
    }
}

impl Coordinator {
    pub(crate) fn start(cluster: &Cluster, port: u16, held: Arc<Mutex<Held>>) -> Self {
        Self::start_as(1, cluster, port, held)
    }

    pub(crate) fn start_as(id: u64, cluster: &Cluster, port: u16, held: Arc<Mutex<Held>>) -> Self {
        let endpoint = cluster.endpoint(PeerName::Coordinator(id), port);
        let address = endpoint.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        let (listener, shared) = (endpoint.clone(), Arc::clone(&held));
        tasks.spawn(async move {
            let mut links = JoinSet::new();
            while let Some(incoming) = listener.accept().await {
                let shared = Arc::clone(&shared);
                links.spawn(async move {
                    if let Ok(Accepted::Member(connection)) = incoming.establish().await {
                        serve_link(connection, shared).await;
                    }
                });
            }
        });
        Self {
            held,
            address,
            endpoint,
            _tasks: tasks,
        }
    }

    pub(crate) fn held<T>(&self, look: impl FnOnce(&mut Held) -> T) -> T {
        look(&mut self.held.lock().unwrap())
    }
}

async fn serve_link(connection: Connection, held: Arc<Mutex<Held>>) {
    let mut streams = JoinSet::new();
    while let Ok(mut stream) = connection.accept_stream().await {
        let (connection, held) = (connection.clone(), Arc::clone(&held));
        streams.spawn(async move {
            match stream.recv_message::<Open>().await {
                Ok(Some(Open::Ship)) => serve_ship(&connection, stream, &held).await,
                Ok(Some(Open::Feed { after })) => serve_feed(stream, after, &held).await,
                Ok(Some(Open::Blob { hash, offset })) => serve_blob(stream, hash, offset, &held).await,
                Ok(Some(Open::Frames { log, from })) => serve_frames(stream, log, from, &held).await,
                Ok(Some(Open::Logs)) => serve_logs(stream, &held).await,
                Ok(None) | Err(_) => {}
            }
        });
    }
}

async fn serve_frames(mut stream: FramedStream, log: LogId, from: Sequence, held: &Mutex<Held>) {
    let (frames, end) = {
        let held = held.lock().unwrap();
        let frames = held.logs.get(&log).cloned().unwrap_or_default();
        (frames, held.watermark(&log))
    };
    let frames = frames.iter().filter(|frame| frame.last() >= from);
    let frames = frames.map(|frame| frame.bytes().clone()).collect();
    let _ = stream.send_message(&FramesAnswer::Frames(frames)).await;
    let _ = stream.send_message(&FramesAnswer::End(end)).await;
    let _ = stream.finish();
}

async fn serve_logs(mut stream: FramedStream, held: &Mutex<Held>) {
    let logs = {
        let held = held.lock().unwrap();
        held.logs.keys().map(|log| (*log, held.watermark(log))).collect()
    };
    let _ = stream.send_message(&Logs { logs }).await;
    let _ = stream.finish();
}

fn hits(every: Option<usize>, count: usize) -> bool {
    every.is_some_and(|every| count.is_multiple_of(every))
}

async fn serve_ship(connection: &Connection, mut stream: FramedStream, held: &Mutex<Held>) {
    while let Ok(Some(message)) = stream.recv_message::<Up>().await {
        let message = match message {
            Up::Chain(chain) => Up::Frames {
                log: chain.log(),
                frames: chain
                    .frames()
                    .unwrap()
                    .iter()
                    .map(|frame| frame.bytes().clone())
                    .collect(),
            },
            other => other,
        };
        let (answer, twice) = {
            let mut held = held.lock().unwrap();
            let twice = held.repeat_answers;
            let answer = match message {
                Up::Chain(_) => unreachable!("chains were turned into frames"),
                Up::NotReady(_) => continue,
                Up::Logs(logs) => {
                    Down::Watermarks(logs.iter().map(|log| (*log, held.watermark(log))).collect())
                }
                Up::Report(report) => {
                    held.reports += 1;
                    Down::Time {
                        asked_ms: report.asked_ms,
                        now: Instant(SystemClock.wall_ms() + held.clock_off_ms),
                    }
                }
                Up::Frames { log, frames } => {
                    held.messages += 1;
                    if hits(held.busy_every, held.messages) {
                        Down::Refused {
                            log,
                            reason: Refusal::Busy("no leader".into()),
                        }
                    } else {
                        let answer = held.take(log, frames);
                        if hits(held.tear_every, held.messages) {
                            return connection.close("torn by the test");
                        }
                        answer
                    }
                }
            };
            (answer, twice)
        };
        for _ in 0..=usize::from(twice) {
            let _ = stream.send_message(&answer).await;
        }
    }
}

async fn serve_feed(mut stream: FramedStream, mut after: Revision, held: &Mutex<Held>) {
    loop {
        let newer: Vec<FeedEntry> = {
            let held = held.lock().unwrap();
            held.documents
                .iter()
                .filter(|entry| entry.revision > after)
                .cloned()
                .collect()
        };
        for entry in newer {
            after = after.max(entry.revision);
            if stream
                .send_message(&FeedMessage::Entry(Box::new(entry)))
                .await
                .is_err()
            {
                return;
            }
        }
        if stream.send_message(&FeedMessage::UpToDate(after)).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn serve_blob(mut stream: FramedStream, hash: Hash, offset: u64, held: &Mutex<Held>) {
    let (blob, chunks_max) = {
        let mut held = held.lock().unwrap();
        held.blob_offsets.push(offset);
        (held.blobs.get(&hash).cloned(), held.chunks_max)
    };
    let Some(blob) = blob else {
        let _ = stream.send_message(&BlobAnswer::Unknown).await;
        return;
    };
    let rest = blob.slice(offset as usize..);
    for (count, chunk) in rest.chunks(BLOB_CHUNK_BYTES).enumerate() {
        if chunks_max == Some(count) {
            return;
        }
        let _ = stream
            .send_message(&BlobAnswer::Chunk(Bytes::copy_from_slice(chunk)))
            .await;
    }
    let _ = stream.send_message(&BlobAnswer::End).await;
    let _ = stream.finish();
}
