//! The command line of `parikshactl result`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use protocol::ids::SittingId;

/// Scores, exports, comparisons.
#[derive(Debug, Subcommand)]
pub(in crate::ctl) enum ResultCommand {
    /// Scores every attempt of a sitting by the latest answer key and the marks that people gave
    Score {
        /// The sitting's number
        sitting: SittingId,
        /// Count responses that came after the deadline
        #[arg(long)]
        count_late: bool,
    },
    /// Writes the results of a sitting; with --dir all of its tables and a manifest with their hashes
    Export(ExportWish),
    /// Lists the sets of scores: one for each answer key version that the sitting was scored by
    Versions {
        /// The sitting's number
        sitting: SittingId,
    },
    /// Lists each candidate whose marks differ between two answer key versions, and by what
    Compare {
        /// The sitting's number
        sitting: SittingId,
        /// The answer key version before
        #[arg(long)]
        from: u16,
        /// The answer key version after
        #[arg(long)]
        to: u16,
    },
    /// Writes the merit list of several sittings, by percentile within each (CSV)
    Normalise {
        /// The sittings' numbers, e.g. 1,2,3
        #[arg(long, value_delimiter = ',', required = true)]
        sittings: Vec<SittingId>,
        /// Into a file (created with mode 0600) instead of stdout
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Says of each item how hard it was, whether it told good from weak, what was chosen, what was left out
    Analyse {
        /// The sitting's number
        sitting: SittingId,
        /// By this version of the answer key; the scores that stand when it is not said
        #[arg(long)]
        key_version: Option<u16>,
        /// Everything as JSON into a file (created with mode 0600)
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Checks for each district that every candidate and every acknowledged answer is accounted for
    Reconcile {
        /// The sitting's number
        sitting: SittingId,
    },
}

/// What is exported, and how.
#[derive(Debug, Args)]
pub(in crate::ctl) struct ExportWish {
    /// The sitting's number
    pub(super) sitting: SittingId,
    /// In which form; csv, or json under --json, when it is not said
    #[arg(long, value_enum)]
    pub(super) format: Option<ExportFormat>,
    /// Into a file (created with mode 0600) instead of stdout
    #[arg(long, value_name = "FILE", conflicts_with = "dir")]
    pub(super) out: Option<PathBuf>,
    /// Into a folder: results, responses, events, marks and manifest.json, as csv or parquet
    #[arg(long, value_name = "DIR")]
    pub(super) dir: Option<PathBuf>,
    /// By this version of the answer key; the scores that stand when it is not said
    #[arg(long)]
    pub(super) key_version: Option<u16>,
}

/// A form of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::ctl) enum ExportFormat {
    /// With a header line
    Csv,
    /// One array
    Json,
    /// Columns with types, packed; with --dir
    Parquet,
}
