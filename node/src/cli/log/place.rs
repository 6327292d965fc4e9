//! Where logs lie, where their copies go, and the bar that shows that work goes on.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::log::retention::REMOVING;

/// Work that takes longer shows that it goes on.
const QUIET: Duration = Duration::from_secs(2);

/// The logs of a node's data directory, or the one that the directory is. Quarantined ones are not among them: they are
/// known to be in doubt. Nor are those whose removal was cut short.
pub(super) fn logs_in(path: &Path) -> io::Result<Vec<PathBuf>> {
    if is_log(path) {
        return Ok(vec![path.to_owned()]);
    }
    let mut logs = Vec::new();
    for parent in [path.to_owned(), path.join("log"), path.join("copies")] {
        if !parent.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&parent)? {
            let entry = entry?.path();
            let name = entry.file_name().map(|name| name.to_string_lossy().into_owned());
            let is_current = |name: String| !name.contains(".quarantine-") && !name.ends_with(REMOVING);
            if is_log(&entry) && name.is_some_and(is_current) {
                logs.push(entry);
            }
        }
    }
    logs.sort();
    Ok(logs)
}

/// A directory with a head or a database: either may be what is missing.
fn is_log(path: &Path) -> bool {
    path.join("head").is_file() || path.join("sled").is_dir()
}

/// A directory for one copy, which does not exist yet.
pub(super) fn scratch(given: Option<&Path>) -> PathBuf {
    let parent = given.map_or_else(std::env::temp_dir, Path::to_owned);
    parent.join(format!("pariksha-log-{:016x}", rand::random::<u64>()))
}

/// A bar that is seen only on a terminal and only when the work takes longer than two seconds.
pub(super) struct Progress {
    bar: ProgressBar,
    shown: bool,
}

impl Progress {
    pub(super) fn over(length: u64, what: String) -> Self {
        let bar = ProgressBar::hidden();
        bar.set_length(length);
        if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:30}] {percent} % {eta}") {
            bar.set_style(style);
        }
        bar.set_message(what);
        Self { bar, shown: false }
    }

    pub(super) fn at(&mut self, position: u64, length: u64) {
        if !self.shown && self.bar.elapsed() > QUIET {
            self.bar.set_draw_target(indicatif::ProgressDrawTarget::stderr());
            self.shown = true;
        }
        self.bar.set_length(length);
        self.bar.set_position(position);
    }

    pub(super) fn done(&self) {
        self.bar.finish_and_clear();
    }
}
