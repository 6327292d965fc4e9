//! Refetching from the centre: which logs of the district it holds, and the frames of them that this disk lacks. After a
//! quarantine, a wiped or a restored disk this node's candidates go on with every delivered answer, even where there is no
//! peer to ask. Started with the links; no request waits for it but the first ones after a new log was begun.

use std::{collections::BTreeMap, time::Duration};

use daemon::Tasks;
use link::{Connection, StreamError};
use protocol::{
    frame::{Frame, FrameError},
    ids::{LogId, NodeId, Sequence},
    wire::{
        centre::{FramesAnswer, Open},
        peer::Logs,
    },
};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use crate::{
    disk_work::disk_work,
    log::replicate::{CopyError, Shelf},
    uplink::Uplink,
};

/// How often the centre is asked which logs it has.
const ASK_EVERY: Duration = Duration::from_secs(5);

/// After a failure it is asked again after so long.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// The centre must go on answering within this time.
const SILENCE_MAX: Duration = Duration::from_secs(5);

/// What refetching works with.
pub struct Parts {
    /// This node.
    pub node: NodeId,
    /// The link to the centre.
    pub uplink: Uplink,
    /// What lies here, and where the frames go.
    pub shelf: Shelf,
}

/// How refetching stands. Clones are the same.
#[derive(Debug, Clone)]
pub struct Refetch {
    rounds: watch::Receiver<u64>,
}

#[derive(Debug, thiserror::Error)]
enum RefetchError {
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error("the centre did not answer")]
    Silent,
    #[error("the centre ended the stream before its answer was complete")]
    CutOff,
    #[error("the centre sent frames of log {0} that were not asked for")]
    OtherLog(LogId),
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error(transparent)]
    Copy(#[from] CopyError),
}

impl Refetch {
    /// Waits until everything that the centre had was fetched so many times since the start. Cancel-safe.
    pub async fn rounds(&self, count: u64) {
        let mut rounds = self.rounds.clone();
        if rounds.wait_for(|done| *done >= count).await.is_err() {
            // The process is stopping; whoever waits here watches for that too.
            std::future::pending::<()>().await;
        }
    }
}

/// Starts refetching.
pub fn start(parts: Parts, tasks: &Tasks) -> Refetch {
    let (done, rounds) = watch::channel(0);
    let shutdown = tasks.shutdown_token();
    let fetcher = Fetcher {
        parts,
        done,
        before: None,
    };
    tasks.spawn("refetch", async move {
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = fetcher.fetch_for_ever() => {}
        }
    });
    Refetch { rounds }
}

struct Fetcher {
    parts: Parts,
    done: watch::Sender<u64>,
    /// How far the centre had each log when it was asked before; `None` until it was asked.
    before: Option<BTreeMap<LogId, Sequence>>,
}

impl Fetcher {
    async fn fetch_for_ever(mut self) {
        loop {
            let connection = self.parts.uplink.connection().await;
            match self.round(&connection).await {
                Ok(()) => {
                    self.done.send_modify(|rounds| *rounds += 1);
                    sleep(ASK_EVERY).await;
                }
                Err(error) => {
                    tracing::debug!(%error, "refetching from the centre failed; it is tried again");
                    sleep(ASK_AGAIN).await;
                }
            }
        }
    }

    async fn round(&mut self, connection: &Connection) -> Result<(), RefetchError> {
        let asked = async {
            let mut stream = connection.open().await.map_err(StreamError::from)?;
            stream.send_message(&Open::Logs).await?;
            stream.recv_message::<Logs>().await?.ok_or(RefetchError::CutOff)
        };
        let answer = timeout(SILENCE_MAX, asked)
            .await
            .map_err(|_| RefetchError::Silent)??;
        let now: BTreeMap<_, _> = answer
            .logs
            .iter()
            .map(|(log, mark)| (*log, mark.sequence))
            .collect();
        let mut failed = None;
        for log in now.keys() {
            if let Some(wanted) = self.wanted(log, &now)
                && self.parts.shelf.held(log) < wanted
                && let Err(error) = self.fetch(connection, *log).await
            {
                tracing::warn!(%log, %error, "a log cannot be refetched from the centre");
                // A log that cannot be stored here must not keep the others from coming.
                match error {
                    RefetchError::Copy(_) => {}
                    other => failed = Some(other),
                }
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        self.before = Some(now);
        Ok(())
    }

    /// Up to where a log should lie here. A living peer brings its log itself: only what was missing the time before too is
    /// asked for. The log that is being written is nobody else's to write.
    fn wanted(&self, log: &LogId, now: &BTreeMap<LogId, Sequence>) -> Option<Sequence> {
        if *log == self.parts.shelf.own.reader.id() {
            return None;
        }
        match &self.before {
            Some(before) if log.node != self.parts.node => before.get(log).copied(),
            _ => now.get(log).copied(),
        }
    }

    async fn fetch(&self, connection: &Connection, log: LogId) -> Result<(), RefetchError> {
        let from = self.parts.shelf.copies.watermark(&log).sequence.next();
        let mut stream = connection.open().await.map_err(StreamError::from)?;
        stream.send_message(&Open::Frames { log, from }).await?;
        tracing::info!(%log, from = from.0, "fetching frames from the centre that are missing here");
        loop {
            let answer = timeout(SILENCE_MAX, stream.recv_message())
                .await
                .map_err(|_| RefetchError::Silent)??;
            match answer.ok_or(RefetchError::CutOff)? {
                FramesAnswer::End(_) => return Ok(()),
                FramesAnswer::Frames(frames) => {
                    for bytes in frames {
                        let frame = Frame::parse(bytes)?;
                        if frame.log() != log {
                            return Err(RefetchError::OtherLog(frame.log()));
                        }
                        let copies = self.parts.shelf.copies.clone();
                        disk_work(move || copies.receive(&frame)).await?;
                    }
                }
            }
        }
    }
}
