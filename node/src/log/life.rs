//! One incarnation's directory and the marks beside it, by which the next opening judges whether it may be continued.
//! Called by whoever opens the log; nothing here reads a frame.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use protocol::ids::{LogId, Sequence};
use store::whole_file;

use super::open::{OpenError, file_error};

/// One incarnation's directory and what lies beside it.
pub(super) struct Life {
    pub(super) directory: PathBuf,
    shared: PathBuf,
    sealed: PathBuf,
    place: PathBuf,
    pub(super) forked: PathBuf,
}

impl Life {
    pub(super) fn of(directory: &Path, id: LogId) -> Self {
        let name = format!("{:016x}", id.incarnation.0);
        Self {
            shared: directory.join(format!("{name}.shared")),
            sealed: directory.join(format!("{name}.sealed")),
            place: directory.join(format!("{name}.place")),
            forked: directory.join(format!("{name}.forked")),
            directory: directory.join(name),
        }
    }

    pub(super) fn may_be_continued(&self) -> bool {
        !self.shared.exists() && !self.sealed.exists()
    }

    /// Writes down where on this disk its files lie.
    pub(super) fn note_place(&self) -> Result<(), OpenError> {
        let failed = |source| file_error(&self.place, source);
        File::create(&self.place).map_err(failed)?;
        let place = self.places().map_err(failed)?;
        fs::write(&self.place, place)
            .and_then(|()| File::open(&self.place)?.sync_all())
            .and_then(|()| whole_file::sync_parent(&self.place))
            .map_err(failed)
    }

    /// Whether its files still are the files that were written: a copy, restored or cloned, lies on other inodes or was
    /// born later. An image of the whole disk is not told apart here; the centre and the peers do that.
    pub(super) fn is_in_place(&self) -> bool {
        let noted = fs::read_to_string(&self.place);
        matches!((noted, self.places()), (Ok(noted), Ok(place)) if noted == place)
    }

    fn places(&self) -> io::Result<String> {
        let files = [
            self.place.clone(),
            self.directory.join("head"),
            self.directory.join("sled").join("db"),
        ];
        files.iter().map(|file| place_of(file)).collect()
    }

    /// From where on somebody holds another history of it, if that was found out.
    pub(super) fn forked_at(&self) -> Result<Option<Sequence>, OpenError> {
        match fs::read(&self.forked) {
            // An empty or damaged mark is a mark.
            Ok(bytes) => Ok(Some(Sequence(
                String::from_utf8_lossy(&bytes).trim().parse().unwrap_or_default(),
            ))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(file_error(&self.forked, error)),
        }
    }

    pub(super) fn mark(&self) -> SharedMark {
        SharedMark {
            path: self.shared.clone(),
            is_set: false,
        }
    }

    /// Its directory is gone, and so are the marks.
    pub(super) fn remove_marks(&self) -> io::Result<()> {
        let marks = [&self.shared, &self.sealed, &self.place, &self.forked];
        for mark in marks.iter().filter(|mark| mark.exists()) {
            fs::remove_file(mark)?;
        }
        Ok(())
    }

    pub(super) fn seal(&self) -> Result<(), OpenError> {
        whole_file::mark(&self.sealed).map_err(|source| file_error(&self.sealed, source))
    }
}

/// Says on the disk that a peer may hold frames of this life that this disk does not. Set before the first frame leaves,
/// cleared when the log was closed in order.
pub(super) struct SharedMark {
    path: PathBuf,
    is_set: bool,
}

impl SharedMark {
    pub(super) fn set(&mut self) -> io::Result<()> {
        if !self.is_set {
            whole_file::mark(&self.path)?;
            self.is_set = true;
        }
        Ok(())
    }

    pub(super) fn clear(self) -> io::Result<()> {
        if self.is_set {
            fs::remove_file(&self.path)?;
            whole_file::sync_parent(&self.path)?;
        }
        Ok(())
    }
}

fn place_of(file: &Path) -> io::Result<String> {
    let data = fs::metadata(file)?;
    // Some file systems do not know when a file was born; then the inode alone must do.
    let born = data
        .created()
        .ok()
        .and_then(|born| born.duration_since(UNIX_EPOCH).ok());
    Ok(format!(
        "{} {}\n",
        data.ino(),
        born.unwrap_or_default().as_nanos()
    ))
}

#[cfg(test)]
mod tests {
    use protocol::ids::{Incarnation, NodeId};

    use super::*;

    const LOG: LogId = LogId {
        node: NodeId(1),
        incarnation: Incarnation(2),
    };

    #[test]
    fn a_life_whose_files_were_copied_is_not_in_its_place() {
        let place = tempfile::tempdir().unwrap();
        let (here, copy) = (place.path().join("log"), place.path().join("copy"));
        let (life, other) = (Life::of(&here, LOG), Life::of(&copy, LOG));
        for life in [&life, &other] {
            fs::create_dir_all(life.directory.join("sled")).unwrap();
            for file in ["head", "sled/db"] {
                fs::write(life.directory.join(file), "x").unwrap();
            }
        }
        assert!(!life.is_in_place(), "nothing was noted");
        life.note_place().unwrap();
        assert!(life.is_in_place());
        fs::write(life.directory.join("head"), "longer").unwrap();
        assert!(life.is_in_place(), "writing moves nothing");
        fs::copy(&life.place, &other.place).unwrap();
        assert!(!other.is_in_place());
    }

    #[test]
    fn a_damaged_mark_of_a_fork_is_a_mark() {
        let place = tempfile::tempdir().unwrap();
        let life = Life::of(place.path(), LOG);
        assert_eq!(life.forked_at().unwrap(), None);
        fs::write(&life.forked, [0xff, 0x80]).unwrap();
        assert_eq!(life.forked_at().unwrap(), Some(Sequence(0)));
        fs::write(&life.forked, "17").unwrap();
        assert_eq!(life.forked_at().unwrap(), Some(Sequence(17)));
    }
}
