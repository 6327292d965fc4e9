//! Admission: how many requests are worked on at once. Asked before a request's body is read. A node that is over its
//! limit says so at once, so that those it has taken are served as fast as ever, and leaves the last quarter of its
//! places to saves, which candidates wait for.

use std::sync::atomic::{AtomicUsize, Ordering};

use daemon::metrics::Counter;

/// The places for requests.
#[derive(Debug)]
pub struct Admission {
    taken: AtomicUsize,
    places: usize,
    turned_away: Counter,
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Saving a response: may take the last place.
    Exam,
    /// Everything else: only while a quarter of the places is free.
    Rest,
}

/// A place that is taken until this is dropped.
#[derive(Debug)]
pub struct Place<'a>(&'a Admission);

impl Admission {
    /// As many places as requests may be worked on at once.
    pub fn new(places: usize, metrics: &daemon::Metrics) -> Self {
        Self {
            taken: AtomicUsize::new(0),
            places: places.max(1),
            turned_away: metrics.counter("http_turned_away", "Requests that found the node over its limit"),
        }
    }

    /// Takes a place; `None` when there is none for a request of this kind.
    pub fn enter(&self, weight: Weight) -> Option<Place<'_>> {
        let limit = match weight {
            Weight::Exam => self.places,
            Weight::Rest => self.places - self.places / 4,
        };
        // Counted first and given back if it was one too many: never more than the limit are let in.
        if self.taken.fetch_add(1, Ordering::Relaxed) < limit {
            return Some(Place(self));
        }
        self.taken.fetch_sub(1, Ordering::Relaxed);
        self.turned_away.inc();
        None
    }

    /// Requests that are worked on now.
    pub fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_quarter_of_the_places_is_for_saves() {
        let admission = Admission::new(4, &daemon::Metrics::new("test"));
        let mut places: Vec<_> = (0..3).map(|_| admission.enter(Weight::Rest).unwrap()).collect();
        assert!(admission.enter(Weight::Rest).is_none());
        places.push(admission.enter(Weight::Exam).unwrap());
        assert!(admission.enter(Weight::Exam).is_none());
        assert_eq!(admission.taken(), 4);
        places.pop();
        assert!(admission.enter(Weight::Rest).is_none());
        assert!(admission.enter(Weight::Exam).is_some());
    }
}
