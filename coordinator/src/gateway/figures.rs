//! What the gateway counts for `/metrics`.

use daemon::{
    Metrics,
    metrics::{Counter, Gauge},
};

/// The gateway's figures.
#[derive(Debug, Clone)]
pub(super) struct Figures {
    /// Links of nodes that are open here.
    pub(super) links: Gauge,
    /// Batches of frames that wait to be proposed.
    batches_waiting: Gauge,
    /// Frames that were proposed and are held.
    pub(super) frames_taken: Counter,
    /// Batches of frames that were refused.
    pub(super) batches_refused: Counter,
    /// Of these, because too many waited or nobody leads.
    pub(super) batches_busy: Counter,
}

/// Counts one thing that waits, for as long as it lives.
#[derive(Debug)]
pub(super) struct Counted(Gauge);

impl Figures {
    pub(super) fn register(metrics: &Metrics) -> Self {
        Self {
            links: metrics.gauge(
                "gateway_links",
                "Links of nodes that are open at this coordinator",
            ),
            batches_waiting: metrics.gauge(
                "gateway_batches_waiting",
                "Batches of frames that wait here to be proposed",
            ),
            frames_taken: metrics.counter(
                "gateway_frames_taken",
                "Frames that nodes handed over here and a majority holds, repetitions included",
            ),
            batches_refused: metrics.counter(
                "gateway_batches_refused",
                "Batches of frames that were refused here",
            ),
            batches_busy: metrics.counter(
                "gateway_batches_busy",
                "Batches that were refused because too many waited or nobody leads: nodes send them again",
            ),
        }
    }

    /// One more batch waits, until the returned value is dropped.
    pub(super) fn one_waits(&self) -> Counted {
        Counted::one(&self.batches_waiting)
    }
}

impl Counted {
    pub(super) fn one(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}
