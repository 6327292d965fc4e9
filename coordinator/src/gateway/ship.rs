//! A ship stream: frames come up, are proposed in batches, and are acknowledged only once a majority has them. Reports
//! are answered at once, whatever waits for Raft: they are the node's heartbeat and its clock.

use bytes::Bytes;
use link::{FramedStream, RecvHalf, SendHalf};
use protocol::{
    checkpoint::SignedCheckpoint,
    frame::Frame,
    ids::{LogId, NodeId},
    limits::ENTRY_BYTES_MAX,
    watermark::Watermark,
    wire::{
        centre::{Down, Refusal, Report, Up},
        chain::Chain,
    },
};
use state::{Command, Outcome};
use tokio::sync::mpsc;

use super::{Gateway, ServeError, access, figures::Counted, heads::Heads};

/// Answers that wait to be sent; each batch and report gives one.
const ANSWERS_MAX: usize = 64;

/// Bytes of frames that are proposed at once, in entries of [`ENTRY_BYTES_MAX`]: while one is applied the next is
/// replicated. They fit one message to the leader.
const TOGETHER_BYTES_MAX: usize = 3 * ENTRY_BYTES_MAX;

/// Logs that a node may ask about at once: its own lives and its peers'.
const LOGS_MAX: usize = 1024;

/// Frames of one log that wait to be proposed.
struct Batch {
    log: LogId,
    frames: Vec<Bytes>,
    bytes: usize,
    _waits: Counted,
}

/// What is made of a report.
struct Heard {
    is_genuine: bool,
    time: Down,
}

impl Gateway {
    pub(super) async fn ship(self, node: NodeId, stream: FramedStream) -> Result<(), ServeError> {
        let (send, recv) = stream.split();
        let (answers, waiting_answers) = mpsc::channel(ANSWERS_MAX);
        let (batches, waiting_batches) = mpsc::channel(self.inner.settings.batches_max);
        let (notes, waiting_notes) = mpsc::channel(1);
        // All end together: the reader when the node is gone, the others when its channels close or they fail.
        tokio::select! {
            ended = self.read_ups(node, recv, &batches, (&answers, &notes)) => ended,
            ended = self.send_downs(send, waiting_answers) => ended,
            () = self.propose_batches(node, waiting_batches, &answers) => Ok(()),
            () = self.note_heads(node, waiting_notes) => Ok(()),
        }
    }

