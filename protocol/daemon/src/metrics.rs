//! The figures that operators watch: one registry a process, written out as OpenMetrics text.
//!
//! Each part registers its own metrics when it is built and keeps the returned handle; `/metrics` calls
//! [`Metrics::encode`]. Labels must come from a bounded set (never a candidate): each new one stays in memory.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::registry::{Metric, Registry};

pub use prometheus_client::encoding::{EncodeLabelSet as Labels, EncodeLabelValue as LabelValue};
pub use prometheus_client::metrics::counter::Counter;
pub use prometheus_client::metrics::family::{Family, MetricConstructor};
pub use prometheus_client::metrics::gauge::Gauge;
pub use prometheus_client::metrics::histogram::Histogram;

/// The `Content-Type` of what [`Metrics::encode`] gives.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Buckets in seconds for what a candidate waits for: 0.5 ms to 8 s, each double the one before.
pub const LATENCY_SECONDS: [f64; 15] = [
    0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.0, 2.0, 4.0, 8.0,
];

/// A family of histograms, one for each set of labels, all with the same buckets.
pub type HistogramFamily<L> = Family<L, Histogram, Buckets>;

/// What makes a new histogram of a [`HistogramFamily`].
#[derive(Debug, Clone)]
pub struct Buckets(Arc<[f64]>);

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

/// The process's metrics. Clones are the same registry.
#[derive(Debug, Clone)]
pub struct Metrics {
    registered: Arc<Mutex<Registered>>,
}

#[derive(Debug)]
struct Registered {
    registry: Registry,
    names: BTreeSet<String>,
}

impl Metrics {
    /// An empty registry whose metric names all begin with `prefix` and an underscore.
    pub fn new(prefix: &str) -> Self {
        let registered = Registered {
            registry: Registry::with_prefix(prefix),
            names: BTreeSet::new(),
        };
        Self {
            registered: Arc::new(Mutex::new(registered)),
        }
    }

    /// A figure that only grows. `name` comes without `_total`, which the text format adds.
    pub fn counter(&self, name: &str, help: &str) -> Counter {
        self.register(name, help, Counter::default())
    }

    /// A figure that goes up and down.
    pub fn gauge(&self, name: &str, help: &str) -> Gauge {
        self.register(name, help, Gauge::default())
    }

    /// How often a value fell below each of `buckets` (ascending upper bounds, in the unit that `name` ends in).
    pub fn histogram(&self, name: &str, help: &str, buckets: &[f64]) -> Histogram {
        self.register(name, help, Histogram::new(buckets.iter().copied()))
    }

    /// One counter for each set of labels.
    pub fn counters<L: LabelSet>(&self, name: &str, help: &str) -> Family<L, Counter> {
        self.register(name, help, Family::default())
    }

    /// One gauge for each set of labels.
    pub fn gauges<L: LabelSet>(&self, name: &str, help: &str) -> Family<L, Gauge> {
        self.register(name, help, Family::default())
    }

    /// One histogram for each set of labels.
    pub fn histograms<L: LabelSet>(&self, name: &str, help: &str, buckets: &[f64]) -> HistogramFamily<L> {
        self.register(name, help, Family::new_with_constructor(Buckets(buckets.into())))
    }

    /// Registers any metric (cheap to clone: the clones share their value) and gives it back.
    ///
    /// A name that is taken is a mistake in the program: it is logged, and the second metric is not shown.
    pub fn register<M: Metric + Clone>(&self, name: &str, help: &str, metric: M) -> M {
        let mut registered = self.lock();
        if registered.names.insert(name.to_owned()) {
            registered.registry.register(name, help, metric.clone());
        } else {
            tracing::error!(
                metric = name,
                "a metric of this name exists already; the second is not shown"
            );
        }
        metric
    }

    /// Registers figures that are computed when somebody asks for them.
    pub fn register_collector(&self, collector: Box<dyn Collector>) {
        self.lock().registry.register_collector(collector);
    }

    /// All metrics as OpenMetrics text. If a collector fails the text ends there, without its `# EOF` line,
    /// which a scraper takes for what it is: incomplete.
    pub fn encode(&self) -> String {
        let mut page = String::new();
        if text::encode(&mut page, &self.lock().registry).is_err() {
            tracing::error!("a metric could not be written; the metrics page is incomplete");
        }
        page
    }

    fn lock(&self) -> MutexGuard<'_, Registered> {
        self.registered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a set of labels must be able to do; every type that can is one.
pub trait LabelSet: EncodeLabelSet + Clone + Hash + Eq + Debug + Send + Sync + 'static {}

impl<L: EncodeLabelSet + Clone + Hash + Eq + Debug + Send + Sync + 'static> LabelSet for L {}

#[cfg(test)]
mod tests {
    use super::*;

    type Route = [(&'static str, &'static str); 1];

    #[test]
    fn the_page_shows_every_metric_with_help_and_ends_with_eof() {
        let metrics = Metrics::new("pariksha_node");
        metrics.counter("frames_committed", "Frames on disk").inc_by(3);
        metrics
            .gauge("queue_length", "Requests waiting for the committer")
            .set(-2);
        metrics
            .histogram("commit_seconds", "Time of one commit", &LATENCY_SECONDS)
            .observe(0.003);
        let page = metrics.encode();
        for line in [
            "# HELP pariksha_node_frames_committed Frames on disk.",
            "pariksha_node_frames_committed_total 3",
            "pariksha_node_queue_length -2",
            r#"pariksha_node_commit_seconds_bucket{le="0.002"} 0"#,
            r#"pariksha_node_commit_seconds_bucket{le="0.004"} 1"#,
            "pariksha_node_commit_seconds_count 1",
        ] {
            assert!(
                page.lines().any(|shown| shown == line),
                "{line:?} is missing in\n{page}"
            );
        }
        assert!(page.ends_with("# EOF\n"));
    }

    #[test]
    fn families_keep_their_labels_apart() {
        let metrics = Metrics::new("t");
        let requests = metrics.counters::<Route>("requests", "Requests");
        requests.get_or_create(&[("route", "start")]).inc();
        requests.get_or_create(&[("route", "submit")]).inc_by(2);
        let waits = metrics.histograms::<Route>("wait_seconds", "Waits", &[1.0]);
        waits.get_or_create(&[("route", "start")]).observe(0.5);
        metrics
            .gauges::<Route>("open", "Open")
            .get_or_create(&[("route", "start")])
            .set(4);
        let page = metrics.encode();
        assert!(page.contains(r#"t_requests_total{route="start"} 1"#), "{page}");
        assert!(page.contains(r#"t_requests_total{route="submit"} 2"#), "{page}");
        assert!(
            page.contains(r#"t_wait_seconds_bucket{le="1.0",route="start"} 1"#),
            "{page}"
        );
        assert!(page.contains(r#"t_open{route="start"} 4"#), "{page}");
    }

    #[test]
    fn a_name_is_shown_once_however_often_it_is_registered() {
        let metrics = Metrics::new("t");
        metrics.counter("acks", "Acknowledged").inc();
        metrics.clone().counter("acks", "Acknowledged").inc_by(7);
        assert_eq!(metrics.encode().matches("# TYPE t_acks counter").count(), 1);
        assert!(metrics.encode().contains("t_acks_total 1"));
    }
}
