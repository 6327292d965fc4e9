//! Verifying a log's directory without touching it: sled writes when it opens, so a copy is opened, elsewhere. Where that
//! fails, the raw files say how far intact frames follow each other. For `pariksha-node log verify`.

use std::{fs, io, path::Path};

use protocol::{
    frame::Frame,
    ids::{LogId, Sequence},
    watermark::{Continuity, Watermark},
};

use super::{DATABASE, FrameLog, FrameStore, HEAD, Outcome, Progress, Salvage};
use crate::{Doubt, OpenError, Settings, directory};

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audit {
    /// Every frame is there, unaltered, in order, up to the head.
    Sound {
        /// Which log.
        log: LogId,
        /// How many frames.
        frames: u64,
        /// How far.
        head: Watermark,
    },
    /// Not so.
    Doubtful {
        /// What the opening found first.
        doubt: Doubt,
        /// How far intact frames follow each other from the beginning, by the raw files: after this sequence the first
        /// altered, missing or reordered frame is due.
        intact_up_to: Sequence,
    },
}

impl Audit {
    /// The first sequence that is altered, missing or reordered.
    pub fn first_wrong(&self) -> Option<Sequence> {
        let Self::Doubtful {
            doubt, intact_up_to, ..
        } = self
        else {
            return None;
        };
        Some(match doubt {
            Doubt::Damaged { at, .. } | Doubt::OtherHistory(at) => *at,
            Doubt::Broken { after, .. } => after.next(),
            Doubt::Short { found, .. } => (*found).max(*intact_up_to).next(),
            Doubt::HeadMissing
            | Doubt::HeadUnreadable
            | Doubt::OtherLog { .. }
            | Doubt::Database(_)
            | Doubt::Hung(_) => intact_up_to.next(),
        })
    }
}

/// Verifies the log in `dir` by a copy in `scratch`, which must not exist and is removed afterwards. Blocks while it
/// reads and shows each frame to `visit`, in order; what was visited counts only if the log is sound. `dir` is only read.
/// A log that is in use is refused: a copy of it would be torn.
pub fn audit(
    dir: &Path,
    scratch: &Path,
    settings: &Settings,
    visit: &mut dyn FnMut(&Frame),
    progress: &mut dyn FnMut(Progress),
) -> Result<Audit, OpenError> {
    let refuse = OpenError::io(dir);
    if !dir.is_dir() {
        return Err(OpenError::Missing(dir.to_path_buf()));
    }
    refuse_in_use(dir)?;
    let mut frames = 0;
    let mut count = |frame: &Frame| {
        frames += 1;
        visit(frame);
    };
    let opened = copy(dir, scratch)
        .map_err(refuse)
        .and_then(|()| FrameLog::open(scratch, None, settings, &mut count, progress));
    // Closed again before its directory is removed.
    let found = opened.map(|outcome| match outcome {
        Outcome::Opened { log, head } => Ok((log.id(), head)),
        Outcome::Doubt { reason } => Err(reason),
    });
    let removed = fs::remove_dir_all(scratch);
    let found = found?;
    removed.map_err(refuse)?;
    Ok(match found {
        Ok((log, head)) => Audit::Sound { log, frames, head },
        Err(doubt) => Audit::Doubtful {
            doubt,
            intact_up_to: intact_up_to(&Salvage::of(dir).map_err(refuse)?),
        },
    })
}

/// The last sequence of the longest chain of intact frames from the beginning. A directory holds one log; of two frames
/// that claim one place, the one that follows counts.
fn intact_up_to(salvage: &Salvage) -> Sequence {
    let mut mark = Watermark::default();
    for frame in salvage.frames() {
        if mark.continuity(&frame) == Continuity::Next {
            mark = Watermark::after(&frame);
        }
    }
    mark.sequence
}

/// sled locks its file while it is open; whoever can lock it too is alone.
fn refuse_in_use(dir: &Path) -> Result<(), OpenError> {
    let path = dir.join(DATABASE).join("db");
    let Ok(file) = fs::File::open(&path) else {
        return Ok(());
    };
    match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockShared) {
        Ok(()) => Ok(()),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(OpenError::InUse(dir.to_path_buf())),
        Err(error) => Err(OpenError::io(dir)(error.into())),
    }
}

/// What makes a log: its head and its database. What is missing is found missing in the copy.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for name in [HEAD, DATABASE] {
        directory::copy(&from.join(name), &to.join(name))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{fs::OpenOptions, os::unix::fs::FileExt};

    use super::*;
    use crate::frames::chain::{frames, settings, written};

    fn audited(temp: &Path, dir: &Path) -> Result<Audit, OpenError> {
        audit(dir, &temp.join("scratch"), &settings(), &mut |_| (), &mut |_| ())
    }

    fn bytes_of(dir: &Path) -> Vec<u8> {
        let mut all = fs::read(dir.join(HEAD)).unwrap();
        all.extend(fs::read(dir.join(DATABASE).join("db")).unwrap());
        all
    }

    #[test]
    fn a_sound_log_is_called_sound_and_not_touched() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("log");
        let chain = frames(30, 3);
        written(&dir, &chain);
        let before = bytes_of(&dir);
        let Audit::Sound { frames, head, .. } = audited(temp.path(), &dir).unwrap() else {
            panic!("it is sound");
        };
        assert_eq!((frames, head), (30, Watermark::after(&chain[29])));
        assert_eq!(bytes_of(&dir), before);
        assert!(!temp.path().join("scratch").exists());
    }

    #[test]
    fn one_flipped_frame_is_named_and_nothing_is_touched() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("log");
        let chain = frames(30, 3);
        written(&dir, &chain);
        // Everywhere it lies: sled keeps older versions of a page for a while.
        let path = dir.join(DATABASE).join("db");
        let database = fs::read(&path).unwrap();
        let wanted = chain[17].bytes();
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        let mut at = 0;
        while let Some(found) = database[at..]
            .windows(wanted.len())
            .position(|window| window == wanted)
        {
            let byte = at + found + 70;
            file.write_all_at(&[database[byte] ^ 4], byte as u64).unwrap();
            at += found + 1;
        }
        assert!(at > 0, "the frame lies in the file");
        let before = bytes_of(&dir);
        let audit = audited(temp.path(), &dir).unwrap();
        println!("{audit:?}");
        assert_eq!(audit.first_wrong(), Some(chain[17].first()));
        assert_eq!(bytes_of(&dir), before);
    }

    #[test]
    fn a_log_in_use_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("log");
        let _log = FrameLog::create(&dir, crate::frames::chain::log(), &settings()).unwrap();
        let refused = audited(temp.path(), &dir);
        assert!(matches!(refused, Err(OpenError::InUse(_))), "{refused:?}");
    }
}
