//! What of district time is kept over a restart: a file that is replaced whole. Written by [`super::DistrictTime`], read at
//! its opening; damaged it counts as none.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use protocol::{
    codec,
    time::{DRIFT_PPM, Instant},
};
use serde::{Deserialize, Serialize};
use store::whole_file;

/// What the reading of two clocks one after the other may add, and what a machine's start takes.
const RESTART_ERROR_MS: u32 = 1_000;

/// What is kept over a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Floor {
    /// District time when it was written: time does not start below it.
    pub at: Instant,
    /// What the operating system's wall clock said then.
    pub wall_ms: i64,
    /// The error then.
    pub error_ms: u32,
}

/// The floor's file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}; check the disk's space and that the directory belongs to the node's user")]
pub struct TimeError {
    path: PathBuf,
    source: io::Error,
}

/// District time with its error.
pub(super) struct Kept {
    pub(super) at: Instant,
    pub(super) error_ms: u32,
}

impl Floor {
    /// District time after so many milliseconds of the wall clock, and never below the floor.
    pub(super) fn carried(&self, passed_ms: i64) -> Kept {
        let passed_ms = passed_ms.max(0);
        let drift_ms = passed_ms.unsigned_abs().saturating_mul(DRIFT_PPM) / 1_000_000;
        Kept {
            at: self.at.plus_ms(passed_ms),
            error_ms: self
                .error_ms
                .saturating_add(RESTART_ERROR_MS)
                .saturating_add(u32::try_from(drift_ms).unwrap_or(u32::MAX)),
        }
    }

    /// What was kept; none when nothing was, or nothing that can be read.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, TimeError> {
        match fs::read(path) {
            // A damaged floor is no floor: the file is replaced whole, so this is a disk's fault.
            Ok(bytes) => Ok(codec::decode::<Self>(&bytes).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(TimeError {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// Replaces the file.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let bytes = codec::encode(self).map_err(io::Error::other)?;
        whole_file::replace(path, &bytes)
    }
}
