//! The command line of `parikshactl`.

use std::path::PathBuf;

use clap::{CommandFactory, Parser, Subcommand};
use content::import::format::Format;
use protocol::ids::Sequence;

use super::{
    attempts::AttemptCommand,
    capacity,
    failure::EXIT_CODES,
    marks::MarksCommand,
    papers::{KeyCommand, TemplateFormat},
    release::{OfficerCommand, ReleaseCommand},
    results::ResultCommand,
    times,
};

/// Central operations of Pariksha: rosters, papers, sittings, releases, status, results.
#[derive(Debug, Parser)]
#[command(name = "parikshactl", version, after_help = EXIT_CODES, propagate_version = true)]
pub(super) struct Arguments {
    /// The cluster's context file, as `pariksha-coordinator init` writes it [default: ops.json here]
    #[arg(
        long,
        global = true,
        overrides_with = "context",
        env = "PARIKSHA_OPS",
        value_name = "FILE"
    )]
    pub(super) context: Option<PathBuf>,
    /// JSON on stdout instead of tables
    #[arg(long, global = true)]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Districts of the state
    #[command(subcommand)]
    District(DistrictCommand),
    /// Nodes in the districts
    #[command(subcommand)]
    Node(NodeCommand),
    /// Members of the centre
    #[command(subcommand)]
    Coordinator(CoordinatorCommand),
    /// Candidates
    #[command(subcommand)]
    Roster(RosterCommand),
    /// Papers: import, list, release
    #[command(subcommand)]
    Paper(PaperCommand),
    /// Officers: two of them release papers
    #[command(subcommand)]
    Officer(OfficerCommand),
    /// Sittings: a paper in a time window for a batch in districts
    #[command(subcommand)]
    Sitting(SittingCommand),
    /// Coordinators and districts at a glance
    Status,
    /// Scores and the reconciliation
    #[command(subcommand)]
    Result(ResultCommand),
    /// Marks that people give: for responses that no rule can judge
    #[command(subcommand)]
    Marks(MarksCommand),
    /// The nodes' logs as the centre holds them
    #[command(subcommand)]
    Log(LogCommand),
    /// The cluster itself
    #[command(subcommand)]
    Cluster(ClusterCommand),
    /// Candidates' receipts
    #[command(subcommand)]
    Receipt(ReceiptCommand),
    /// Attempts as the centre has merged them
    #[command(subcommand)]
    Attempt(AttemptCommand),
    /// Machines, disks, lines and money for a number of candidates, with every assumption
    Capacity(capacity::Need),
    /// Prints a completion script for a shell
    Completion {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum DistrictCommand {
    /// Adds a district
    Add {
        /// Its name, unique in the state
        name: String,
    },
    /// Lists the districts
    List,
}

#[derive(Debug, Subcommand)]
pub(super) enum NodeCommand {
    /// Makes a one-time token with which a node joins
    Token {
        /// The node's name, e.g. mumbai-1
        name: String,
        /// Its district, by name or number
        #[arg(long)]
        district: String,
    },
    /// Lists the nodes
    List,
}

#[derive(Debug, Subcommand)]
pub(super) enum CoordinatorCommand {
    /// Makes a one-time token with which a coordinator joins
    Token,
    /// Lists the coordinators
    List,
    /// Removes a coordinator that will not come back; a wiped one joins under a new id
    Remove {
        /// Its id
        id: u64,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum RosterCommand {
    /// Imports candidates from a CSV file, a spreadsheet (.xlsx) or a OneRoster zip
    ///
    /// The first line of a CSV file or spreadsheet names its columns: number, name, roll, district, batch, disability,
    /// extra_minutes_per_hour, access_code, slot, centre, seat; number, name and district are required.
    ///
    /// Nothing is imported while any line has an error, unless --partial is given. A candidate without an access_code
    /// in the file who is not registered yet gets a new code; these are written to --codes, once: the centre keeps
    /// only a keyed hash. A registered candidate keeps the code they have.
    Import {
        /// The file
        file: PathBuf,
        /// Import the good lines and list the others
        #[arg(long)]
        partial: bool,
        /// Where to write new access codes (created with mode 0600; must not exist)
        #[arg(long, value_name = "OUT.csv")]
        codes: Option<PathBuf>,
        /// Make a new code for registered candidates too: their printed codes stop working
        #[arg(long, requires = "codes")]
        replace_codes: bool,
    },
    /// Shows what an import of the file would change, and its errors; changes nothing
    Preview {
        /// The file
        file: PathBuf,
    },
    /// Prints the first line of a roster: the names of its columns
    Template,
    /// Makes admit cards as PDF, a page per candidate of a sitting, with their access code and a QR code to sign in at
    ///
    /// Takes the names, codes, slots, centres and seats from the file that has the codes. Typeset by pariksha-cards, in
    /// fonts that are installed on this machine.
    Cards(super::roster::CardsWish),
}

#[derive(Debug, Subcommand)]
pub(super) enum PaperCommand {
    /// Imports a paper from a file of questions, seals it and publishes it to the nodes
    ///
    /// Takes CSV, Excel workbooks, GIFT, Aiken, Moodle XML, QTI items, QTI packages as zip or folder, and a zip or folder
    /// of one such file with its pictures. Nothing is imported while any question has an error, unless --partial is given.
    Import {
        /// The file, or a folder
        file: PathBuf,
        /// The paper's title
        #[arg(long)]
        title: String,
        /// Leave out questions with errors instead of importing nothing
        #[arg(long)]
        partial: bool,
        /// Publish as the next version of this paper
        #[arg(long, value_name = "PAPER")]
        version_of: Option<u32>,
        /// csv, xlsx, gift, aiken, moodle-xml, qti-item or package; told by the file itself when left out
        #[arg(long)]
        format: Option<Format>,
        /// The language of formats that name none
        #[arg(long, default_value = "en")]
        language: String,
        /// Say what would be published, and publish nothing; asks nobody
        #[arg(long)]
        dry_run: bool,
    },
    /// Writes a file to be filled in, with every column and kind of question; asks nobody
    Template {
        /// Which
        #[arg(long, value_enum, default_value = "csv")]
        format: TemplateFormat,
        /// Into a new file instead of stdout
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// The answer key of a paper
    #[command(subcommand)]
    Key(KeyCommand),
    /// Says of each file of questions whether it can be imported, and what a person should look at; asks nobody
    ///
    /// Reads CSV, Excel workbooks, GIFT, Aiken, Moodle XML, QTI, and zip archives of these. Exit code 5 when a file was refused, in whole or in part, or has
    /// findings that block: duplicate questions, missing keys, languages that differ, images without text.
    Check {
        /// A file, or a folder with everything below it
        path: PathBuf,
        /// The language of formats that name none
        #[arg(long, default_value = "en")]
        language: String,
    },
    /// Shows a file of questions in a browser on this machine as candidates will see it; asks nobody
    ///
    /// Prints the address and serves until Ctrl-C. Under each question stands what an answer would be saved as.
    Preview {
        /// The file, or a folder
        file: PathBuf,
        /// csv, xlsx, gift, aiken, moodle-xml, qti-item or package; told by the file itself when left out
        #[arg(long)]
        format: Option<Format>,
        /// The language of formats that name none
        #[arg(long, default_value = "en")]
        language: String,
    },
    /// Runs published cases of QTI and says where the outcomes differ; asks nobody
    ///
    /// Takes every folder that holds an item.xml and a cases.json. The last line is `N passed, N failed, N skipped`; cases
    /// that their authors expect to fail are skipped. Exit code 5 when a case failed.
    Conformance {
        /// The folder, with everything below it
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Lists papers and their versions
    List,
    #[command(flatten)]
    Release(ReleaseCommand),
}

#[derive(Debug, Subcommand)]
pub(super) enum SittingCommand {
    /// Plans a sitting
    Create {
        /// The paper's version, e.g. 1v1
        #[arg(long)]
        paper: String,
        /// What people call it
        #[arg(long)]
        title: String,
        /// From when attempts may start: now, +30m, or 2027-01-31T09:00:00+05:30
        #[arg(long, value_parser = times::moment)]
        opens: times::Moment,
        /// Until when: +2h (after the opening), or 2027-01-31T11:00:00+05:30
        #[arg(long, value_parser = times::moment)]
        closes: times::Moment,
        /// How long an attempt lasts, e.g. 60m
        #[arg(long, value_parser = times::duration_ms)]
        duration: u32,
        /// all, or names or numbers of districts: mumbai,pune
        #[arg(long, value_delimiter = ',', required = true)]
        districts: Vec<String>,
        /// Only candidates of this batch
        #[arg(long, default_value = "")]
        batch: String,
        /// The oldest version of the node's program that may serve it, e.g. 1.4.0
        #[arg(long, value_name = "VERSION", default_value = "")]
        node_min: String,
        /// The newest
        #[arg(long, value_name = "VERSION", default_value = "")]
        node_max: String,
    },
    /// Lists the sittings
    List,
}

#[derive(Debug, Subcommand)]
pub(super) enum LogCommand {
    /// Lists the logs and how far the centre has them
    List,
    /// Lists the frames of another history that came for a log: kept as evidence, never merged
    Forks {
        /// The log, as `log list` shows it
        log: String,
        /// Write the frames to this file: for each its length (4 bytes, big-endian) and its bytes
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Writes a log's frames: for each its length (4 bytes, big-endian) and its bytes, unchanged
    Frames {
        /// The log, as `log list` shows it
        log: String,
        /// From this sequence
        #[arg(long, default_value = "1")]
        from: Sequence,
        /// The file to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Takes a file of `pariksha-node log export`: the frames count once, however often and by whatever way they come
    ///
    /// The whole file is checked before anything is sent. Altered, incomplete and other clusters' files are refused.
    Import {
        /// The file
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum ClusterCommand {
    /// Prints the cluster's name, identity and public key: what receipts are verified with offline
    Show,
}

#[derive(Debug, Subcommand)]
pub(super) enum ReceiptCommand {
    /// Checks a receipt offline, with the cluster's public key alone
    Verify {
        /// The receipt as the candidate has it, JSON
        file: PathBuf,
        /// The cluster's public key (pkc1-...), or a file that holds it
        #[arg(long, value_name = "KEY|FILE")]
        cluster_key: String,
    },
    /// Asks the centre: is the submission held, was the published score computed from exactly those responses
    Check {
        /// The receipt as the candidate has it, JSON
        file: PathBuf,
    },
}

/// Prints a completion script.
pub(super) fn print_completion(shell: clap_complete::Shell) {
    clap_complete::generate(
        shell,
        &mut Arguments::command(),
        "parikshactl",
        &mut std::io::stdout(),
    );
}
