//! Everything that can happen in the simulated world, and what travels in it. The messages between nodes and the centre
//! are the real ones; what candidates ask is what the HTTP handlers pass to the rules.

use std::fmt::Write;

use bytes::Bytes;
use node::{
    attempts::{
        rules::{AnswerRequest, Elsewhere, Verdict},
        slot::Place,
    },
    log::Durability,
};
use protocol::{
    epoch::Epoch,
    frame::Frame,
    hash::Hash,
    ids::{DeviceTag, LogId, ResponseSeq, Sequence},
    record::SubmissionId,
    time::Instant,
    watermark::Watermark,
    wire::centre::{Down, Up},
};
use state::Stamped;

/// One of the parts, as the network knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// A candidate's browser.
    Candidate(usize),
    /// A node of the district.
    Node(usize),
    /// A coordinator.
    Centre(usize),
}

/// What happens. `life` is the process that set a timer: a later process does not hear it.
#[derive(Debug)]
pub enum Event {
    /// A candidate looks at the screen.
    Candidate(usize),
    /// A request arrives.
    Request { node: usize, request: Request },
    /// An answer arrives.
    Reply { candidate: usize, reply: Reply },
    /// The frame that is being written is on the disk.
    Synced { node: usize, life: u64 },
    /// A waiter has waited for the peer's copy long enough.
    PeerWait { node: usize, life: u64, ticket: u64 },
    /// Copied frames are on the disk.
    CopySynced {
        node: usize,
        life: u64,
        log: LogId,
        connection: u64,
    },
    /// Something arrives from the other node.
    Peer {
        node: usize,
        connection: u64,
        log: LogId,
        message: PeerMessage,
    },
    /// A node does what it does every so often.
    NodeTick { node: usize, life: u64 },
    /// Something arrives at a coordinator.
    Up {
        centre: usize,
        node: usize,
        connection: u64,
        message: Upward,
    },
    /// Something arrives from a coordinator.
    Down {
        node: usize,
        connection: u64,
        message: Down,
    },
    /// A message between a node and the centre was lost for good: their stream is broken, and the node notices.
    LinkLost { node: usize, connection: u64 },
    /// A majority has an entry.
    Committed {
        centre: usize,
        life: u64,
        node: usize,
        connection: u64,
        entry: Stamped,
    },
    /// A coordinator applies what was committed.
    Apply { centre: usize, life: u64 },
    /// What it applied is on its disk.
    Persisted { centre: usize, life: u64 },
    /// A node's process starts.
    Boot(usize),
    /// A coordinator's process starts.
    BootCentre(usize),
    /// Something goes wrong.
    Fault,
}

/// What a candidate asks.
#[derive(Debug, Clone)]
pub struct Request {
    pub candidate: usize,
    pub number: u64,
    pub device: DeviceTag,
    pub wish: Wish,
}

/// What for.
#[derive(Debug, Clone)]
pub enum Wish {
    Start(Elsewhere),
    Save {
        epoch: Epoch,
        deadline: Instant,
        answers: Vec<AnswerRequest>,
    },
    Submit {
        id: SubmissionId,
        digest: Hash,
    },
}

/// What a candidate is told.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Which node says it.
    pub node: usize,
    pub number: u64,
    pub device: DeviceTag,
    pub told: Told,
}

/// What.
#[derive(Debug, Clone)]
pub enum Told {
    Started {
        epoch: Epoch,
        deadline: Instant,
        next_seq: ResponseSeq,
    },
    NotStarted {
        is_elsewhere: bool,
    },
    Saved {
        epoch: Epoch,
        durability: Durability,
        answers: Vec<Saved>,
        is_epoch_current: bool,
    },
    HandedIn {
        id: SubmissionId,
        place: Option<Place>,
        durability: Durability,
    },
    Over,
    DigestDiffers {
        expected: Hash,
    },
    Busy,
}

/// One acknowledged answer.
#[derive(Debug, Clone)]
pub struct Saved {
    pub answer: AnswerRequest,
    pub verdict: Verdict,
    pub place: Option<Place>,
}

/// What nodes say to each other about one log.
#[derive(Debug, Clone)]
pub enum PeerMessage {
    /// I will send you this log.
    OpenCopy,
    /// A frame of it.
    Frame(Bytes),
    /// So far it is on my disk.
    Copied(Watermark),
    /// I do not take this stream any more.
    Closed,
    /// Which logs do you hold?
    AskLogs,
    /// These.
    Logs(Vec<(LogId, Watermark)>),
    /// Give me frames of it.
    AskFrames(Sequence),
    /// Here they are.
    Frames(Vec<Bytes>),
}

/// What a node says to the centre.
#[derive(Debug, Clone)]
pub enum Upward {
    /// Frames, or the question how far the centre has logs.
    Message(Up),
    /// What time is it? (The report's question.)
    Time { asked_ms: u64 },
}

fn frame_name(bytes: &Bytes) -> String {
    Frame::parse(bytes.clone()).map_or_else(|error| error.to_string(), |frame| format!("{frame:?}"))
}

impl Event {
    /// What follows when this message never arrives. Streams to the centre lose nothing in between: they break.
    pub fn when_lost(&self) -> Option<Self> {
        match self {
            Self::Up { node, connection, .. } | Self::Down { node, connection, .. } => Some(Self::LinkLost {
                node: *node,
                connection: *connection,
            }),
            _ => None,
        }
    }

    /// The same message once more.
    #[must_use]
    pub fn again(&self) -> Self {
        match self {
            Self::Request { node, request } => Self::Request {
                node: *node,
                request: request.clone(),
            },
            Self::Reply { candidate, reply } => Self::Reply {
                candidate: *candidate,
                reply: reply.clone(),
            },
            Self::Peer {
                node,
                connection,
                log,
                message,
            } => Self::Peer {
                node: *node,
                connection: *connection,
                log: *log,
                message: message.clone(),
            },
            Self::Up {
                centre,
                node,
                connection,
                message,
            } => Self::Up {
                centre: *centre,
                node: *node,
                connection: *connection,
                message: message.clone(),
            },
            Self::Down {
                node,
                connection,
                message,
            } => Self::Down {
                node: *node,
                connection: *connection,
                message: message.clone(),
            },
            timer => unreachable!("only messages are doubled, not {timer:?}"),
        }
    }

    /// One line of the history: all that distinguishes this event from another.
    pub fn describe(&self, line: &mut String) {
        let written = match self {
            Self::Peer {
                node,
                connection,
                log,
                message,
            } => match message {
                PeerMessage::Frame(bytes) => write!(line, "peer>{node} #{connection} {}", frame_name(bytes)),
                PeerMessage::Frames(frames) => {
                    let names: Vec<String> = frames.iter().map(frame_name).collect();
                    write!(line, "peer>{node} #{connection} pulled {names:?}")
                }
                other => write!(line, "peer>{node} #{connection} {log} {other:?}"),
            },
            Self::Up {
                centre,
                node,
                connection,
                message: Upward::Message(Up::Frames { log, frames }),
            } => write!(line, "up {node}>{centre} #{connection} {log} {}", frames.len()).and_then(|()| {
                frames
                    .iter()
                    .try_for_each(|bytes| write!(line, " {}", frame_name(bytes)))
            }),
            other => write!(line, "{other:?}"),
        };
        written.expect("a string takes everything");
    }
}
