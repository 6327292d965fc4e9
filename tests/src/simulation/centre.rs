//! Three coordinators: the real state machine each, over rows and frames that are committed in one batch with what was
//! applied last. Raft is an ordered log that a majority keeps; each coordinator applies it at its own pace.

use std::{collections::BTreeMap, sync::Arc};

use protocol::{
    frame::Frame,
    hash::Hash,
    ids::{CandidateId, DistrictId, LogId, Sequence},
    roster::Candidate,
    time::Instant,
    watermark::Watermark,
    wire::centre::{Down, Refusal, Up},
};
use state::{Command, Effects, NewNewcomer, Outcome, Stamped, State};

use super::{
    event::{Event, Party, Upward},
    exam,
    step::Step,
};

/// Entries that are applied in one batch.
const BATCH_ENTRIES: usize = 8;
/// A coordinator that is so many entries behind gets a snapshot.
const SNAPSHOT_ENTRIES: usize = 25;

/// The entries that a majority has.
pub type RaftLog = Vec<Arc<Stamped>>;

/// A coordinator: its disk and its process.
pub struct Centre {
    pub number: usize,
    pub disk: CentreDisk,
    pub state: Option<State>,
    pub life: u64,
    /// How far its machine's clock is off.
    pub wall_skew_ms: i64,
    pub applied: usize,
    is_applying: bool,
    /// What was applied and is not yet on the disk.
    unsaved: Vec<Effects>,
    /// Who waits for which entry.
    waiting: BTreeMap<usize, (usize, u64)>,
    /// How far it told anybody that logs are held.
    pub promised: BTreeMap<LogId, Sequence>,
}

/// What a coordinator's store holds, all of one moment.
#[derive(Default)]
pub struct CentreDisk {
    pub rows: BTreeMap<Vec<u8>, Vec<u8>>,
    pub frames: BTreeMap<LogId, Vec<Frame>>,
    pub applied: usize,
}

impl Centre {
    /// A coordinator that knows nothing.
    pub fn new(number: usize) -> Self {
        Self {
            number,
            disk: CentreDisk::default(),
            state: None,
            life: 0,
            wall_skew_ms: 0,
            applied: 0,
            is_applying: false,
            unsaved: Vec::new(),
            waiting: BTreeMap::new(),
            promised: BTreeMap::new(),
        }
    }

    /// Starts the process: rows restored, every stored frame folded again.
    pub fn boot(&mut self, step: &mut Step<'_>) {
        if self.state.is_some() {
            return;
        }
        self.life += 1;
        self.applied = self.disk.applied;
        match restored(&self.disk) {
            Ok(state) => {
                for (log, sequence) in &self.promised {
                    if state.watermark(log).sequence < *sequence {
                        step.wrong(format!(
                            "coordinator {}: the watermark of {log} went back",
                            self.number
                        ));
                    }
                }
                self.state = Some(state);
            }
            Err(why) => step.wrong(format!("coordinator {}: {why}", self.number)),
        }
        self.plan_apply(step);
    }

    /// The process ends; what was not committed to the disk is gone.
    pub fn end(&mut self) {
        self.state = None;
        self.is_applying = false;
        self.unsaved.clear();
        self.waiting.clear();
    }

    fn plan_apply(&self, step: &mut Step<'_>) {
        let ms = 10 + step.between(0, 150);
        let (centre, life) = (self.number, self.life);
        step.after(ms, Event::Apply { centre, life });
    }

    /// Whether this process set a timer.
    pub fn is_life(&self, life: u64) -> bool {
        self.life == life && self.state.is_some()
    }

    /// Something arrives from a node. `has_majority` says whether anything can be proposed.
    pub fn hear(
        &mut self,
        node: usize,
        connection: u64,
        message: Upward,
        has_majority: bool,
        step: &mut Step<'_>,
    ) {
        let Some(state) = &self.state else { return };
        let answer = match message {
            Upward::Time { asked_ms } => Down::Time {
                asked_ms,
                now: exam::true_time(step.now_ms).plus_ms(self.wall_skew_ms),
            },
            Upward::Message(Up::Logs(logs)) => {
                // Only what is on this disk too is told: it must survive this process.
                let saved = |log: &LogId| match self.disk.frames.get(log).and_then(|frames| frames.last()) {
                    Some(frame) => Watermark::after(frame),
                    None => Watermark::default(),
                };
                let marks: Vec<(LogId, Watermark)> = logs.iter().map(|log| (*log, saved(log))).collect();
                debug_assert!(
                    marks
                        .iter()
                        .all(|(log, mark)| mark.sequence <= state.watermark(log).sequence)
                );
                for (log, mark) in &marks {
                    promise(&mut self.promised, *log, mark.sequence);
                }
                Down::Watermarks(marks)
            }
            // Nobody sends chains here: frames are what the rules are about, and how they lie on a link is not simulated.
            Upward::Message(Up::Report(_) | Up::Chain(_) | Up::NotReady(_)) => return,
            Upward::Message(Up::Frames { log, frames }) => {
                if has_majority && !step.one_in(40) {
                    let entry = stamped(step.now_ms, Command::Frames { frames });
                    let (centre, life) = (self.number, self.life);
                    let ms = 2 + step.between(0, 20);
                    step.after(
                        ms,
                        Event::Committed {
                            centre,
                            life,
                            node,
                            connection,
                            entry,
                        },
                    );
                    return;
                }
                Down::Refused {
                    log,
                    reason: Refusal::Busy("no leader".to_owned()),
                }
            }
        };
        self.send_down(node, connection, answer, step);
    }

    /// This coordinator proposed the entry at `index` for a node, and will answer when it has applied it.
    pub fn awaits(&mut self, index: usize, node: usize, connection: u64) {
        self.waiting.insert(index, (node, connection));
    }

