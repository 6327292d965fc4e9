//! The simulated world: two nodes, three coordinators, fifty candidates, a network; and the loop that lets one event after
//! the other happen. A world ends in calm: everything starts again, and everything must come to rest and agree.

use std::sync::Arc;

use protocol::hash::Hash;
use rand::{SeedableRng, rngs::StdRng};

use super::{
    candidate::Candidate,
    centre::{Centre, RaftLog, founding},
    event::Event,
    exam,
    history::History,
    network::Network,
    node::{End, Node},
    schedule::Schedule,
    step::{BrokenRules, Out, Step, Tally},
};

/// In calm, everything comes to rest within so much virtual time: a minute is twice the longest back-off.
const CALM_MS: u64 = 60_000;
/// A broken stream is noticed after so long.
const LOSS_NOTICED_MS: u64 = 2_000;
/// How often it is looked whether it has.
const LOOK_EVENTS: u64 = 400;

/// The world.
pub struct World {
    pub(super) nodes: [Node; 2],
    pub(super) centres: [Centre; 3],
    pub(super) candidates: Vec<Candidate>,
    pub(super) raft: RaftLog,
    pub(super) network: Network,
    pub(super) is_calm: bool,
    /// The node that lost its disk.
    pub(super) lost_disk: Option<usize>,
    /// The coordinator whose clock jumps.
    pub(super) bad_clock: Option<usize>,
    pub(super) wrong: Vec<String>,
    schedule: Schedule,
    now_ms: u64,
    rng: StdRng,
    broken: BrokenRules,
}

/// How a world ended.
pub struct Ended {
    pub digest: Hash,
    pub tally: Tally,
    /// What should never be; with the last events when there is any.
    pub wrong: Vec<String>,
    pub last_lines: String,
}

impl World {
    /// A world before its first event.
    pub fn new(seed: u64, broken: BrokenRules) -> Self {
        Self {
            nodes: [Node::new(0), Node::new(1)],
            centres: [Centre::new(0), Centre::new(1), Centre::new(2)],
            candidates: Vec::new(),
            raft: founding(),
            network: Network::calm(),
            is_calm: false,
            lost_disk: None,
            bad_clock: None,
            wrong: Vec::new(),
            schedule: Schedule::default(),
            now_ms: 0,
            rng: StdRng::seed_from_u64(seed),
            broken,
        }
    }

    /// Lets `events` events of the storm happen, then calms it and checks what is left.
    pub fn run(mut self, events: u64) -> Ended {
        let (mut tally, mut history) = (
            Tally {
                worlds: 1,
                ..Tally::default()
            },
            History::new(),
        );
        self.with_step(&mut tally, World::begin);
        while tally.events < events && self.wrong.is_empty() {
            self.next(&mut tally, &mut history);
        }
        if self.wrong.is_empty() {
            self.with_step(&mut tally, World::calm);
            self.come_to_rest(&mut tally, &mut history);
        }
        if self.wrong.is_empty() {
            self.with_step(&mut tally, World::check_the_end);
        }
        let last_lines = history.last_lines().to_owned();
        for (key, value) in &self.centres[0].disk.rows {
            history.seal(&[key.as_slice(), value.as_slice()].concat());
        }
        Ended {
            digest: history.digest(),
            tally,
            wrong: self.wrong,
            last_lines,
        }
    }

    fn come_to_rest(&mut self, tally: &mut Tally, history: &mut History) {
        let end_ms = self.now_ms + CALM_MS;
        while self.wrong.is_empty() {
            for _ in 0..LOOK_EVENTS {
                self.next(tally, history);
            }
            let unrest = self.unrest();
            if unrest.is_none() {
                return;
            }
            if let (true, Some(unrest)) = (self.now_ms > end_ms, unrest) {
                self.wrong
                    .push(format!("the world does not come to rest: {unrest}"));
            }
        }
    }

    fn begin(&mut self, step: &mut Step<'_>) {
        for node in &mut self.nodes {
            node.boot(step);
        }
        for centre in &mut self.centres {
            centre.boot(step);
        }
        for number in 0..exam::CANDIDATES {
            self.candidates.push(Candidate::new(number, step));
            let ms = step.between(1, 3_000);
            step.after(ms, Event::Candidate(number));
        }
        step.after(500, Event::Fault);
    }

    fn next(&mut self, tally: &mut Tally, history: &mut History) {
        let Some((at_ms, event)) = self.schedule.take_next() else {
            self.wrong.push("nothing happens any more".to_owned());
            return;
        };
        self.now_ms = at_ms;
        tally.events += 1;
        history.note(at_ms, &event);
        self.with_step(tally, |world, step| world.happen(event, step));
    }

