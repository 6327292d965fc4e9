//! One district node: the real book, the real rules, the real cursor, over logs in memory that lose what was not synced.
//! What the committer's thread, the handlers and the log's opening do is followed step by step, in events.

use std::collections::BTreeMap;

use node::{
    attempts::{Book, rules::decide_expiry},
    district_time::{Floor, TimeCore, Verdict},
    ship::stand::Stand,
};
use protocol::{
    frame::Frame,
    ids::{CoordinatorId, Incarnation, LogId, NodeId, Sequence},
    time::{ClockSample, Instant, When},
    watermark::Watermark,
};
use rand::Rng;
use store::{SyncMode, frames::FrameStore, memory::MemoryLog};

use super::{
    answering::{Asked, Committer, QUEUE_MAX},
    event::Event,
    exam,
    replication::Streams,
    shipping::Uplink,
    step::Step,
};

/// How often a node does what it does every so often.
const TICK_MS: u64 = 300;
/// How long the centre must have got nothing of a copy before it is shipped from here.
const PATIENCE_MS: u64 = 3_000;

/// District time that is measured is right by this: what right clocks may lie apart, and the links' delays.
const TIME_OFF_MAX_MS: i64 = 3_000;

/// A node: its disk, which survives, and its process, which does not.
pub struct Node {
    pub number: usize,
    pub disk: Disk,
    pub live: Option<Box<Live>>,
    /// How far the operating system's clock is off.
    pub wall_skew_ms: i64,
    /// The process, counted.
    pub life: u64,
    /// How long the next syncs take besides the usual.
    pub slow_sync_ms: u64,
    /// Whether the next sync fails.
    pub fail_sync: bool,
}

/// What lies on a node's disk.
#[derive(Default)]
pub struct Disk {
    pub lives: Vec<Life>,
    pub copies: BTreeMap<LogId, MemoryLog>,
    pub floor: Option<Floor>,
}

/// One incarnation of the own log and the marks beside it.
pub struct Life {
    pub log: MemoryLog,
    pub is_shared: bool,
    pub is_sealed: bool,
}

/// A running node.
pub struct Live {
    pub book: Book,
    pub own: MemoryLog,
    /// How far the own log is on the disk.
    pub head: Watermark,
    pub earlier: BTreeMap<LogId, MemoryLog>,
    /// How far copies are on the disk and in the book.
    pub copied: BTreeMap<LogId, Sequence>,
    pub stand: Stand,
    pub streams: Streams,
    pub uplink: Uplink,
    pub committer: Committer,
    time: TimeCore,
    booted_ms: u64,
}

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// kill -9: what was written stays.
    Kill,
    /// The power goes: what was not synced is gone.
    PowerCut,
    /// In order, when nothing is under way; else like a kill.
    Stop,
    /// The disk is lost.
    Wipe,
}

impl Node {
    /// A node that never ran.
    pub fn new(number: usize) -> Self {
        Self {
            number,
            disk: Disk::default(),
            live: None,
            wall_skew_ms: 0,
            life: 0,
            slow_sync_ms: 0,
            fail_sync: false,
        }
    }

    /// Its id.
    pub fn id(&self) -> NodeId {
        NodeId(self.number as u32 + 1)
    }

    /// The process starts: every life is folded in, one is continued or a new one begun.
    pub fn boot(&mut self, step: &mut Step<'_>) {
        if self.live.is_some() {
            return;
        }
        self.life += 1;
        let book = Book::new(self.id());
        self.disk.lives.sort_by_key(|life| life.log.id());
        let mut current = None;
        let mut earlier = BTreeMap::new();
        for life in &mut self.disk.lives {
            life.log
                .read(Sequence(1))
                .iter()
                .for_each(|frame| book.absorb_own(frame));
            let may_continue = !life.is_sealed && (!life.is_shared || step.broken.reuse_incarnation);
            if current.is_none() && may_continue {
                current = Some(life.log.clone());
            } else {
                life.is_sealed = true;
                earlier.insert(life.log.id(), life.log.clone());
            }
        }
        let own = current.unwrap_or_else(|| self.begin_life(step));
        let mut copied = BTreeMap::new();
        for (log, copy) in &self.disk.copies {
            for frame in copy.read(Sequence(1)) {
                book.absorb(&frame);
            }
            copied.insert(*log, copy.head().sequence);
        }
        let mut time = TimeCore::new(0, self.wall_ms(step.now_ms), self.disk.floor);
        time.know_coordinators(3);
        self.live = Some(Box::new(Live {
            book,
            head: own.head(),
            stand: Stand::new(own.id(), PATIENCE_MS),
            own,
            earlier,
            copied,
            streams: Streams::default(),
            uplink: Uplink::default(),
            time,
            booted_ms: step.now_ms,
            committer: Committer::default(),
        }));
        step.after(1, self.tick_event());
    }

    fn begin_life(&mut self, step: &mut Step<'_>) -> MemoryLog {
        let id = LogId {
            node: self.id(),
            incarnation: Incarnation(step.rng.random()),
        };
        // Written and synced are two steps here; the committer's append is both.
        let log = MemoryLog::with_sync(id, SyncMode::Unsafe);
        self.disk.lives.push(Life {
            log: log.clone(),
            is_shared: false,
            is_sealed: false,
        });
        log
    }

