//! What a person or a script sees: tables or JSON on stdout, notes, progress and failures on stderr.

use std::{io::IsTerminal, time::Duration};

use comfy_table::{Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::failure::Failure;
use crate::ops::shapes::InputError;

/// Work that takes longer shows that it goes on.
const QUIET: Duration = Duration::from_secs(2);
const TICK: Duration = Duration::from_millis(120);
/// Lines with errors that are shown to a person; JSON has all.
const ERRORS_SHOWN_MAX: usize = 50;

/// The two streams in the form that was asked for.
pub(super) struct Output {
    json: bool,
}

impl Output {
    pub(super) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether JSON was asked for.
    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// Data: the value as JSON, or the table that is made of it.
    pub(super) fn show<T: Serialize>(
        &self,
        value: &T,
        table: impl FnOnce(&T) -> String,
    ) -> Result<(), Failure> {
        let text = if self.json {
            serde_json::to_string_pretty(value).map_err(|error| Failure::Other(error.to_string()))?
        } else {
            table(value)
        };
        self.data(format!("{}\n", text.trim_end()).as_bytes())
    }

    /// Data as it is. A reader that has gone away is no failure.
    #[expect(clippy::unused_self, reason = "all output goes through here")]
    pub(super) fn data(&self, bytes: &[u8]) -> Result<(), Failure> {
        daemon::stdout::bytes(bytes).map_err(|error| Failure::Other(error.to_string()))
    }

    /// A remark for a person.
    pub(super) fn note(&self, text: &str) {
        if !self.json {
            eprintln!("{text}");
        }
    }

    /// Lines of an input that were not taken.
    #[expect(clippy::unused_self, reason = "all output goes through here")]
    pub(super) fn input_errors(&self, errors: &[InputError]) {
        for error in errors.iter().take(ERRORS_SHOWN_MAX) {
            match (error.line, error.column.as_str()) {
                (0, _) => eprintln!("  {}", error.problem),
                (line, "") => eprintln!("  line {line}: {}", error.problem),
                (line, column) => eprintln!("  line {line}, {column}: {}", error.problem),
            }
        }
        if errors.len() > ERRORS_SHOWN_MAX {
            eprintln!(
                "  and {} more (--json lists all)",
                errors.len() - ERRORS_SHOWN_MAX
            );
        }
    }

    /// Says why the command failed; with `--json` also as an object on stdout.
    pub(super) fn failure(&self, failure: &Failure) {
        // Its report ends with the counts, and nothing may follow them.
        if matches!(failure, Failure::Differs(_)) {
            return;
        }
        eprintln!("parikshactl: {failure}");
        let errors = match failure {
            Failure::Input { errors, .. } => errors.as_slice(),
            Failure::Refused(problem) => problem.errors.as_slice(),
            _ => &[],
        };
        self.input_errors(errors);
        // The report itself was the data already.
        if self.json && !matches!(failure, Failure::Unbalanced(_) | Failure::Check(_)) {
            let value = serde_json::json!({
                "error": { "exit_code": failure.exit_code(), "message": failure.to_string(), "errors": errors },
            });
            let _ = self.data(format!("{value:#}\n").as_bytes());
        }
    }

    /// Runs a piece of work; after two seconds a spinner says that it goes on.
    pub(super) async fn spin<T>(&self, what: &str, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        tokio::select! {
            done = &mut work => return done,
            () = tokio::time::sleep(QUIET) => {}
        }
        let spinner = self.bar(None, what);
        spinner.enable_steady_tick(TICK);
        let done = work.await;
        spinner.finish_and_clear();
        done
    }

    /// A progress bar over a known amount; hidden where nobody looks.
    pub(super) fn bar(&self, length: Option<u64>, what: &str) -> ProgressBar {
        if self.json || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let (bar, template) = match length {
            Some(length) => (ProgressBar::new(length), "{msg} [{bar:30}] {pos}/{len} {eta}"),
            None => (ProgressBar::new_spinner(), "{spinner} {msg} {elapsed}"),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.with_message(what.to_owned())
    }
}

/// A table with this header.
pub(super) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_header(header.iter().copied());
    for row in rows {
        table.add_row(row);
    }
    table.trim_fmt()
}
