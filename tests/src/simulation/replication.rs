//! Copies between the two nodes: a stream for each own log, the question which logs the other holds, and the fetching of
//! what nobody pushes. Follows `log::replicate`; a frame leaves before it is on the own disk, and nothing is confirmed
//! before it is on the other.

use std::collections::BTreeMap;

use protocol::{
    frame::Frame,
    ids::{LogId, Sequence},
    watermark::{Continuity, Watermark},
};
use store::{SyncMode, frames::FrameStore, memory::MemoryLog};

use super::{
    event::{Event, Party, PeerMessage},
    node::Node,
    step::Step,
};

/// A stream that hears nothing for so long is opened anew; so is one on which a message was lost.
const SILENCE_MS: u64 = 1_000;
/// Frames that are sent at once while catching up.
const CATCH_UP_FRAMES: usize = 8;

/// The streams of this node's logs to the other.
#[derive(Default)]
pub struct Streams {
    by_log: BTreeMap<LogId, Stream>,
    connections: u64,
    asked_logs_ms: u64,
    /// What the other held when it was asked before.
    before: BTreeMap<LogId, Sequence>,
}

struct Stream {
    connection: u64,
    /// Whether the other said how far it is, and its history is a beginning of this one.
    is_open: bool,
    sent: Sequence,
    confirmed: Sequence,
    heard_ms: u64,
}

impl Streams {
    /// Whether frames of this log leave as they are made.
    pub fn is_subscribed(&self, log: &LogId) -> bool {
        self.by_log.contains_key(log)
    }

    /// How far the other has it on its disk.
    pub fn confirmed(&self, log: &LogId) -> Sequence {
        self.by_log
            .get(log)
            .map_or(Sequence(0), |stream| stream.confirmed)
    }

    /// Whether the other is there and confirming.
    pub fn is_peer_live(&self, log: &LogId, now_ms: u64) -> bool {
        let stream = self.by_log.get(log);
        stream.is_some_and(|stream| stream.is_open && now_ms < stream.heard_ms + SILENCE_MS)
    }

    /// Sends a frame that was just made, if it is the stream's next; else it is sent from the disk later.
    pub fn send_live(&mut self, node: usize, frame: &Frame, step: &mut Step<'_>) {
        if let Some(stream) = self.by_log.get_mut(&frame.log())
            && stream.is_open
            && frame.first() == stream.sent.next()
        {
            stream.sent = frame.last();
            let message = PeerMessage::Frame(frame.bytes().clone());
            to_peer(node, stream.connection, frame.log(), message, step);
        }
    }

    /// The other process is a new one: every link to the old one is gone, and it must say again how far it is. It may have
    /// lost its disk.
    pub fn peer_restarted(&mut self, own: &LogId) {
        for (log, stream) in &mut self.by_log {
            stream.is_open = false;
            stream.heard_ms = 0;
            // What was acknowledged stays acknowledged; an earlier life must be there whole.
            if log != own {
                stream.confirmed = Sequence(0);
            }
        }
    }

    fn open(&mut self, log: LogId, now_ms: u64) -> u64 {
        self.connections += 1;
        let confirmed = self.confirmed(&log);
        let stream = Stream {
            connection: self.connections,
            is_open: false,
            sent: Sequence(0),
            confirmed,
            heard_ms: now_ms,
        };
        self.by_log.insert(log, stream);
        self.connections
    }
}

fn to_peer(from: usize, connection: u64, log: LogId, message: PeerMessage, step: &mut Step<'_>) {
    let node = 1 - from;
    let event = Event::Peer {
        node,
        connection,
        log,
        message,
    };
    step.send(Party::Node(from), Party::Node(node), event);
}

