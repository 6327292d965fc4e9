//! Who a member of the ring is: its node and a generation that grows with every start, so that a restarted node is never
//! taken for its own corpse. The generation is kept on disk as `max(previous + 1, now)`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use protocol::{ids::NodeId, time::Instant};
use serde::{Deserialize, Serialize};
use store::whole_file;

/// A member of the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Member {
    /// Which node.
    pub node: NodeId,
    /// Which of its lives.
    pub generation: u64,
}

impl foca::Identity for Member {
    type Addr = NodeId;

    fn renew(&self) -> Option<Self> {
        Some(Self {
            node: self.node,
            generation: self.generation + 1,
        })
    }

    fn addr(&self) -> NodeId {
        self.node
    }

    fn win_addr_conflict(&self, adversary: &Self) -> bool {
        self.generation > adversary.generation
    }
}

/// The generation's file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}; check the disk's space and that the directory belongs to the node's user")]
pub struct GenerationError {
    path: PathBuf,
    source: io::Error,
}

/// Takes the next generation and keeps it on disk. Blocks: call it at start.
pub fn next_generation(file: &Path, now: Instant) -> Result<u64, GenerationError> {
    let failed = |source| GenerationError {
        path: file.to_owned(),
        source,
    };
    let before = match fs::read(file) {
        // An unreadable one is as good as none: `now` is greater.
        Ok(bytes) => String::from_utf8_lossy(&bytes).trim().parse::<u64>().unwrap_or(0),
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(failed(error)),
    };
    let next = before.saturating_add(1).max(u64::try_from(now.0).unwrap_or(0));
    whole_file::replace(file, next.to_string().as_bytes()).map_err(failed)?;
    Ok(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_grows_over_restarts_though_the_clock_went_back() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("generation");
        assert_eq!(next_generation(&file, Instant(5_000)).unwrap(), 5_000);
        assert_eq!(next_generation(&file, Instant(10)).unwrap(), 5_001);
        assert_eq!(next_generation(&file, Instant(9_000)).unwrap(), 9_000);
    }

    #[test]
    fn a_damaged_generation_does_not_keep_the_node_from_starting() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("generation");
        fs::write(&file, [0xff, 0xc0, 0x80, b'7']).unwrap();
        assert_eq!(next_generation(&file, Instant(5_000)).unwrap(), 5_000);
    }
}