    fn with_step(&mut self, tally: &mut Tally, act: impl FnOnce(&mut Self, &mut Step<'_>)) {
        let mut rng = self.rng.clone();
        let (mut outs, mut wrong) = (Vec::new(), Vec::new());
        let mut step = Step {
            now_ms: self.now_ms,
            rng: &mut rng,
            outs: &mut outs,
            broken: self.broken,
            tally,
            wrong: &mut wrong,
        };
        act(self, &mut step);
        for out in outs {
            match out {
                Out::After(ms, event) => self.schedule.plan(self.now_ms + ms, event),
                Out::Send(from, to, event) => {
                    let [first, second] = self.network.delays(from, to, &mut rng, tally);
                    if let Some(ms) = second {
                        self.schedule.plan(self.now_ms + ms, event.again());
                    }
                    match (first, event.when_lost()) {
                        (Some(ms), _) => self.schedule.plan(self.now_ms + ms, event),
                        (None, Some(lost)) => self.schedule.plan(self.now_ms + LOSS_NOTICED_MS, lost),
                        (None, None) => {}
                    }
                }
            }
        }
        self.rng = rng;
        self.wrong.append(&mut wrong);
    }

    fn happen(&mut self, event: Event, step: &mut Step<'_>) {
        match event {
            Event::Candidate(candidate) => self.candidates[candidate].act(self.is_calm, step),
            Event::Request { node, request } => self.nodes[node].request(request, step),
            Event::Reply { candidate, reply } => self.candidates[candidate].hear(reply, step),
            Event::Peer {
                node,
                connection,
                log,
                message,
            } => {
                self.nodes[node].hear_peer(connection, log, message, step);
            }
            Event::Up {
                centre,
                node,
                connection,
                message,
            } => {
                let majority = self
                    .centres
                    .iter()
                    .filter(|centre| centre.state.is_some())
                    .count()
                    >= 2;
                self.centres[centre].hear(node, connection, message, majority, step);
            }
            Event::Down {
                node,
                connection,
                message,
            } => self.nodes[node].hear_centre(connection, message, step),
            Event::Committed {
                centre,
                life,
                node,
                connection,
                entry,
            } => {
                if self.centres[centre].is_life(life) {
                    self.centres[centre].awaits(self.raft.len(), node, connection);
                }
                self.raft.push(Arc::new(entry));
            }
            other => self.happen_inside(&other, step),
        }
    }

    /// Timers, starts and faults.
    fn happen_inside(&mut self, event: &Event, step: &mut Step<'_>) {
        match *event {
            Event::Synced { node, life }
                if self.nodes[node].is_life(life) && !self.nodes[node].synced(step) =>
            {
                self.end_node(node, End::Kill, step);
            }
            Event::PeerWait { node, life, ticket } if self.nodes[node].is_life(life) => {
                self.nodes[node].release(step, |waiter| waiter == ticket);
            }
            Event::CopySynced {
                node,
                life,
                log,
                connection,
            } if self.nodes[node].is_life(life) => {
                self.nodes[node].copy_synced(log, connection, step);
            }
            Event::NodeTick { node, life } if self.nodes[node].is_life(life) => self.nodes[node].tick(step),
            Event::Apply { centre, life } if self.centres[centre].is_life(life) => self.apply(centre, step),
            Event::Persisted { centre, life } if self.centres[centre].is_life(life) => {
                self.centres[centre].persisted(step);
            }
            Event::Boot(node) => {
                self.nodes[node].boot(step);
                self.nodes[1 - node].peer_restarted();
            }
            Event::BootCentre(centre) => {
                self.centres[centre].boot(step);
                self.centre_restarted(centre);
            }
            Event::LinkLost { node, connection } => self.nodes[node].link_lost(connection),
            Event::Fault => self.fault(step),
            // A message, or a timer of a process that is gone.
            _ => {}
        }
    }

    fn centre_restarted(&mut self, centre: usize) {
        for node in &mut self.nodes {
            node.centre_restarted(centre);
        }
    }

    fn apply(&mut self, centre: usize, step: &mut Step<'_>) {
        if self.centres[centre].needs_snapshot(&self.raft) {
            let from = (0..3)
                .max_by_key(|other| self.centres[*other].disk.applied)
                .unwrap_or(centre);
            if self.centres[from].disk.applied > self.centres[centre].applied {
                let disk = std::mem::take(&mut self.centres[from].disk);
                self.centres[centre].install(&disk, step);
                self.centres[from].disk = disk;
                self.centre_restarted(centre);
                return;
            }
        }
        self.centres[centre].apply(&self.raft, step);
    }
}
