//! What the parent tells its shares and what they tell it: orders in a file before the start, a line of JSON each second
//! on standard output, and at the end a file with everything that each teacher was told.

use std::{
    io::{BufReader, BufWriter, Write},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use anyhow::Context;
use protocol::outline::ResponseKind;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{acknowledgements::Acknowledgements, operation::Operation, timetable::Hours};

/// What one share is to do.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Orders {
    /// The beginning of the scenario, in milliseconds of the wall clock.
    pub begins_at_ms: i64,
    /// Seed of all choices.
    pub seed: u64,
    /// The CA that signed the nodes' certificates, PEM.
    pub authority: String,
    /// HTTPS addresses of the nodes of each district.
    pub districts: Vec<Vec<NodeAddress>>,
    /// The slots.
    pub slots: Vec<SlotOrders>,
    /// The items by number.
    pub items: Vec<(u16, ResponseKind)>,
    /// Seconds between two looks at the sittings at most.
    pub poll_seconds: f64,
    /// Seconds between two looks at an attempt by a page that has nothing to send.
    pub look_seconds: f64,
    /// Of a hundred.
    pub change_percent: u8,
    /// Of a hundred.
    pub mark_percent: u8,
    /// The teachers.
    pub teachers: Vec<TeacherOrders>,
    /// Where what they were told is to be written.
    pub outcome: PathBuf,
}

/// A node, by the name that its problems use and by its address.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NodeAddress {
    /// The address that candidates are given.
    pub url: String,
    /// HTTPS.
    pub https: SocketAddr,
}

/// A slot.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SlotOrders {
    /// Its sitting.
    pub sitting: u32,
    /// When what happens.
    pub hours: Hours,
}

/// A teacher.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TeacherOrders {
    /// The number.
    pub candidate: u32,
    /// The access code.
    pub code: String,
    /// Place in [`Orders::districts`].
    pub district: u8,
    /// Place in [`Orders::slots`].
    pub slot: u8,
    /// Which of the district's nodes is asked first.
    pub node: u8,
    /// From where.
    pub address: Ipv4Addr,
}

/// A second of a share.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tick {
    /// From the beginning of the scenario.
    pub second: u64,
    /// What was answered in it.
    pub spans: Vec<Spans>,
    /// How late this process woke its teachers, packed.
    pub late: String,
    /// What failed in it: operation, how, how often.
    pub errors: Vec<(Operation, String, u64)>,
    /// How things stand.
    pub gauges: Gauges,
}

/// An operation's times in microseconds, each a packed histogram.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Spans {
    /// Which.
    pub operation: Operation,
    /// From when it should have been sent.
    pub latency: String,
    /// From when it was sent.
    pub service: String,
}

/// Counts since the start, and what is open.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Gauges {
    /// Teachers who signed in.
    pub signed_in: u64,
    /// Teachers who started.
    pub started: u64,
    /// Teachers with a receipt.
    pub submitted: u64,
    /// Teachers who gave up.
    pub gave_up: u64,
    /// Teachers who are through, one way or the other.
    pub ended: u64,
    /// Answers that were acknowledged.
    pub acknowledged: u64,
    /// Connections that are open.
    pub connections: u64,
    /// Requests under way.
    pub in_flight: u64,
    /// Connections that were made again because the node had closed an idle one.
    pub reconnects: u64,
    /// Of all handshakes, those that resumed a session.
    pub resumed: u64,
    /// Times that a teacher went on at another node.
    pub moves: u64,
}

impl Gauges {
    /// The sum over shares.
    pub(crate) fn add(&mut self, other: &Self) {
        self.signed_in += other.signed_in;
        self.started += other.started;
        self.submitted += other.submitted;
        self.gave_up += other.gave_up;
        self.ended += other.ended;
        self.acknowledged += other.acknowledged;
        self.connections += other.connections;
        self.in_flight += other.in_flight;
        self.reconnects += other.reconnects;
        self.resumed += other.resumed;
        self.moves += other.moves;
    }
}

/// A line of a share.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Line {
    /// A second went by.
    Tick(Box<Tick>),
    /// All are through; the outcome lies in its file.
    Done,
    /// The share cannot go on; in words.
    Failed(String),
}

/// What a share's teachers were told.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// The logs that [`Acknowledgements`] name by number.
    pub logs: Vec<String>,
    /// The teachers.
    pub teachers: Vec<Told>,
}

/// What a teacher was told.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Told {
    /// Who.
    pub candidate: u32,
    /// Place in [`Orders::slots`].
    pub slot: u8,
    /// Every acknowledgement.
    pub acknowledgements: Acknowledgements,
    /// The receipt as it came.
    pub receipt: Option<Box<str>>,
    /// Why the teacher gave up, where they did.
    pub gave_up: Option<String>,
}

/// Writes a value to a file, compactly.
pub(crate) fn write<T: Serialize>(path: &Path, value: &T) -> anyhow::Result<()> {
    let file =
        std::fs::File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
    let mut writer = BufWriter::new(file);
    bincode::serde::encode_into_std_write(value, &mut writer, bincode::config::standard())?;
    Ok(writer.flush()?)
}

/// Reads it back.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let file = std::fs::File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let value = bincode::serde::decode_from_std_read(&mut BufReader::new(file), bincode::config::standard());
    value.with_context(|| format!("{} is not of this version", path.display()))
}
