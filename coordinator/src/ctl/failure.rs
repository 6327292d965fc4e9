//! How `parikshactl` fails: each kind has its exit code, which scripts build on.

use crate::ops::shapes::{InputError, ProblemBody};

/// The command line was wrong.
pub(super) const USAGE: u8 = 2;

/// Shown at the end of `--help`.
pub(super) const EXIT_CODES: &str = "Exit codes:
  0  done
  1  failed: a local file, an unexpected answer, a fault at the centre
  2  the command line is wrong
  3  no coordinator could be reached, or the centre has no leader just now
  4  the centre refused: the message says what to change
  5  the input file has errors: nothing was imported; or a checked file was refused or has findings that block,
     or a case of conformance came out otherwise
  6  the reconciliation does not balance
  7  a receipt or an exported file does not hold: forged, altered, incomplete, or of another cluster";

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// Anything without a code of its own.
    #[error("{0}")]
    Other(String),
    /// The command line asks for something impossible.
    #[error("{0}")]
    Usage(String),
    /// No coordinator answered.
    #[error("{0}")]
    Unreachable(String),
    /// The centre said no.
    #[error("{}: {}", .0.title, .0.detail)]
    Refused(Box<ProblemBody>),
    /// The input has errors.
    #[error("{message}")]
    Input {
        /// What was not done.
        message: String,
        /// Line by line.
        errors: Vec<InputError>,
    },
    /// The sitting does not balance; the report was printed.
    #[error("the reconciliation does not balance: {0} differences; the report lists them by candidate")]
    Unbalanced(usize),
    /// Files that were checked have errors; the report was printed.
    #[error("{0} of the checked files have errors; the report lists them")]
    Check(usize),
    /// Cases of conformance came out otherwise; the report was printed, and its last line counts them.
    #[error("{0} cases came out otherwise than expected")]
    Differs(usize),
    /// A receipt or an exported file is not what it should be.
    #[error("{0}")]
    NotProved(String),
}

impl Failure {
    /// What the process returns.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Other(_) => 1,
            Self::Usage(_) => USAGE,
            Self::Unreachable(_) => 3,
            Self::Refused(_) => 4,
            Self::Input { .. } | Self::Check(_) | Self::Differs(_) => 5,
            Self::Unbalanced(_) => 6,
            Self::NotProved(_) => 7,
        }
    }

    /// The failure that an HTTP answer means.
    pub(super) fn from_problem(problem: ProblemBody) -> Self {
        match problem.status {
            422 if !problem.errors.is_empty() => Self::Input {
                message: problem.detail,
                errors: problem.errors,
            },
            502..=504 => Self::Unreachable(problem.detail),
            500..=599 => Self::Other(format!("{}: {}", problem.title, problem.detail)),
            _ => Self::Refused(Box::new(problem)),
        }
    }

    /// A local file that could not be read or written.
    pub(super) fn file(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::Other(format!("{}: {error}", path.display()))
    }
}
