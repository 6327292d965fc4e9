//! What a node does for one request: the attempt's turn, the rules, the committer's frame, the wait for the peer's copy.
//! Follows `attempts::service` and `log::committer`; what they decide is decided by the same pure functions.

use std::collections::{BTreeMap, VecDeque};

use node::{attempts::rules::Decision, log::Durability};
use protocol::{
    frame::{EncodedRecord, Frame, FrameBuilder},
    ids::{AttemptKey, Sequence},
    record::{Event as RecordEvent, Record},
    time::When,
    watermark::Watermark,
};
use store::frames::FrameStore;

use super::{
    event::{Event, Party, Reply, Request, Told},
    exam::key_of,
    node::Node,
    step::Step,
};

/// How long an acknowledgement waits for the peer's copy.
const PEER_WAIT_MS: u64 = 250;
/// Requests that may wait for the committer.
pub const QUEUE_MAX: usize = 64;
/// Requests in one frame.
const BATCH_MAX: usize = 16;
/// Requests of one attempt that may wait for their turn.
const TURN_QUEUE_MAX: usize = 8;

/// The queue before the log, what is being written, and who waits.
#[derive(Default)]
pub struct Committer {
    queue: VecDeque<Append>,
    writing: Option<(Frame, Vec<(Append, Sequence)>)>,
    /// Attempts that are decided for, and the requests that wait for that.
    turns: BTreeMap<AttemptKey, VecDeque<Request>>,
    waiting: Vec<Waiter>,
    tickets: u64,
}

struct Append {
    key: AttemptKey,
    records: Vec<EncodedRecord>,
    asked: Asked,
}

/// Who wants records.
pub enum Asked {
    /// A candidate; a save's decision says what becomes of each answer.
    Request(Request, Option<Decision>),
    /// The node itself, for an attempt whose time is over.
    Expiry,
}

struct Waiter {
    ticket: u64,
    first: Sequence,
    last: Sequence,
    request: Request,
    decision: Option<Decision>,
}

// === impl Committer ===

impl Committer {
    /// Whether nothing is asked and nothing written.
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.writing.is_none() && self.waiting.is_empty()
    }

    /// Requests that wait.
    pub fn queue_length(&self) -> usize {
        self.queue.len()
    }

    /// Whether an attempt's turn is taken.
    pub fn is_taken(&self, key: &AttemptKey) -> bool {
        self.turns.contains_key(key)
    }

    /// Takes the attempt's turn and puts its records into the queue.
    pub fn enqueue(&mut self, key: AttemptKey, when: When, events: &[RecordEvent], asked: Asked) {
        let record = |event: &RecordEvent| Record {
            when,
            attempt: key,
            event: event.clone(),
        };
        let encoded = |event| EncodedRecord::new(&record(event)).expect("the rules bound every part");
        let records = events.iter().map(encoded).collect();
        self.turns.entry(key).or_default();
        self.queue.push_back(Append { key, records, asked });
    }

    /// A frame of what waits, as much as fits.
    fn gather(&mut self, mut builder: FrameBuilder) -> Option<(Frame, Vec<(Append, Sequence)>)> {
        let mut batch = Vec::new();
        while let Some(append) = self.queue.pop_front() {
            let mut first = None;
            for record in &append.records {
                let sequence = builder.push(record);
                first.get_or_insert(sequence);
            }
            batch.push((append, first?));
            if batch.len() == BATCH_MAX {
                break;
            }
        }
        Some((builder.finish().ok()?, batch))
    }
}

// === impl Node ===

impl Node {
    /// A candidate's request arrives.
    pub fn request(&mut self, request: Request, step: &mut Step<'_>) {
        self.handle(request, step);
        self.commit(step);
    }

    /// Decides; what needs records goes into the queue and takes the attempt's turn.
    fn handle(&mut self, request: Request, step: &mut Step<'_>) {
        let (id, number) = (self.id(), self.number);
        let Some(live) = self.live.as_mut() else { return };
        let key = key_of(request.candidate);
        if let Some(waiting) = live.committer.turns.get_mut(&key) {
            if waiting.len() < TURN_QUEUE_MAX {
                waiting.push_back(request);
            }
            return;
        }
        if live.committer.queue.len() >= QUEUE_MAX {
            answer(number, &request, Told::Busy, step);
            return;
        }
        match live.decide(id, key, &request, step.now_ms) {
            Err(told) => answer(number, &request, told, step),
            Ok((events, decision)) if events.is_empty() => {
                let told = live.told(&request, decision.as_ref(), None, Durability::Node);
                answer(number, &request, told, step);
            }
            Ok((events, decision)) => {
                let when = live.when(step.now_ms);
                live.committer
                    .enqueue(key, when, &events, Asked::Request(request, decision));
            }
        }
    }

