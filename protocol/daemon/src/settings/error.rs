//! What can be wrong with a configuration, in the words of the person who must put it right.

use std::io;
use std::path::{Path, PathBuf};

use figment::error::Kind;

use super::{FILE_BYTES_MAX, Origin};

/// Why the settings could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file is not there or may not be read.
    #[error("cannot read the configuration file {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file cannot be a configuration file.
    #[error("the configuration file {} is larger than {FILE_BYTES_MAX} bytes; is it the right file?", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The file is not TOML. The text of the line is left out: it may be a secret.
    #[error("{} is not valid TOML at line {line}, column {column}: {problem}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
        /// What the parser said.
        problem: String,
    },
    /// A variable's value is not UTF-8.
    #[error("the environment variable {variable} is not valid UTF-8")]
    NotText {
        /// Its name.
        variable: String,
    },
    /// There is no such setting.
    #[error("unknown setting \"{key}\" ({origin}); the settings there are: {}", known.join(", "))]
    UnknownKey {
        /// Dotted.
        key: String,
        /// Who set it.
        origin: Origin,
        /// The names that would be accepted in its place.
        known: Vec<String>,
    },
    /// A setting without a default is not set.
    #[error("the setting \"{key}\" has no default and must be set")]
    Missing {
        /// Dotted.
        key: String,
    },
    /// A value does not fit its setting.
    #[error("the setting \"{key}\" ({origin}) is not valid: {problem}")]
    Invalid {
        /// Dotted.
        key: String,
        /// Who set it.
        origin: Origin,
        /// What is wrong with the value; without the value if it is a secret.
        problem: String,
    },
    /// A mistake in the program.
    #[error("the built-in settings cannot be used: {0}")]
    Defaults(String),
}

impl SettingsError {
    pub(super) fn syntax(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or("");
        let last_line = before.rsplit('\n').next().unwrap_or("");
        Self::Syntax {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: last_line.chars().count() + 1,
            problem: error.message().to_owned(),
        }
    }

    pub(super) fn of_value(
        error: figment::Error,
        origin_of: impl Fn(&str) -> Origin,
        is_secret: impl Fn(&str) -> bool,
    ) -> Self {
        let at = error.path.join(".");
        match error.kind {
            Kind::UnknownField(name, known) => {
                let key = below(&at, &name);
                let known = known.iter().map(|&word| word.to_owned()).collect();
                Self::UnknownKey {
                    origin: origin_of(&key),
                    key,
                    known,
                }
            }
            Kind::MissingField(name) => Self::Missing {
                key: below(&at, &name),
            },
            kind => {
                let problem = if is_secret(&at) {
                    without_value(&kind)
                } else {
                    kind.to_string()
                };
                Self::Invalid {
                    origin: origin_of(&at),
                    key: at,
                    problem,
                }
            }
        }
    }
}

/// `name` below `path`, unless the path ends in it already.
fn below(path: &str, name: &str) -> String {
    match path.rsplit('.').next() {
        Some(last) if last == name => path.to_owned(),
        _ if path.is_empty() => name.to_owned(),
        _ => format!("{path}.{name}"),
    }
}

fn without_value(kind: &Kind) -> String {
    match kind {
        Kind::InvalidType(_, expected)
        | Kind::InvalidValue(_, expected)
        | Kind::InvalidLength(_, expected) => {
            format!("expected {expected} (the value is a secret and not shown)")
        }
        _ => "the value is not accepted (it is a secret and not shown)".to_owned(),
    }
}
