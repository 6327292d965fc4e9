//! Rings on virtual time: datagrams and timers are delivered by the test, in a seeded order.

use std::collections::BTreeMap;

use protocol::ids::{Incarnation, Revision, Sequence};

use super::*;

/// Nodes, and what is under way between them, by the virtual millisecond in which it arrives.
struct Ring {
    nodes: BTreeMap<NodeId, Core>,
    under_way: BTreeMap<(u64, u64), (NodeId, Event)>,
    now_ms: u64,
    count: u64,
}

enum Event {
    Data(Bytes),
    Timer(Timer<Member>),
}

impl Ring {
    fn of(nodes: u32) -> Self {
        let mut ring = Self {
            nodes: BTreeMap::new(),
            under_way: BTreeMap::new(),
            now_ms: 0,
            count: 0,
        };
        for node in 1..=nodes {
            ring.start(node, 1);
        }
        ring
    }

    fn start(&mut self, node: u32, generation: u64) {
        let own = Member {
            node: NodeId(node),
            generation,
        };
        let mut core = Core::new(own, u64::from(node) * 1_000 + generation);
        let peers: Vec<NodeId> = self.nodes.keys().copied().collect();
        let effects: Vec<_> = peers.into_iter().map(|peer| core.announce(peer)).collect();
        self.nodes.insert(own.node, core);
        for effect in effects {
            self.take(own.node, effect);
        }
    }

    fn take(&mut self, from: NodeId, effects: Effects) {
        for (to, data) in effects.send {
            self.later(1, to, Event::Data(data));
        }
        for (after, timer) in effects.schedule {
            self.later(after.as_millis() as u64, from, Event::Timer(timer));
        }
    }

    fn later(&mut self, after_ms: u64, to: NodeId, event: Event) {
        self.count += 1;
        self.under_way
            .insert((self.now_ms + after_ms, self.count), (to, event));
    }

    fn run(&mut self, for_ms: u64) {
        let end = self.now_ms + for_ms;
        while let Some(((at, _), _)) = self.under_way.first_key_value()
            && *at <= end
        {
            let ((at, _), (to, event)) = self.under_way.pop_first().unwrap();
            self.now_ms = at;
            let Some(core) = self.nodes.get_mut(&to) else {
                continue;
            };
            let effects = match event {
                Event::Data(data) => core.data(&data),
                Event::Timer(timer) => core.timer(timer),
            };
            self.take(to, effects);
        }
        self.now_ms = end;
    }

    fn up(&self, at: u32) -> Vec<u32> {
        let members = self.nodes[&NodeId(at)].members();
        members
            .values()
            .filter(|view| view.up)
            .map(|view| view.node.0)
            .collect()
    }
}

fn vitals(node: u32, count: u64) -> Vitals {
    Vitals {
        node: NodeId(node),
        generation: 1,
        count,
        open_attempts: count as u32,
        queue: 0,
        incarnation: Incarnation(7),
        head: Sequence(count),
        clock_offset_ms: 0,
        clock_error_ms: 1,
        revision: Revision(1),
        wan_connected: true,
        time: protocol::time::Instant(0),
        time_is_measured: false,
    }
}

#[test]
fn everybody_finds_everybody() {
    let mut ring = Ring::of(4);
    ring.run(5_000);
    assert_eq!(ring.up(1), [2, 3, 4]);
    assert_eq!(ring.up(4), [1, 2, 3]);
}

#[test]
fn the_newest_vitals_reach_everybody() {
    let mut ring = Ring::of(3);
    ring.run(3_000);
    for count in 1..=3 {
        let effects = ring.nodes.get_mut(&NodeId(1)).unwrap().publish(&vitals(1, count));
        ring.take(NodeId(1), effects);
        ring.run(3_000);
    }
    let heard = ring.nodes[&NodeId(3)].members()[&NodeId(1)].vitals;
    assert_eq!(heard.map(|vitals| vitals.count), Some(3));
}

#[test]
fn a_dead_node_is_noticed_and_comes_back_under_a_new_generation() {
    let mut ring = Ring::of(3);
    ring.run(5_000);
    ring.nodes.remove(&NodeId(2));
    ring.run(30_000);
    assert_eq!(ring.up(1), [3]);
    assert!(!ring.nodes[&NodeId(1)].members()[&NodeId(2)].up);
    ring.start(2, 2);
    ring.run(10_000);
    assert_eq!(ring.up(1), [2, 3]);
}

#[test]
fn a_node_that_leaves_is_known_to_have_left_at_once() {
    let mut ring = Ring::of(3);
    ring.run(5_000);
    let effects = ring.nodes.get_mut(&NodeId(2)).unwrap().leave();
    ring.take(NodeId(2), effects);
    ring.nodes.remove(&NodeId(2));
    ring.run(2_000);
    assert_eq!(ring.up(1), [3]);
}

#[test]
fn garbage_changes_nothing() {
    let mut ring = Ring::of(2);
    ring.run(3_000);
    for length in 0..200usize {
        let garbage: Vec<u8> = (0..length).map(|at| (at * 37 + length) as u8).collect();
        let effects = ring.nodes.get_mut(&NodeId(1)).unwrap().data(&garbage);
        ring.take(NodeId(1), effects);
    }
    ring.run(3_000);
    assert_eq!(ring.up(1), [2]);
}
