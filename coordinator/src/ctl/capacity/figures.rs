//! Every figure that the plan stands on, each with its unit and where it comes from. This is the one place to replace a
//! figure when it was measured (anew); the plan, the command and `docs/CAPACITY.md` follow from here.

use serde::Serialize;

/// A figure and its source.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Figure {
    pub(super) name: &'static str,
    pub(super) value: f64,
    pub(super) unit: &'static str,
    pub(super) source: Source,
    /// Where it stands, or why it was chosen so.
    pub(super) reason: &'static str,
}

/// How far a figure can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Source {
    /// Measured on this product; the reason says where it is recorded.
    Measured,
    /// Chosen; the reason says why.
    Assumed,
}

macro_rules! figures {
    ($($constant:ident = $value:literal, $unit:literal, $source:ident, $name:literal, $reason:literal;)*) => {
        $(pub(super) const $constant: Figure = Figure {
            name: $name,
            value: $value,
            unit: $unit,
            source: Source::$source,
            reason: $reason,
        };)*
        /// All of them, in the order in which they are shown.
        pub(super) const ALL: &[Figure] = &[$($constant),*];
    };
}

figures! {
    // The load.
    PEAK_SHARE = 1.0, "of all", Assumed, "candidates at one time",
        "everybody in one slot; the reference day has 60 % in its largest";
    LARGEST_DISTRICT = 1.5, "times the mean", Assumed, "the largest district",
        "the reference load: 12,000 of 40,000 in one of five districts";
    SAVE_EVERY = 30.0, "s", Assumed, "time between two saves of a candidate",
        "the think time of the load tests";
    SAVES_PER_ITEM = 1.3, "saves", Assumed, "saves for each item",
        "three of ten answers are changed once";
    RUSH = 60.0, "s", Assumed, "time in which everybody starts",
        "the start rush of the load tests";
    SITTINGS_KEPT = 3.0, "sittings", Assumed, "sittings of everybody that the centre keeps",
        "one a month, and a new cluster each quarter: the centre removes nothing yet, and holds all in memory";
    NODE_SITTINGS_KEPT = 2.0, "sittings", Assumed, "sittings of everybody that a node keeps",
        "the current one, and the one before until the centre and the peer have it and its retention is over";
    // A district's node.
    CANDIDATES_PER_NODE = 12_000.0, "candidates", Measured, "candidates that one node serves",
        "docs/SWARM.md: a sign-in rush and a start rush of 12,000 within 60 s at one node; more was not tried";
    SPARE_NODES = 1.0, "nodes", Assumed, "nodes that may fail in a district",
        "no acknowledged answer is lost with any one node";
    HTTPS_ANSWERS = 46_500.0, "1/s a core", Measured, "durable answers over HTTPS",
        "docs/PERFORMANCE.md: 64 connections, one answer a request";
    HANDSHAKES = 5_900.0, "1/s a core", Assumed, "full TLS handshakes",
        "the TLS library alone";
    NODE_CORES = 2.0, "cores", Assumed, "cores of a node",
        "the machine that all measurements are made on";
    CONNECTION_BYTES = 24_600.0, "B", Measured, "memory of a signed-in connection",
        "docs/PERFORMANCE.md: 24.0 KB for an idle one, over TLS";
    ANSWER_MEMORY_BYTES = 77.0, "B", Measured, "memory of one merged answer",
        "docs/ARCHITECTURE.md: 7.7 KB for an attempt of 100 answers";
    NODE_BASE_MEMORY_MB = 1_024.0, "MB", Assumed, "memory of a node besides",
        "operating system, page cache, sled's caches";
    NODE_DISK_BYTES = 320.0, "B", Measured, "disk of one answer in one log",
        "docs/PERFORMANCE.md: two answers a frame, sled's slack included";
    NODE_BASE_DISK_GB = 20.0, "GB", Assumed, "disk of a node besides",
        "operating system, ballast, quarantined logs";
    // The lines.
    WAN_BYTES = 27.2, "B", Measured, "WAN bytes of an answer as it comes",
        "docs/PERFORMANCE.md: 400 answers/s, headers of IP and UDP included";
    CATCH_UP_BYTES = 13.9, "B", Measured, "WAN bytes of an answer in catch-up",
        "docs/PERFORMANCE.md: two answers a frame";
    CATCH_UP_TIME = 3_600.0, "s", Assumed, "time to deliver a sitting after a cut",
        "results the same day";
    ROSTER_BYTES = 200.0, "B", Assumed, "feed bytes of a candidate",
        "name, number, roll, hashed code";
    ITEM_BYTES = 300.0, "B", Assumed, "sealed bytes of an item",
        "one language, compressed before it is sealed";
    FIRST_LOAD_BYTES = 50_100.0, "B", Measured, "first load of page and paper",
        "docs/PERFORMANCE.md: 48.9 KB with heads, without TLS; 100 items in one language";
    // The centre.
    COORDINATORS = 3.0, "coordinators", Assumed, "coordinators of one cluster",
        "one may fail";
    CENTRE_ANSWERS = 175_200.0, "1/s", Measured, "answers merged and replicated by one cluster",
        "docs/PERFORMANCE.md: a backlog of 2 million, all of the system on two cores";
    COORDINATOR_MEMORY_MB = 16_384.0, "MB", Assumed, "memory of a coordinator",
        "a common size";
    MEMORY_SHARE = 0.6, "of it", Assumed, "memory that merged attempts may take",
        "the rest is for snapshots, caches and growth";
    CENTRE_DISK_BYTES = 206.0, "B", Measured, "disk of one answer at one coordinator",
        "docs/PERFORMANCE.md: Raft's log before it is purged 86, frames and sled's slack 120";
    // Money.
    NODE_PRICE = 30.0, "$/month", Assumed, "a node",
        "2 cores, 4 GB rented; or a small machine bought for three years, and its current";
    COORDINATOR_PRICE = 100.0, "$/month", Assumed, "a coordinator",
        "4 cores, 16 GB rented";
    DISK_PRICE = 0.1, "$/GB and month", Assumed, "disk",
        "replicated solid state";
    BACKUP_COPIES = 1.0, "copies", Assumed, "backups of the centre",
        "beside the coordinators themselves";
    LINE_PRICE = 25.0, "$/month", Assumed, "a district's line",
        "an office's broadband of 20 Mbit/s";
    LINE_RATE = 20.0, "Mbit/s", Assumed, "what such a line carries",
        "each way; more is bought in steps of this";
    TRAFFIC_PRICE = 0.09, "$/GB", Assumed, "traffic out of the centre",
        "a list price";
}
