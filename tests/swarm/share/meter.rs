//! What a share counts and measures: written by its teachers, packed up once a second for the parent.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::time::Instant;

use crate::{
    histogram::Times,
    message::{Gauges, Spans, Tick},
    operation::Operation,
};

/// The share's meter. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meter(Arc<Mutex<Readings>>);

/// What is read off it.
#[derive(Debug, Default)]
pub(crate) struct Readings {
    latency: [Times; Operation::ALL.len()],
    service: [Times; Operation::ALL.len()],
    late: Times,
    errors: BTreeMap<(Operation, String), u64>,
    /// How things stand.
    pub gauges: Gauges,
    /// The logs that acknowledgements name by number.
    pub logs: Vec<String>,
}

impl Meter {
    /// To note something down.
    pub(crate) fn readings(&self) -> MutexGuard<'_, Readings> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Readings {
    /// A request was answered: due, sent, answered now.
    pub(crate) fn answered(&mut self, operation: Operation, due: Instant, sent: Instant) {
        let now = Instant::now();
        self.latency[operation.place()].note(now.duration_since(due));
        self.service[operation.place()].note(now.duration_since(sent));
    }

    /// A teacher who had nothing else to do woke now instead of then.
    pub(crate) fn woke(&mut self, due: Instant) {
        self.late.note(due.elapsed());
    }

    /// A request failed.
    pub(crate) fn failed(&mut self, operation: Operation, how: &str) {
        *self.errors.entry((operation, how.to_owned())).or_default() += 1;
    }

    /// The number by which a log is called.
    pub(crate) fn log_number(&mut self, log: &str) -> u16 {
        let known = self.logs.iter().position(|known| known == log);
        let place = known.unwrap_or_else(|| {
            self.logs.push(log.to_owned());
            self.logs.len() - 1
        });
        u16::try_from(place).expect("a run meets few logs")
    }

    /// What happened since the last time.
    pub(crate) fn tick(&mut self, second: u64) -> anyhow::Result<Tick> {
        let mut spans = Vec::new();
        for operation in Operation::ALL {
            let place = operation.place();
            if self.latency[place].count() > 0 {
                spans.push(Spans {
                    operation,
                    latency: self.latency[place].take_packed()?,
                    service: self.service[place].take_packed()?,
                });
            }
        }
        let errors = std::mem::take(&mut self.errors).into_iter();
        Ok(Tick {
            second,
            spans,
            late: self.late.take_packed()?,
            errors: errors
                .map(|((operation, how), count)| (operation, how, count))
                .collect(),
            gauges: self.gauges,
        })
    }
}
