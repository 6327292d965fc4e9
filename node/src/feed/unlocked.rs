//! Keys that officers' shares opened at this node: kept beside the feed's documents, readable by the node's user alone, so
//! that a restart with the WAN cut changes nothing. Used by [`super::Feed`]; a key counts only where it fits the centre's
//! check value.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use protocol::{codec, ids::PaperRef, shares};
use store::whole_file;

use super::Catalogue;

/// The keys, and the file that they stand in.
pub(super) struct Unlocked {
    path: PathBuf,
    keys: BTreeMap<PaperRef, [u8; 32]>,
}

impl std::fmt::Debug for Unlocked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Unlocked({} keys, not shown)", self.keys.len())
    }
}

impl Unlocked {
    /// Reads what is there. A file that cannot be read as keys is said and left: the shares open the paper again.
    pub(super) fn open(directory: &Path) -> io::Result<Self> {
        let path = directory.join("unlocked");
        let keys = match std::fs::read(&path) {
            Ok(bytes) => codec::decode(&bytes).unwrap_or_else(|error| {
                tracing::error!(path = %path.display(), %error, "the keys that officers opened cannot be read; open them again");
                BTreeMap::new()
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error),
        };
        Ok(Self { path, keys })
    }

    /// Makes a key durable.
    pub(super) fn keep(&mut self, paper: PaperRef, key: [u8; 32]) -> io::Result<()> {
        let mut keys = self.keys.clone();
        keys.insert(paper, key);
        let bytes = codec::encode(&keys).map_err(io::Error::other)?;
        whole_file::replace(&self.path, &bytes)?;
        self.keys = keys;
        Ok(())
    }

    /// Puts the keys that fit among the released ones.
    pub(super) fn join(&self, catalogue: &mut Catalogue) {
        for (paper, key) in &self.keys {
            let fits = catalogue
                .checks
                .get(paper)
                .is_some_and(|check| shares::is_key(*paper, key, check));
            if fits && !catalogue.withdrawn.contains_key(paper) {
                catalogue.releases.entry(*paper).or_insert(*key);
            }
        }
    }
}
