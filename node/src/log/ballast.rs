//! The ballast: a file that only takes room. When the disk is as good as full it is given back, so that what was accepted
//! already, the log's end and a restart still find room; when there is room again it is made anew. Used by `disk`.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use rustix::fs::{FallocateFlags, fallocate};

/// Its name, beside the lives of the log.
const FILE: &str = "ballast";

/// What is written at a time where the file system cannot reserve room by itself.
static CHUNK: [u8; 64 * 1024] = [0; 64 * 1024];

/// A disk gives at most this part of itself for ballast.
const PART_OF_DISK: u64 = 64;

/// The file.
#[derive(Debug)]
pub(super) struct Ballast {
    path: PathBuf,
    bytes: u64,
}

/// What is to be done about the ballast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Leave,
    Release,
    Make,
}

/// Decides by the free bytes. Pure.
pub(super) fn step(free: u64, high_water: u64, held: u64, wanted: u64) -> Step {
    let plenty = wanted.saturating_mul(2).saturating_add(high_water);
    if held > 0 && free < high_water / 4 {
        Step::Release
    } else if held < wanted && free >= plenty {
        Step::Make
    } else {
        Step::Leave
    }
}

impl Ballast {
    /// The ballast of this directory: as many bytes as are wanted, fewer on a small disk.
    pub(super) fn of(directory: &Path, wanted: u64, disk_bytes: u64) -> Self {
        Self {
            path: directory.join(FILE),
            bytes: wanted.min(disk_bytes / PART_OF_DISK),
        }
    }

    /// How many bytes it shall have.
    pub(super) fn wanted(&self) -> u64 {
        self.bytes
    }

    /// How many bytes it has.
    pub(super) fn held(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |metadata| metadata.len())
    }

    /// Makes it. Blocks; what cannot be finished is taken back.
    pub(super) fn make(&self) -> io::Result<()> {
        let made = self.write();
        if made.is_err() {
            self.release()?;
        }
        made
    }

    fn write(&self) -> io::Result<()> {
        let mut file = File::create(&self.path)?;
        if fallocate(&file, FallocateFlags::empty(), 0, self.bytes).is_err() {
            let mut left = self.bytes;
            while left > 0 {
                let length = left.min(CHUNK.len() as u64);
                file.write_all(&CHUNK[..length as usize])?;
                left -= length;
            }
        }
        file.sync_all()
    }

    /// Gives its room back.
    pub(super) fn release(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn it_is_released_only_when_nearly_nothing_is_left_and_made_again_only_when_there_is_plenty() {
        let step = |free, held| step(free * MIB, 64 * MIB, held * MIB, 64 * MIB);
        assert_eq!(step(1_000, 64), Step::Leave);
        assert_eq!(
            step(63, 64),
            Step::Leave,
            "answers are refused; that may be enough"
        );
        assert_eq!(step(15, 64), Step::Release);
        assert_eq!(step(79, 0), Step::Leave, "making it would fill the disk again");
        assert_eq!(step(191, 0), Step::Leave);
        assert_eq!(step(192, 0), Step::Make);
    }

    #[test]
    fn it_takes_its_room_and_gives_it_back() {
        let directory = tempfile::tempdir().unwrap();
        let ballast = Ballast::of(directory.path(), MIB, u64::MAX);
        ballast.make().unwrap();
        assert_eq!(ballast.held(), MIB);
        ballast.release().unwrap();
        ballast.release().unwrap();
        assert_eq!(ballast.held(), 0);
        assert_eq!(Ballast::of(directory.path(), MIB, 6_400).wanted(), 100);
    }
}
