//! The figures of a run: what the shares measured each second, added up over shares and over time.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    histogram::Times,
    machine::Load,
    message::{Gauges, Tick},
    operation::Operation,
};

/// A second is closed when shares speak of one so much later.
const CLOSED_AFTER: u64 = 4;

/// The whole run.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    totals: [Total; Operation::ALL.len()],
    late: Times,
    /// Failed requests, by operation and how.
    pub errors: BTreeMap<(Operation, String), u64>,
    gauges: BTreeMap<usize, Gauges>,
    open: BTreeMap<u64, Open>,
    /// Second by second.
    pub seconds: BTreeMap<u64, Second>,
}

#[derive(Debug, Default)]
struct Total {
    latency: Times,
    service: Times,
}

#[derive(Debug, Default)]
struct Open {
    latency: BTreeMap<Operation, Times>,
    errors: u64,
}

/// One second.
#[derive(Debug, Default, Clone, Serialize)]
pub(crate) struct Second {
    /// What was answered.
    pub operations: BTreeMap<Operation, Point>,
    /// Requests that failed.
    pub errors: u64,
    /// How things stood.
    pub gauges: Gauges,
    /// Who used the machine.
    pub load: Load,
}

/// An operation in one second; milliseconds.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub(crate) struct Point {
    /// How many.
    pub count: u64,
    /// Half were faster.
    pub p50_ms: f64,
    /// Of a hundred, one was slower.
    pub p99_ms: f64,
    /// The slowest.
    pub max_ms: f64,
}

/// An operation over the whole run; milliseconds.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    /// Which.
    pub operation: Operation,
    /// How many were answered.
    pub count: u64,
    /// Quantiles from when it should have been sent.
    pub p50_ms: f64,
    /// ...
    pub p90_ms: f64,
    /// ...
    pub p99_ms: f64,
    /// ...
    pub p999_ms: f64,
    /// The slowest.
    pub max_ms: f64,
    /// The 99th percentile from when it was sent.
    pub service_p99_ms: f64,
    /// The most in one second.
    pub peak_per_second: u64,
    /// Requests that failed.
    pub errors: u64,
}

impl Figures {
    /// Adds a second of a share.
    pub(crate) fn add(&mut self, share: usize, tick: &Tick) -> anyhow::Result<()> {
        let open = self.open.entry(tick.second).or_default();
        for spans in &tick.spans {
            let latency = Times::unpack(&spans.latency)?;
            let total = &mut self.totals[spans.operation.place()];
            total.latency.add(&latency);
            total.service.add(&Times::unpack(&spans.service)?);
            open.latency.entry(spans.operation).or_default().add(&latency);
        }
        for (operation, how, count) in &tick.errors {
            open.errors += count;
            *self.errors.entry((*operation, how.clone())).or_default() += count;
        }
        self.late.add(&Times::unpack(&tick.late)?);
        self.gauges.insert(share, tick.gauges);
        let gauges = self.gauges();
        self.seconds.entry(tick.second).or_default().gauges = gauges;
        self.close(tick.second.saturating_sub(CLOSED_AFTER));
        Ok(())
    }

    /// Notes who used the machine in a second.
    pub(crate) fn add_load(&mut self, second: u64, load: Load) {
        self.seconds.entry(second).or_default().load = load;
    }

    /// Nothing more will come.
    pub(crate) fn finish(&mut self) {
        self.close(u64::MAX);
    }

    fn close(&mut self, before: u64) {
        let still_open = self.open.split_off(&before);
        for (second, open) in std::mem::replace(&mut self.open, still_open) {
            let closed = self.seconds.entry(second).or_default();
            closed.errors += open.errors;
            closed.operations = open
                .latency
                .into_iter()
                .map(|(operation, times)| (operation, Point::of(&times)))
                .collect();
        }
    }

    /// How things stand, over all shares.
    pub(crate) fn gauges(&self) -> Gauges {
        let mut sum = Gauges::default();
        self.gauges.values().for_each(|one| sum.add(one));
        sum
    }

    /// Requests that failed.
    pub(crate) fn error_count(&self) -> u64 {
        self.errors.values().sum()
    }

    /// The 99th percentile of an operation, in milliseconds.
    pub(crate) fn p99_ms(&self, operation: Operation) -> f64 {
        self.totals[operation.place()].latency.quantile_ms(0.99)
    }

    /// How late the load processes woke their teachers: 99th percentile and worst, in milliseconds.
    pub(crate) fn late_ms(&self) -> (f64, f64) {
        (self.late.quantile_ms(0.99), self.late.max_ms())
    }

    /// The newest second that is complete.
    pub(crate) fn newest(&self) -> Option<&Second> {
        self.seconds
            .values()
            .rev()
            .find(|second| !second.operations.is_empty())
    }

    /// Every operation that was asked for.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let errors = |operation| {
            let of_it = self.errors.iter().filter(|((one, _), _)| *one == operation);
            of_it.map(|(_, count)| count).sum()
        };
        let row = |operation: Operation| {
            let Total { latency, service } = &self.totals[operation.place()];
            let peaks = self
                .seconds
                .values()
                .filter_map(|second| second.operations.get(&operation));
            Row {
                operation,
                count: latency.count(),
                p50_ms: latency.quantile_ms(0.5),
                p90_ms: latency.quantile_ms(0.9),
                p99_ms: latency.quantile_ms(0.99),
                p999_ms: latency.quantile_ms(0.999),
                max_ms: latency.max_ms(),
                service_p99_ms: service.quantile_ms(0.99),
                peak_per_second: peaks.map(|point| point.count).max().unwrap_or(0),
                errors: errors(operation),
            }
        };
        let rows = Operation::ALL.into_iter().map(row);
        rows.filter(|row| row.count + row.errors > 0).collect()
    }
}

impl Point {
    fn of(times: &Times) -> Self {
        Self {
            count: times.count(),
            p50_ms: times.quantile_ms(0.5),
            p99_ms: times.quantile_ms(0.99),
            max_ms: times.max_ms(),
        }
    }
}