    /// The process ends.
    pub fn end(&mut self, end: End) {
        let Some(live) = self.live.take() else {
            if end == End::Wipe {
                self.disk = Disk::default();
            }
            return;
        };
        let is_idle = live.committer.is_idle();
        let after = |log: &MemoryLog| match end {
            End::PowerCut => log.crash(),
            End::Kill | End::Stop | End::Wipe => log.kill(),
        };
        for life in &mut self.disk.lives {
            life.log = after(&life.log);
            if end == End::Stop && is_idle && life.log.id() == live.own.id() {
                life.is_shared = false;
            }
        }
        for copy in self.disk.copies.values_mut() {
            *copy = after(copy);
        }
        if end == End::Wipe {
            self.disk = Disk::default();
        }
    }

    fn wall_ms(&self, now_ms: u64) -> i64 {
        exam::true_time(now_ms).0 + self.wall_skew_ms
    }

    fn tick_event(&self) -> Event {
        Event::NodeTick {
            node: self.number,
            life: self.life,
        }
    }

    /// Whether this process set a timer.
    pub fn is_life(&self, life: u64) -> bool {
        self.life == life && self.live.is_some()
    }

    /// What happens every so often: the floor, expired attempts, the links.
    pub fn tick(&mut self, step: &mut Step<'_>) {
        self.keep_floor(step.now_ms);
        self.expire(step);
        self.tick_streams(step);
        self.tick_uplink(step);
        let ms = TICK_MS + step.between(0, 50);
        step.after(ms, self.tick_event());
    }

    /// The other node's process is a new one.
    pub fn peer_restarted(&mut self) {
        if let Some(live) = &mut self.live {
            let own = live.own_id();
            live.streams.peer_restarted(&own);
        }
    }

    fn keep_floor(&mut self, now_ms: u64) {
        let wall_ms = self.wall_ms(now_ms);
        if let Some(live) = self.live.as_mut().filter(|live| live.time.is_measured()) {
            let at = live.now(now_ms);
            self.disk.floor = Some(Floor {
                at,
                wall_ms,
                error_ms: 10,
            });
        }
    }

    fn expire(&mut self, step: &mut Step<'_>) {
        let Some(live) = self.live.as_mut() else { return };
        let now = live.now(step.now_ms);
        let mut keys = live.book.select(|held| decide_expiry(held, now).is_some());
        keys.sort_unstable();
        for key in keys {
            if live.committer.is_taken(&key) || live.committer.queue_length() >= QUEUE_MAX {
                continue;
            }
            if let Some(event) = live.book.slot(key).read(|held| decide_expiry(held, now)) {
                let when = live.when(step.now_ms);
                live.committer.enqueue(key, when, &[event], Asked::Expiry);
            }
        }
        self.commit(step);
    }
}

impl Live {
    /// The log that is being written.
    pub fn own_id(&self) -> LogId {
        self.own.id()
    }

    /// The monotonic clock of this process.
    pub fn monotonic_ms(&self, now_ms: u64) -> u64 {
        now_ms - self.booted_ms
    }

    /// District time as this node believes it.
    pub fn now(&mut self, now_ms: u64) -> Instant {
        self.time.now(now_ms - self.booted_ms)
    }

    /// The stamp of a record.
    pub fn when(&mut self, now_ms: u64) -> When {
        When {
            at: self.now(now_ms),
            elapsed_ms: now_ms - self.booted_ms,
            error_ms: 0,
        }
    }

    /// Takes a measurement of a coordinator's clock in. Once district time was measured and right, no single coordinator
    /// makes it wrong.
    pub fn measured(&mut self, asked_ms: u64, theirs: Instant, from: usize, step: &mut Step<'_>) {
        let truth = exam::true_time(step.now_ms);
        let is_right = |now: Instant| now.since_ms(truth).abs() <= TIME_OFF_MAX_MS;
        let was_right = is_right(self.now(step.now_ms));
        let sample = ClockSample {
            sent_ms: asked_ms,
            theirs,
            heard_ms: self.monotonic_ms(step.now_ms),
        };
        let verdict = self.time.observe(sample, CoordinatorId(from as u64));
        let now = self.now(step.now_ms);
        if was_right && !is_right(now) && !matches!(verdict, Verdict::First(_)) {
            let off_ms = now.since_ms(truth);
            step.wrong(format!(
                "coordinator {from} moved district time {off_ms} ms beside the truth"
            ));
        }
    }

    /// Durable frames of a log on this disk, from the one that holds `from` on: of the longer one where there are two.
    pub fn read(&self, log: &LogId, disk: &Disk, from: Sequence, frames_max: usize) -> Vec<Frame> {
        let (durable, source) = if *log == self.own.id() {
            (self.head.sequence, Some(&self.own))
        } else {
            let earlier = self.earlier.get(log).map(|life| life.head().sequence);
            let copied = self.copied.get(log).copied();
            if earlier >= copied {
                (earlier.unwrap_or_default(), self.earlier.get(log))
            } else {
                (copied.unwrap_or_default(), disk.copies.get(log))
            }
        };
        let mut frames = source
            .map(|log| log.read_some(from, frames_max))
            .unwrap_or_default();
        frames.retain(|frame| frame.last() <= durable);
        frames
    }

    /// Every log on this disk and how far it is durable.
    pub fn logs(&self) -> BTreeMap<LogId, Sequence> {
        let mut logs: BTreeMap<LogId, Sequence> = self.copied.clone();
        for (log, life) in &self.earlier {
            let head = logs.entry(*log).or_default();
            *head = life.head().sequence.max(*head);
        }
        logs.insert(self.own.id(), self.head.sequence);
        logs
    }
}