    fn send_down(&self, node: usize, connection: u64, message: Down, step: &mut Step<'_>) {
        let event = Event::Down {
            node,
            connection,
            message,
        };
        step.send(Party::Centre(self.number), Party::Node(node), event);
    }

    /// Applies the next entries; they are answered when they are on the disk.
    pub fn apply(&mut self, raft: &RaftLog, step: &mut Step<'_>) {
        self.plan_apply(step);
        let Some(state) = self.state.as_mut().filter(|_| !self.is_applying) else {
            return;
        };
        let end = raft.len().min(self.applied + BATCH_ENTRIES);
        if end == self.applied {
            return;
        }
        self.unsaved = raft[self.applied..end]
            .iter()
            .map(|entry| state.apply(entry))
            .collect();
        self.applied = end;
        self.is_applying = true;
        if step.broken.applied_apart {
            self.disk.applied = end;
        }
        let ms = 1 + step.between(0, 15);
        let (centre, life) = (self.number, self.life);
        step.after(ms, Event::Persisted { centre, life });
    }

    /// One batch: rows, frames and what was applied last. Then those who waited are answered.
    pub fn persisted(&mut self, step: &mut Step<'_>) {
        self.is_applying = false;
        let unsaved = std::mem::take(&mut self.unsaved);
        let first = self.applied - unsaved.len();
        self.disk.applied = self.applied;
        for (index, effects) in unsaved.into_iter().enumerate() {
            for (key, value) in effects.rows {
                match value {
                    Some(value) => self.disk.rows.insert(key, value),
                    None => self.disk.rows.remove(&key),
                };
            }
            for frame in effects.frames {
                self.disk.frames.entry(frame.log()).or_default().push(frame);
            }
            let waiter = self.waiting.remove(&(first + index));
            match effects.outcome {
                Ok(Outcome::Delivered { logs, damaged }) => {
                    if !damaged.is_empty() {
                        step.wrong(format!("the centre calls frames damaged: {damaged:?}"));
                    }
                    for delivery in logs {
                        if let Ok(watermark) = &delivery.result {
                            promise(&mut self.promised, delivery.log, watermark.sequence);
                        }
                        if let Some((node, connection)) = waiter {
                            let log = delivery.log;
                            let answer = match delivery.result {
                                Ok(watermark) => Down::Delivered { log, watermark },
                                Err(reason) => Down::Refused { log, reason },
                            };
                            self.send_down(node, connection, answer, step);
                        }
                    }
                }
                Ok(_) => {}
                Err(rejection) => step.wrong(format!("a command was rejected: {rejection}")),
            }
        }
    }

    /// Whether it is so far behind that the others have purged what it needs.
    pub fn needs_snapshot(&self, raft: &RaftLog) -> bool {
        self.state.is_some() && !self.is_applying && self.applied + SNAPSHOT_ENTRIES < raft.len()
    }

    /// Takes over another coordinator's rows, and the frames that it lacks by their watermarks.
    pub fn install(&mut self, from: &CentreDisk, step: &mut Step<'_>) {
        if from.applied <= self.applied {
            return;
        }
        self.disk.rows.clone_from(&from.rows);
        for (log, frames) in &from.frames {
            let held = self.disk.frames.entry(*log).or_default();
            let lacking = held.len();
            held.extend(frames.iter().skip(lacking).cloned());
        }
        self.disk.applied = from.applied;
        self.end();
        step.tally.snapshots += 1;
        self.boot(step);
    }
}

fn promise(promised: &mut BTreeMap<LogId, Sequence>, log: LogId, sequence: Sequence) {
    let held = promised.entry(log).or_default();
    *held = sequence.max(*held);
}

/// The state that a disk holds: its rows, and every frame folded again.
pub fn restored(disk: &CentreDisk) -> Result<State, String> {
    let rows = disk.rows.iter().map(|(key, value)| (key.clone(), value.clone()));
    let mut state = State::restore(rows).map_err(|error| error.to_string())?;
    for frame in disk.frames.values().flatten() {
        state.refold(frame).map_err(|error| error.to_string())?;
    }
    match state.unfolded().as_slice() {
        [] => Ok(state),
        lacking => Err(format!("frames are missing: {lacking:?}")),
    }
}

fn stamped(now_ms: u64, command: Command) -> Stamped {
    Stamped {
        at: exam::true_time(now_ms),
        by: "simulation".to_owned(),
        command,
    }
}

/// The entries with which the world begins: a cluster, a district with two nodes, the candidates.
pub fn founding() -> RaftLog {
    let mut commands = vec![
        Command::InitCluster {
            name: "simulation".to_owned(),
            ca_certificate: String::new(),
            wrapped_ca_key: vec![1],
            token_key: Hash::ZERO,
            code_key: Hash::ZERO,
            ops_token_hash: Hash::ZERO,
        },
        Command::AddDistrict {
            name: "Mumbai".to_owned(),
        },
    ];
    commands.extend((1..=2).map(|number| Command::MakeJoin {
        newcomer: NewNewcomer::NewNode {
            name: format!("mumbai-{number}"),
            district: DistrictId(1),
        },
        secret_hash: Hash::blake3(&[number]),
        expires: Instant(i64::MAX),
    }));
    commands.push(Command::ImportCandidates {
        candidates: (1..=exam::CANDIDATES as u32).map(candidate).collect(),
    });
    commands
        .into_iter()
        .map(|command| Arc::new(stamped(0, command)))
        .collect()
}

fn candidate(id: u32) -> Candidate {
    Candidate {
        id: CandidateId(id),
        district: DistrictId(1),
        name: format!("Candidate {id}"),
        roll: String::new(),
        batch: String::new(),
        extra_permille: 0,
        code_hash: Hash::ZERO,
    }
}
