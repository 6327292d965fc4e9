//! Virtual time: what happens next. Two events of one instant come in the order in which they were planned, so a run is a
//! function of its seed alone.

use std::{cmp::Ordering, collections::BinaryHeap};

use super::event::Event;

/// Events to come.
#[derive(Default)]
pub struct Schedule {
    heap: BinaryHeap<Planned>,
    planned: u64,
}

struct Planned {
    at_ms: u64,
    order: u64,
    event: Event,
}

impl Schedule {
    /// Plans an event.
    pub fn plan(&mut self, at_ms: u64, event: Event) {
        let order = self.planned;
        self.planned += 1;
        self.heap.push(Planned { at_ms, order, event });
    }

    /// The next event and when it happens.
    pub fn take_next(&mut self) -> Option<(u64, Event)> {
        self.heap.pop().map(|planned| (planned.at_ms, planned.event))
    }
}

impl Ord for Planned {
    /// The heap gives its greatest: the earliest must be that.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at_ms, other.order).cmp(&(self.at_ms, self.order))
    }
}

impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Planned {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Planned {}
