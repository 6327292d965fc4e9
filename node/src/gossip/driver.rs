//! The task that owns the ring: hands it datagrams and timers, sends what it says over the links, keeps the view that
//! others read.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use daemon::{CancellationToken, Tasks};
use foca::Timer;
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};

use super::{
    Gossip, Inbound, MemberView, Vitals,
    core::{Core, Effects},
    identity::Member,
};
use crate::links::Links;
use protocol::ids::NodeId;

/// Datagrams that may wait for the ring.
const INBOX_MAX: usize = 256;

/// Timers that may wait; foca keeps a handful for each member.
const TIMERS_MAX: usize = 4_096;

/// How often a node tells how it fares, and announces itself to linked peers that are not in the ring.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// Gives this node's vitals; the driver sets generation and count.
pub type VitalsOf = Arc<dyn Fn() -> Vitals + Send + Sync>;

/// What gossip works with.
pub struct Parts {
    /// This node and its generation ([`super::next_generation`]).
    pub own: Member,
    /// Carries the datagrams.
    pub links: Links,
    /// What to tell.
    pub vitals: VitalsOf,
}

/// Starts the ring.
pub fn start(parts: Parts, tasks: &Tasks) -> Gossip {
    let (inbox, received) = mpsc::channel(INBOX_MAX);
    let members = Arc::new(RwLock::new(BTreeMap::new()));
    let driver = Driver {
        core: Core::new(parts.own, rand::random()),
        parts,
        members: Arc::clone(&members),
        timers: BTreeMap::new(),
        count: 0,
    };
    tasks.spawn("gossip", driver.run(received, tasks.shutdown_token()));
    Gossip { members, inbox }
}

struct Driver {
    core: Core,
    parts: Parts,
    members: Arc<RwLock<BTreeMap<NodeId, MemberView>>>,
    /// By when they are due, and a count that tells equal times apart.
    timers: BTreeMap<(Instant, u64), Timer<Member>>,
    count: u64,
}

impl Driver {
    async fn run(mut self, mut inbox: mpsc::Receiver<Inbound>, shutdown: CancellationToken) {
        let mut tells = interval(TELL_EVERY);
        tells.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let due = self.timers.first_key_value().map(|((at, _), _)| *at);
            let effects = tokio::select! {
                () = shutdown.cancelled() => break,
                Some(inbound) = inbox.recv() => self.core.data(&inbound.data),
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => match self.timers.pop_first() {
                    Some((_, timer)) => self.core.timer(timer),
                    None => continue,
                },
                _ = tells.tick() => self.tell(),
            };
            self.perform(effects);
        }
        let effects = self.core.leave();
        self.perform(effects);
    }

    fn tell(&mut self) -> Effects {
        self.count += 1;
        let said = (self.parts.vitals)();
        let vitals = Vitals {
            generation: self.parts.own.generation,
            count: self.count,
            ..said
        };
        let mut effects = self.core.publish(&vitals);
        let members = self.core.members();
        for peer in self.parts.links.peers() {
            if !members.get(&peer).is_some_and(|view| view.up) {
                let more = self.core.announce(peer);
                effects.send.extend(more.send);
                effects.schedule.extend(more.schedule);
                effects.changed.extend(more.changed);
            }
        }
        effects
    }

    fn perform(&mut self, effects: Effects) {
        for (to, data) in effects.send {
            // Without a link, or where it does not fit, it is lost, as datagrams may be.
            if let Some(link) = self.parts.links.get(to)
                && let Err(error) = link.send_datagram(data)
            {
                tracing::trace!(%to, %error, "a gossip datagram was not sent");
            }
        }
        for (after, timer) in effects.schedule {
            self.count += 1;
            if self.timers.len() < TIMERS_MAX {
                self.timers.insert((Instant::now() + after, self.count), timer);
            }
        }
        for (node, up) in effects.changed {
            tracing::info!(%node, up, "a node of the district came or went");
        }
        *self.members.write().unwrap_or_else(PoisonError::into_inner) = self.core.members();
    }
}
