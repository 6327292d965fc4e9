//! What can still be read of a directory that is in doubt: frames are found by their magic and prove themselves by their
//! hash, wherever in a damaged file they lie. And the copy that makes it worth while: sled overwrites what it cannot read
//! when it opens, so the raw files are copied aside before and removed once the log was verified.
//!
//! It reads and copies; it never changes what it looks at.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use protocol::{
    frame::Frame,
    hash::Hash,
    ids::{LogId, Sequence},
    limits::FRAME_BYTES_MAX,
};

use super::DATABASE;
use crate::directory;

/// Where the raw files lie while a log is being opened.
const BEFORE: &str = "before";

/// A larger database is opened without a copy: what is damaged there comes back from the peer and the centre.
const BEFORE_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// Bytes that are looked through at a time.
const WINDOW_BYTES: usize = 4 * 1024 * 1024;

const MAGIC: &[u8] = b"PKF";

/// Frames that were found, in the order of their logs. Their bytes stay on the disk until they are asked for.
#[derive(Debug, Default)]
pub struct Salvage {
    files: Vec<PathBuf>,
    found: Vec<Found>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    log: LogId,
    first: Sequence,
    file: usize,
    offset: u64,
    bytes: usize,
}

impl Salvage {
    /// Looks through a log's directory, quarantined or not. Blocks while it reads.
    pub fn of(dir: &Path) -> io::Result<Self> {
        let mut salvage = Self::default();
        let mut seen = HashSet::new();
        for database in [dir.join(BEFORE), dir.join(DATABASE)] {
            for file in files_of(&database)? {
                salvage.scan(file, &mut seen)?;
            }
        }
        salvage.found.sort_unstable();
        Ok(salvage)
    }

    /// How many different frames were found.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The frames, each read and verified again. What cannot be read any more is left out.
    pub fn frames(&self) -> impl Iterator<Item = Frame> {
        self.found.iter().filter_map(|found| {
            let mut bytes = vec![0; found.bytes];
            let file = File::open(&self.files[found.file]).ok()?;
            file.read_exact_at(&mut bytes, found.offset).ok()?;
            Frame::parse(Bytes::from(bytes)).ok()
        })
    }

    fn scan(&mut self, path: PathBuf, seen: &mut HashSet<Hash>) -> io::Result<()> {
        let mut file = File::open(&path)?;
        self.files.push(path);
        let (mut window, mut start) = (Vec::with_capacity(WINDOW_BYTES), 0_u64);
        loop {
            let wanted = (WINDOW_BYTES - window.len()) as u64;
            let read = (&mut file).take(wanted).read_to_end(&mut window)?;
            let is_last = read == 0;
            // A frame that begins before here lies whole in this window.
            let sure = if is_last {
                window.len()
            } else {
                window.len().saturating_sub(FRAME_BYTES_MAX)
            };
            self.look(&window, sure, start, seen);
            if is_last {
                return Ok(());
            }
            window.drain(..sure);
            start += sure as u64;
        }
    }

    fn look(&mut self, window: &[u8], until: usize, start: u64, seen: &mut HashSet<Hash>) {
        let mut at = 0;
        while let Some(next) = find(&window[at..]).map(|offset| at + offset) {
            if next >= until {
                return;
            }
            at = next + MAGIC.len();
            let Some(frame) = Frame::parse_prefix(&window[next..]) else {
                continue;
            };
            at = next + frame.bytes().len();
            if seen.insert(frame.hash()) {
                self.found.push(Found {
                    log: frame.log(),
                    first: frame.first(),
                    file: self.files.len() - 1,
                    offset: start + next as u64,
                    bytes: frame.bytes().len(),
                });
            }
        }
    }
}

fn find(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        // One byte first: the standard library searches for it many at a time.
        at += bytes[at..].iter().position(|byte| *byte == MAGIC[0])?;
        if bytes[at..].starts_with(MAGIC) {
            return Some(at);
        }
        at += 1;
    }
}

/// The database's file and its blobs.
fn files_of(database: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let file = database.join("db");
    if file.is_file() {
        files.push(file);
    }
    match fs::read_dir(database.join("blobs")) {
        Ok(entries) => {
            for entry in entries {
                let path = entry?.path();
                if path.is_file() {
                    files.push(path);
                }
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    Ok(files)
}

/// Copies the raw files aside before sled touches them. A copy that is there already is of an opening that did not end,
/// and closer to what was: it stays.
pub(super) fn keep_before(dir: &Path) -> io::Result<()> {
    let before = dir.join(BEFORE);
    let files = files_of(&dir.join(DATABASE))?;
    let mut bytes = 0;
    for file in &files {
        bytes += fs::metadata(file)?.len();
    }
    let stat = rustix::fs::statvfs(dir)?;
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    if before.exists() || bytes > BEFORE_BYTES_MAX || bytes.saturating_mul(2) > free {
        return Ok(());
    }
    let unfinished = dir.join("before.new");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    fs::create_dir_all(unfinished.join("blobs"))?;
    for file in &files {
        let place = file.strip_prefix(dir.join(DATABASE)).map_err(io::Error::other)?;
        fs::copy(file, unfinished.join(place))?;
    }
    fs::rename(&unfinished, &before)
}

/// The log was verified: the copy is not needed any more.
pub(super) fn forget_before(dir: &Path) {
    let before = dir.join(BEFORE);
    if before.exists()
        && let Err(error) = fs::remove_dir_all(&before).and_then(|()| directory::sync(dir))
    {
        tracing::warn!(dir = %before.display(), %error, "a copy that is not needed any more cannot be removed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::{Outcome, chain};

    fn written(dir: &Path) -> Vec<Frame> {
        let frames = chain::frames(200, 3);
        chain::written(dir, &frames);
        frames
    }

    fn opened(dir: &Path) -> Outcome {
        chain::opened(dir).unwrap().0
    }

    #[test]
    fn every_frame_of_a_whole_directory_is_found_in_its_raw_files() {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("log");
        let frames = written(&dir);
        let salvage = Salvage::of(&dir).unwrap();
        assert!(salvage.frames().eq(frames));
    }

    #[test]
    fn what_sled_overwrites_at_open_is_still_found_in_the_copy() {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("log");
        let frames = written(&dir);
        let file = dir.join("sled/db");
        let mut bytes = fs::read(&file).unwrap();
        let middle = bytes.windows(3).position(|three| three == MAGIC).unwrap() + 70;
        bytes[middle] ^= 0x55;
        fs::write(&file, bytes).unwrap();
        let outcome = opened(&dir);
        assert!(matches!(outcome, Outcome::Doubt { .. }), "{outcome:?}");
        let salvage = Salvage::of(&dir).unwrap();
        let lost = frames.len() - salvage.len();
        assert!(lost <= 1, "{lost} of {} frames were not found", frames.len());
    }

    #[test]
    fn a_verified_log_leaves_no_copy_behind() {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("log");
        written(&dir);
        for _ in 0..2 {
            assert!(matches!(opened(&dir), Outcome::Opened { .. }));
            assert!(!dir.join(BEFORE).exists());
        }
    }
}