impl Node {
    /// Opens streams that are not, or no more, and asks what the other holds.
    pub fn tick_streams(&mut self, step: &mut Step<'_>) {
        let number = self.number;
        let Some(live) = self.live.as_mut() else { return };
        let own = live.own.id();
        let mut logs: Vec<(LogId, Sequence)> = vec![(own, Sequence(u64::MAX))];
        logs.extend(
            live.earlier
                .iter()
                .map(|(log, life)| (*log, life.head().sequence)),
        );
        for (log, head) in logs {
            let stream = live.streams.by_log.get(&log);
            let is_done = stream.is_some_and(|stream| stream.confirmed >= head);
            let is_silent = stream.is_none_or(|stream| step.now_ms >= stream.heard_ms + SILENCE_MS);
            if !is_done && is_silent {
                let connection = live.streams.open(log, step.now_ms);
                to_peer(number, connection, log, PeerMessage::OpenCopy, step);
            }
        }
        if step.now_ms >= live.streams.asked_logs_ms + SILENCE_MS {
            live.streams.asked_logs_ms = step.now_ms;
            to_peer(number, 0, own, PeerMessage::AskLogs, step);
        }
        self.pump_streams(step);
    }

    /// Sends what lies on the disk and was not sent.
    pub fn pump_streams(&mut self, step: &mut Step<'_>) {
        let number = self.number;
        let Some(live) = self.live.as_mut() else { return };
        let mut streams = std::mem::take(&mut live.streams.by_log);
        for (log, stream) in streams.iter_mut().filter(|(_, stream)| stream.is_open) {
            // A window: what is unconfirmed is bounded.
            if stream.sent.0 > stream.confirmed.0 + 512 {
                continue;
            }
            for frame in live.read(log, &self.disk, stream.sent.next(), CATCH_UP_FRAMES) {
                if frame.last() > stream.sent {
                    stream.sent = frame.last();
                    let message = PeerMessage::Frame(frame.bytes().clone());
                    to_peer(number, stream.connection, *log, message, step);
                }
            }
        }
        live.streams.by_log = streams;
    }

    /// Something arrives from the other node.
    pub fn hear_peer(&mut self, connection: u64, log: LogId, message: PeerMessage, step: &mut Step<'_>) {
        if self.live.is_none() {
            return;
        }
        match message {
            PeerMessage::OpenCopy => {
                let watermark = self.copied_to(&log);
                to_peer(self.number, connection, log, PeerMessage::Copied(watermark), step);
            }
            PeerMessage::Frame(bytes) => match Frame::parse(bytes) {
                Ok(frame) => self.copy(connection, &frame, step),
                Err(error) => step.wrong(format!("a frame was altered on the way: {error}")),
            },
            PeerMessage::Copied(watermark) => self.hear_copied(connection, log, watermark, step),
            PeerMessage::Closed => self.close(connection, log, step),
            PeerMessage::AskLogs => {
                let logs = self.live.as_ref().map(|live| live.logs()).unwrap_or_default();
                let logs = logs.into_iter().map(|(log, sequence)| {
                    (
                        log,
                        Watermark {
                            sequence,
                            ..Watermark::default()
                        },
                    )
                });
                to_peer(self.number, 0, log, PeerMessage::Logs(logs.collect()), step);
            }
            PeerMessage::Logs(logs) => self.pull(&logs, step),
            PeerMessage::AskFrames(from) => {
                let Some(live) = self.live.as_ref() else { return };
                let frames = live.read(&log, &self.disk, from, 4 * CATCH_UP_FRAMES);
                let frames = frames.iter().map(|frame| frame.bytes().clone()).collect();
                to_peer(self.number, connection, log, PeerMessage::Frames(frames), step);
            }
            PeerMessage::Frames(frames) => {
                for frame in frames.into_iter().filter_map(|bytes| Frame::parse(bytes).ok()) {
                    self.copy(0, &frame, step);
                }
            }
        }
    }

    fn copied_to(&self, log: &LogId) -> Watermark {
        let durable = self.live.as_ref().and_then(|live| live.copied.get(log)).copied();
        let Some(durable) = durable.filter(|durable| durable.0 > 0) else {
            return Watermark::default();
        };
        let frame = self
            .disk
            .copies
            .get(log)
            .and_then(|copy| copy.read_some(durable, 1).pop());
        frame.as_ref().map(Watermark::after).unwrap_or_default()
    }

