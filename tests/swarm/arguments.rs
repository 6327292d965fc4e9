//! The command line.

use std::path::PathBuf;

use clap::Parser;

/// Simulated teachers sit an exam: each signs in over HTTPS, waits, fetches the sealed paper, starts, answers, hands in
/// and keeps the receipt; then everything that was acknowledged is looked up at the centre.
///
/// Load is offered on a timetable (open loop): a latency counts from when the request should have been sent. Ends with 1
/// when an acknowledged answer is lost or counted twice, or when the scenario's bound on errors is passed.
#[derive(Debug, Parser)]
#[command(name = "swarm")]
pub(crate) struct Arguments {
    /// steady, start-rush, submit-rush, sign-in-rush, wan-cut-and-heal, reference, or a TOML file
    #[arg(default_value = "steady")]
    pub scenario: String,
    /// So many teachers instead of the scenario's, in the same proportions
    #[arg(long, value_name = "N")]
    pub candidates: Option<u32>,
    /// The scenario's teachers times this
    #[arg(long, value_name = "FACTOR", conflicts_with = "candidates")]
    pub scale: Option<f64>,
    /// Divide all times but the page's own interval by this, on top of the scenario's compression
    #[arg(long, value_name = "FACTOR")]
    pub faster: Option<f64>,
    /// Use the local system that runs from this directory instead of starting one; it must have no candidates yet
    #[arg(long, value_name = "DATA_DIR")]
    pub against: Option<PathBuf>,
    /// Load processes at least; more are used when the descriptors of one do not suffice
    #[arg(long, default_value_t = 1)]
    pub processes: usize,
    /// Repeats the teachers' choices
    #[arg(long)]
    pub seed: Option<u64>,
    /// Where the report for people goes [default: target/swarm/SCENARIO.html]
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Write the figures for machines
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Fail when a 99th percentile passes the scenario's bound, too
    #[arg(long)]
    pub strict: bool,
    /// Keep the system's data and logs, and say where they are
    #[arg(long)]
    pub keep: bool,
}
