//! The gauges that are read off when somebody scrapes, so that nothing runs in between.

use daemon::{Metrics, metrics::Gauge};

use super::Parts;

/// This part's gauges.
pub(super) struct Figures {
    wan_connected: Gauge,
    lag_ms: Gauge,
    head: Gauge,
    delivered: Gauge,
    peers_confirming: Gauge,
    clock_error_ms: Gauge,
    clocks_doubted: Gauge,
    feed_revision: Gauge,
    candidates: Gauge,
    signed_in: Gauge,
    open_attempts: Gauge,
    submitted: Gauge,
    acknowledged: Gauge,
    disk_free_bytes: Gauge,
    disk_ballast_bytes: Gauge,
    disk_full: Gauge,
}

impl Figures {
    pub(super) fn register(metrics: &Metrics) -> Self {
        Self {
            wan_connected: metrics.gauge(
                "wan_connected",
                "1 while the centre answers, 0 while the WAN is cut",
            ),
            lag_ms: metrics.gauge(
                "lag_milliseconds",
                "Age of the oldest record that the centre does not hold",
            ),
            head: metrics.gauge("log_head", "Last sequence of this node's log"),
            delivered: metrics.gauge(
                "log_delivered",
                "Last sequence of this node's log that the centre holds",
            ),
            peers_confirming: metrics.gauge(
                "peers_confirming",
                "Peers that confirm copies; 0 means one disk only",
            ),
            clock_error_ms: metrics.gauge("clock_error_milliseconds", "How far district time may be off"),
            clocks_doubted: metrics.gauge(
                "clocks_doubted",
                "Coordinators and peers whose clocks contradict district time",
            ),
            feed_revision: metrics.gauge("feed_revision", "How far the feed was followed"),
            candidates: metrics.gauge("candidates_known", "Candidates in the roster"),
            signed_in: metrics.gauge("candidates_signed_in", "Candidates that signed in at this node"),
            open_attempts: metrics.gauge("attempts_open", "Attempts that are open"),
            submitted: metrics.gauge("attempts_submitted", "Attempts that were submitted"),
            acknowledged: metrics.gauge(
                "answers_acknowledged",
                "Answers acknowledged from this node's log",
            ),
            disk_free_bytes: metrics.gauge("disk_free_bytes", "Free bytes below the data directory"),
            disk_ballast_bytes: metrics.gauge(
                "disk_ballast_bytes",
                "Bytes of ballast that can still be given back",
            ),
            disk_full: metrics.gauge("disk_full", "1 while new answers are refused for want of room"),
        }
    }

    pub(super) fn set(&self, parts: &Parts) {
        let wan = *parts.ship.status().borrow();
        let counts = (parts.counts)();
        let catalogue = parts.feed.catalogue();
        let space = parts.disk.space();
        self.disk_free_bytes
            .set(i64::try_from(space.free_bytes).unwrap_or(i64::MAX));
        self.disk_ballast_bytes
            .set(i64::try_from(space.ballast).unwrap_or(i64::MAX));
        self.disk_full.set(i64::from(parts.disk.too_full().is_some()));
        self.wan_connected.set(i64::from(wan.connected));
        self.lag_ms.set(wan.lag_ms as i64);
        self.head.set(parts.shelf.own.reader.head().sequence.0 as i64);
        self.delivered.set(wan.delivered.sequence.0 as i64);
        self.peers_confirming.set(*parts.live_peers.borrow() as i64);
        self.clock_error_ms.set(i64::from(parts.time.error_ms()));
        self.clocks_doubted
            .set(i64::try_from(parts.time.doubts().len()).unwrap_or(i64::MAX));
        self.feed_revision.set(catalogue.revision.0 as i64);
        self.candidates.set(catalogue.candidates.len() as i64);
        self.signed_in.set(i64::from(counts.signed_in));
        self.open_attempts.set(i64::from(counts.open));
        self.submitted.set(i64::from(counts.submitted));
        self.acknowledged.set(counts.acknowledged as i64);
    }
}