    /// Takes a frame into the copies; it is confirmed once it is on the disk.
    fn copy(&mut self, connection: u64, frame: &Frame, step: &mut Step<'_>) {
        let log = frame.log();
        let fresh = || MemoryLog::with_sync(log, SyncMode::Unsafe);
        let copy = self.disk.copies.entry(log).or_insert_with(fresh);
        match copy.head().continuity(frame) {
            Continuity::Held => {}
            Continuity::Next => {
                if let Err(error) = copy.append(frame) {
                    step.wrong(format!("a copy was refused: {error}"));
                }
            }
            Continuity::Gap { .. } => {
                to_peer(self.number, connection, log, PeerMessage::Closed, step);
                return;
            }
            Continuity::Fork => {
                step.wrong(format!(
                    "node {} was sent another history: {frame:?}",
                    self.number
                ));
                return;
            }
        }
        let (node, life) = (self.number, self.life);
        let ms = 1 + step.between(0, 10);
        step.after(
            ms,
            Event::CopySynced {
                node,
                life,
                log,
                connection,
            },
        );
    }

    /// Copied frames are on the disk: they are folded in and confirmed.
    pub fn copy_synced(&mut self, log: LogId, connection: u64, step: &mut Step<'_>) {
        let Some(live) = self.live.as_mut() else { return };
        let Some(copy) = self.disk.copies.get_mut(&log) else {
            return;
        };
        if let Err(error) = copy.checkpoint() {
            step.wrong(format!("a copy does not sync: {error}"));
        }
        let durable = live.copied.entry(log).or_default();
        for frame in copy.read(durable.next()) {
            live.book.absorb(&frame);
            *durable = frame.last();
        }
        let watermark = self.copied_to(&log);
        if connection > 0 {
            to_peer(self.number, connection, log, PeerMessage::Copied(watermark), step);
        }
    }

    fn hear_copied(&mut self, connection: u64, log: LogId, theirs: Watermark, step: &mut Step<'_>) {
        let Some(live) = self.live.as_mut() else { return };
        let is_own = log == live.own.id();
        let written = if is_own {
            Some(&live.own)
        } else {
            live.earlier.get(&log)
        };
        let Some(stream) = live.streams.by_log.get_mut(&log) else {
            return;
        };
        if stream.connection != connection {
            return;
        }
        stream.heard_ms = step.now_ms;
        if !stream.is_open {
            // It may be ahead of this disk for a moment: then it is asked again.
            if is_own && theirs.sequence > live.head.sequence {
                return;
            }
            // Only a beginning of this log may be continued. An earlier life may be longer there than here.
            let held = written.and_then(|log| log.read_some(theirs.sequence, 1).pop());
            let is_same = held.is_some_and(|frame| Watermark::after(&frame) == theirs);
            if is_own && theirs.sequence.0 > 0 && !is_same {
                step.wrong(format!(
                    "the peer holds another history of {log} at {}",
                    theirs.sequence
                ));
                return;
            }
            stream.is_open = true;
            stream.sent = stream.sent.max(theirs.sequence);
        }
        stream.confirmed = stream.confirmed.max(theirs.sequence);
        self.release(step, |_| false);
        self.pump_streams(step);
    }

    fn close(&mut self, connection: u64, log: LogId, step: &mut Step<'_>) {
        let number = self.number;
        let Some(live) = self.live.as_mut() else { return };
        let current = live.streams.by_log.get(&log).map(|stream| stream.connection);
        if current == Some(connection) {
            let connection = live.streams.open(log, step.now_ms);
            to_peer(number, connection, log, PeerMessage::OpenCopy, step);
        }
    }

    /// Fetches what was missing the time before too: what is only under way comes by itself.
    fn pull(&mut self, logs: &[(LogId, Watermark)], step: &mut Step<'_>) {
        let (number, peer) = (self.number, protocol::ids::NodeId(2 - self.number as u32));
        let Some(live) = self.live.as_mut() else { return };
        let now: BTreeMap<LogId, Sequence> = logs.iter().map(|(log, mark)| (*log, mark.sequence)).collect();
        let before = std::mem::replace(&mut live.streams.before, now);
        let held = live.logs();
        for (log, sequence) in before {
            let is_pushed = log.node == peer || log == live.own.id();
            if !is_pushed && held.get(&log).copied().unwrap_or_default() < sequence {
                let from = live.copied.get(&log).copied().unwrap_or_default().next();
                to_peer(number, 0, log, PeerMessage::AskFrames(from), step);
            }
        }
    }
}