    async fn read_ups(
        &self,
        node: NodeId,
        mut recv: RecvHalf,
        batches: &mpsc::Sender<Batch>,
        (answers, notes): (&mpsc::Sender<Down>, &mpsc::Sender<SignedCheckpoint>),
    ) -> Result<(), ServeError> {
        let mut heads = Heads::default();
        while let Some(up) = recv.recv_message().await? {
            let answer = match up {
                Up::Logs(logs) => Some(self.watermarks(logs)),
                Up::Report(report) => {
                    let answer = self.heard(node, &report);
                    if let Some(Heard { is_genuine: true, .. }) = answer {
                        heads.offer(self, &report.checkpoint, notes);
                    }
                    answer.map(|heard| heard.time)
                }
                Up::Frames { log, frames } => self.take(batches, log, self.checked(node, log, frames)),
                Up::Chain(chain) => self.take(batches, chain.log(), self.checked_chain(node, &chain)),
                Up::NotReady(reasons) => {
                    self.inner.sessions.not_ready(node, reasons, self.now());
                    None
                }
            };
            if let Some(answer) = answer
                && answers.send(answer).await.is_err()
            {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Hands a batch over to be proposed; what cannot be is refused at once.
    fn take(
        &self,
        batches: &mpsc::Sender<Batch>,
        log: LogId,
        checked: Result<Batch, Refusal>,
    ) -> Option<Down> {
        let busy = || Refusal::Busy("too many batches of this node wait".into());
        let taken = checked.and_then(|batch| batches.try_send(batch).map_err(|_full| busy()));
        taken.err().map(|reason| self.refused(log, reason))
    }

    async fn send_downs(
        &self,
        mut send: SendHalf,
        mut answers: mpsc::Receiver<Down>,
    ) -> Result<(), ServeError> {
        while let Some(answer) = answers.recv().await {
            self.in_time(send.send_message(&answer)).await?;
        }
        Ok(())
    }

    /// What the centre has of these logs; an unknown one is at zero.
    fn watermarks(&self, mut logs: Vec<LogId>) -> Down {
        logs.truncate(LOGS_MAX);
        Down::Watermarks(
            self.inner
                .centre
                .read(|state| logs.into_iter().map(|log| (log, state.watermark(&log))).collect()),
        )
    }

    /// Takes a report down if it is the node's own word, and tells it the time.
    fn heard(&self, node: NodeId, report: &Report) -> Option<Heard> {
        let now = self.now();
        let own = report.checkpoint.checkpoint.log.node == node;
        let key = access::signing_key_of(&self.inner.centre, node)?;
        let is_genuine = own && report.checkpoint.is_signed_by(&key);
        if is_genuine {
            self.inner.sessions.reported(node, report, now);
        } else {
            tracing::warn!(%node, "a report's checkpoint is not signed by its node; it is not counted");
        }
        let time = Down::Time {
            asked_ms: report.asked_ms,
            now,
        };
        Some(Heard { is_genuine, time })
    }

    fn refused(&self, log: LogId, reason: Refusal) -> Down {
        self.inner.figures.batches_refused.inc();
        if matches!(reason, Refusal::Busy(_)) {
            self.inner.figures.batches_busy.inc();
        }
        Down::Refused { log, reason }
    }

    /// What can be said of frames before they are proposed: whose they are, and whether they are whole.
    fn checked(&self, node: NodeId, log: LogId, frames: Vec<Bytes>) -> Result<Batch, Refusal> {
        self.may_touch(node, log)?;
        for bytes in &frames {
            let frame = Frame::parse(bytes.clone()).map_err(|error| damaged(node, log, &error))?;
            if frame.log() != log {
                return Err(Refusal::Damaged(format!(
                    "it is of log {}, not of {log}",
                    frame.log()
                )));
            }
        }
        Ok(self.batch(log, frames))
    }

    /// The same of a chain, whose frames are made whole here.
    fn checked_chain(&self, node: NodeId, chain: &Chain) -> Result<Batch, Refusal> {
        let log = chain.log();
        self.may_touch(node, log)?;
        let frames = chain.frames().map_err(|error| damaged(node, log, &error))?;
        Ok(self.batch(log, frames.iter().map(|frame| frame.bytes().clone()).collect()))
    }

    fn may_touch(&self, node: NodeId, log: LogId) -> Result<(), Refusal> {
        if access::may_touch(&self.inner.centre, node, log.node) {
            return Ok(());
        }
        tracing::warn!(%node, %log, "a node shipped a log that is not of its district");
        Err(Refusal::NotYours(format!("log {log} is of another district")))
    }

    fn batch(&self, log: LogId, frames: Vec<Bytes>) -> Batch {
        Batch {
            log,
            bytes: frames.iter().map(Bytes::len).sum(),
            frames,
            _waits: self.inner.figures.one_waits(),
        }
    }

    /// Proposes batch after batch; what waits is proposed together as far as it fits, which is what keeps up when Raft is
    /// slower than the link.
    async fn propose_batches(
        &self,
        node: NodeId,
        mut waiting: mpsc::Receiver<Batch>,
        answers: &mpsc::Sender<Down>,
    ) {
        let mut held: Option<Batch> = None;
        loop {
            let first = match held.take() {
                Some(batch) => batch,
                None => match waiting.recv().await {
                    Some(batch) => batch,
                    None => return,
                },
            };
            let mut bytes = first.bytes;
            let mut together = vec![first];
            while let Ok(next) = waiting.try_recv() {
                if bytes + next.bytes > TOGETHER_BYTES_MAX {
                    held = Some(next);
                    break;
                }
                bytes += next.bytes;
                together.push(next);
            }
            for answer in self.propose_frames(node, together).await {
                if answers.send(answer).await.is_err() {
                    return;
                }
            }
        }
    }

    /// Proposes batches and answers for each of their logs once: with where the centre stands now, or why not.
    async fn propose_frames(&self, node: NodeId, batches: Vec<Batch>) -> Vec<Down> {
        let mut logs: Vec<LogId> = batches.iter().map(|batch| batch.log).collect();
        logs.sort_unstable();
        logs.dedup();
        let frames: Vec<Bytes> = batches.into_iter().flat_map(|batch| batch.frames).collect();
        let count = frames.len() as u64;
        let busy = |reason: String| -> Vec<(LogId, Result<Watermark, Refusal>)> {
            let refused = |log: &LogId| (*log, Err(Refusal::Busy(reason.clone())));
            logs.iter().map(refused).collect()
        };
        let by = format!("node {node}");
        let proposed = self.inner.centre.propose_all(&by, entries(frames)).await;
        let results = match proposed {
            Ok(outcomes) => outcomes
                .into_iter()
                .fold(Vec::new(), |known, outcome| match outcome {
                    Ok(Outcome::Delivered { logs, .. }) => merged(
                        known,
                        logs.into_iter().map(|delivery| (delivery.log, delivery.result)),
                    ),
                    Ok(other) => busy(format!("an unexpected answer: {other:?}")),
                    Err(rejection) => busy(rejection.to_string()),
                }),
            Err(error) => busy(error.to_string()),
        };
        if results.iter().all(|(_, result)| result.is_ok()) {
            self.inner.figures.frames_taken.inc_by(count);
        }
        let down = |(log, result)| match result {
            Ok(watermark) => Down::Delivered { log, watermark },
            Err(reason) => self.refused(log, reason),
        };
        results.into_iter().map(down).collect()
    }
}

fn damaged(node: NodeId, log: LogId, error: &dyn std::fmt::Display) -> Refusal {
    tracing::warn!(%node, %log, %error, "a damaged frame was refused");
    Refusal::Damaged(error.to_string())
}

/// The later word on each log stands, but no word after a refusal.
fn merged(
    mut known: Vec<(LogId, Result<Watermark, Refusal>)>,
    later: impl Iterator<Item = (LogId, Result<Watermark, Refusal>)>,
) -> Vec<(LogId, Result<Watermark, Refusal>)> {
    for (log, result) in later {
        let is_refused =
            |(known, result): &(LogId, Result<Watermark, Refusal>)| *known == log && result.is_err();
        if !known.iter().any(is_refused) {
            known.retain(|(known, _)| *known != log);
            known.push((log, result));
        }
    }
    known
}

/// Commands of at most [`ENTRY_BYTES_MAX`] each, in order.
pub(crate) fn entries(frames: Vec<Bytes>) -> Vec<Command> {
    let mut commands = Vec::new();
    let (mut entry, mut bytes) = (Vec::new(), 0);
    for frame in frames {
        if bytes + frame.len() > ENTRY_BYTES_MAX && !entry.is_empty() {
            commands.push(Command::Frames {
                frames: std::mem::take(&mut entry),
            });
            bytes = 0;
        }
        bytes += frame.len();
        entry.push(frame);
    }
    if !entry.is_empty() {
        commands.push(Command::Frames { frames: entry });
    }
    commands
}
