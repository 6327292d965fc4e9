//! Opens a sled directory without trusting it: on a thread of its own, under `catch_unwind`, with a time limit. On
//! damaged files sled panics (in the caller or in its own threads), hangs, or opens with rows missing; the first two end
//! here as [`Doubt`], the third is found by whoever verifies the rows.

use std::{
    any::Any,
    fs::{File, OpenOptions},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::mpsc::{RecvTimeoutError, sync_channel},
    thread,
    time::Duration,
};

use super::Durable;
use crate::{Doubt, OpenError, Settings, directory};

/// Never change it: sled cannot read a directory of another size. A page over a quarter of a segment becomes a file that
/// sled never syncs; with 8 MiB no page comes near (see [`super::VALUE_BYTES_MAX`]).
const SEGMENT_BYTES: usize = 8 * 1024 * 1024;

/// Read at once when a file is read through.
const READ_BYTES: usize = 1024 * 1024;

/// How often a lock that is held is asked for again: sled lets go of a closed database's file only when its own
/// threads have noticed.
const LOCK_ATTEMPTS: u32 = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(30);

/// Opens or creates; the caller waits here for at most the limit.
pub(super) fn open(dir: &Path, settings: &Settings) -> Result<Durable, OpenError> {
    let limit = settings.open_limit() + recovery_time(dir);
    let (sender, receiver) = sync_channel(1);
    let (path, settings) = (dir.to_path_buf(), settings.clone());
    thread::Builder::new()
        .name("store-open".into())
        .spawn(move || sender.send(open_here(&path, &settings)))
        .map_err(OpenError::io(dir))?;
    match receiver.recv_timeout(limit) {
        Ok(opened) => opened,
        Err(RecvTimeoutError::Timeout) => Err(doubt(dir, Doubt::Hung(limit.as_secs()))),
        Err(RecvTimeoutError::Disconnected) => Err(doubt(
            dir,
            Doubt::Database("the opening thread ended without a result".into()),
        )),
    }
}

/// What sled's own recovery may take beyond the limit: one second for each 8 MiB.
pub(crate) fn recovery_time(dir: &Path) -> Duration {
    let bytes = std::fs::metadata(dir.join("db")).map_or(0, |file| file.len());
    Duration::from_secs(bytes / SEGMENT_BYTES as u64)
}

/// Opens on the calling thread, panics caught. Only for a caller that has its own time limit.
pub(crate) fn open_here(dir: &Path, settings: &Settings) -> Result<Durable, OpenError> {
    let refuse = OpenError::io(dir);
    directory::create(dir).map_err(refuse)?;
    let config = sled::Config::new()
        .path(dir)
        .segment_size(SEGMENT_BYTES)
        .mode(sled::Mode::HighThroughput)
        .flush_every_ms(None)
        .use_compression(false)
        .cache_capacity(settings.cache_bytes);
    read_through(&dir.join("db")).map_err(refuse)?;
    let tree = open_when_free(dir, &config)?;
    // What sled just read may lie only in the page cache (a process killed between write and sync): make it durable
    // before anybody is told of it.
    let file = sync_all(dir).map_err(refuse)?;
    Ok(Durable::new(dir.to_path_buf(), tree, file, settings.sync))
}

/// Reads the file once before sled does: what sled cannot read it takes for empty and goes on from there (measured with
/// a disk that answers reads with `EIO`: a log of 600 answers opened with none, and was put into quarantine).
fn read_through(file: &Path) -> io::Result<()> {
    match File::open(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        opened => {
            let mut reader = io::BufReader::with_capacity(READ_BYTES, opened?);
            io::copy(&mut reader, &mut io::sink()).map(drop)
        }
    }
}

fn open_when_free(dir: &Path, config: &sled::Config) -> Result<sled::Db, OpenError> {
    for _ in 0..LOCK_ATTEMPTS {
        match catch_unwind(AssertUnwindSafe(|| config.open())) {
            Ok(Ok(tree)) => return Ok(tree),
            Ok(Err(error)) if is_locked(&error) => thread::sleep(LOCK_PAUSE),
            Ok(Err(error)) => return Err(classify(dir, error)),
            Err(panic) => return Err(unusable(dir, panic_text(&*panic))),
        }
    }
    Err(OpenError::InUse(dir.to_path_buf()))
}

fn is_locked(error: &sled::Error) -> bool {
    matches!(error, sled::Error::Io(error) if error.to_string().contains("could not acquire lock"))
}

/// Only what the machine refuses is an [`OpenError::Io`]; everything else is about the data.
fn classify(dir: &Path, error: sled::Error) -> OpenError {
    use io::ErrorKind::{OutOfMemory, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    match error {
        sled::Error::Io(source)
            if matches!(
                source.kind(),
                PermissionDenied | StorageFull | ReadOnlyFilesystem | QuotaExceeded | OutOfMemory
            ) || is_the_machines(&source) =>
        {
            OpenError::io(dir)(source)
        }
        other => unusable(dir, other.to_string()),
    }
}

/// `EIO`, `EMFILE` and `ENFILE` have no kind of their own. A disk that cannot be read now is no reason to put a good log
/// aside: the next start may read it.
fn is_the_machines(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(EIO | 23 | 24))
}

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// How these read where only sled's words are left of them.
const MACHINES_WORDS: [(&str, i32); 2] = [("Input/output error", EIO), ("No space left on device", ENOSPC)];

/// What a failure in sled's words means: the disk could not be read or is full, or the data is in doubt.
pub(crate) fn unusable(dir: &Path, why: String) -> OpenError {
    if let Some((_, code)) = MACHINES_WORDS.iter().find(|(words, _)| why.contains(words)) {
        return OpenError::io(dir)(io::Error::from_raw_os_error(*code));
    }
    doubt(dir, Doubt::Database(why))
}

/// Syncs the database, its configuration, its directory and the one above; returns the handle that commits sync.
fn sync_all(dir: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).write(true).open(dir.join("db"))?;
    file.sync_all()?;
    File::open(dir.join("conf"))?.sync_all()?;
    directory::sync(dir)?;
    directory::sync(&directory::parent(dir))?;
    Ok(file)
}

fn doubt(dir: &Path, doubt: Doubt) -> OpenError {
    OpenError::Doubt {
        dir: dir.to_path_buf(),
        doubt,
    }
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    text.map_or_else(|| "it panicked".to_owned(), |text| format!("it panicked: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_cannot_be_read_or_is_full_is_no_reason_to_doubt_the_log() {
        let dir = Path::new("log");
        for code in [EIO, ENOSPC] {
            let refusal = || io::Error::from_raw_os_error(code);
            let panicked = format!(
                "it panicked: called `Result::unwrap()` on an `Err` value: {:?}",
                refusal()
            );
            let refused = [
                classify(dir, sled::Error::Io(refusal())),
                unusable(dir, panicked),
                unusable(dir, format!("IO error: {}", refusal())),
            ];
            for error in refused {
                assert!(matches!(error, OpenError::Io { .. }), "{error}");
            }
        }
        assert!(matches!(unusable(dir, "corrupt".into()), OpenError::Doubt { .. }));
    }
}