    /// The committer takes what waits, hands the frame to the peer and writes it.
    pub fn commit(&mut self, step: &mut Step<'_>) {
        let (number, life) = (self.number, self.life);
        let Some(live) = self.live.as_mut() else { return };
        if live.committer.writing.is_some() || live.committer.queue.is_empty() {
            return;
        }
        let builder = FrameBuilder::new(live.own.id(), live.head.sequence.next(), live.head.hash);
        let Some((frame, batch)) = live.committer.gather(builder) else {
            step.wrong("a frame could not be made".to_owned());
            return;
        };
        step.tally.frames += 1;
        if live.streams.is_subscribed(&live.own.id()) {
            for life in &mut self.disk.lives {
                life.is_shared |= life.log.id() == live.own.id();
            }
            live.streams.send_live(number, &frame, step);
        }
        if std::mem::take(&mut self.fail_sync) {
            live.own.fail_append(1);
        }
        // A failure shows at the sync: until then nothing was promised.
        let is_written = live.own.append(&frame).is_ok();
        if step.broken.acknowledge_before_sync && is_written {
            for (append, first) in &batch {
                if let Asked::Request(request, decision) = &append.asked {
                    let told = live.told(request, decision.as_ref(), Some(*first), Durability::Node);
                    answer(number, request, told, step);
                }
            }
        }
        live.committer.writing = Some((frame, batch));
        let takes_ms = 1 + step.between(0, 12) + std::mem::take(&mut self.slow_sync_ms);
        step.after(takes_ms, Event::Synced { node: number, life });
    }

    /// The frame is on the disk: it is applied, turns are free again, waiters wait for the peer's copy, the next frame is
    /// written. False when the disk failed: the process ends.
    #[must_use]
    pub fn synced(&mut self, step: &mut Step<'_>) -> bool {
        let Some(live) = self.live.as_mut() else {
            return true;
        };
        let Some((frame, batch)) = live.committer.writing.take() else {
            return true;
        };
        if live.own.checkpoint().is_err() {
            return false;
        }
        live.book.absorb_own(&frame);
        live.head = Watermark::after(&frame);
        let is_peer_live = live.streams.is_peer_live(&live.own.id(), step.now_ms);
        let mut next = Vec::new();
        for (append, first) in batch {
            next.extend(live.committer.turns.remove(&append.key).unwrap_or_default());
            let last = Sequence(first.0 + append.records.len() as u64 - 1);
            if let Asked::Request(request, decision) = append.asked
                && !step.broken.acknowledge_before_sync
            {
                live.committer.tickets += 1;
                let ticket = live.committer.tickets;
                live.committer.waiting.push(Waiter {
                    ticket,
                    first,
                    last,
                    request,
                    decision,
                });
                let (node, life) = (self.number, self.life);
                step.after(PEER_WAIT_MS, Event::PeerWait { node, life, ticket });
            }
        }
        self.release(step, |_| !is_peer_live);
        for request in next {
            self.handle(request, step);
        }
        self.pump_streams(step);
        self.pump_uplink(step);
        self.commit(step);
        true
    }

    /// Answers those whose records a peer has, and those who are not to wait (any longer).
    pub fn release(&mut self, step: &mut Step<'_>, is_over: impl Fn(u64) -> bool) {
        let number = self.number;
        let Some(live) = self.live.as_mut() else { return };
        let confirmed = live.streams.confirmed(&live.own.id());
        for waiter in std::mem::take(&mut live.committer.waiting) {
            let durability = match (waiter.last <= confirmed, is_over(waiter.ticket)) {
                (true, _) => Durability::District,
                (false, true) => Durability::Node,
                (false, false) => {
                    live.committer.waiting.push(waiter);
                    continue;
                }
            };
            let Waiter {
                first,
                request,
                decision,
                ..
            } = waiter;
            let told = live.told(&request, decision.as_ref(), Some(first), durability);
            answer(number, &request, told, step);
        }
    }
}

fn answer(node: usize, request: &Request, told: Told, step: &mut Step<'_>) {
    let reply = Reply {
        node,
        number: request.number,
        device: request.device,
        told,
    };
    let candidate = request.candidate;
    step.send(
        Party::Node(node),
        Party::Candidate(candidate),
        Event::Reply { candidate, reply },
    );
}
