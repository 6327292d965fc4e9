//! Opening a log whole: every frame is read, its hash and its place in the chain are checked, and the chain must pass
//! through the head that is kept outside sled. Runs beside the caller, who folds the frames and notices when it hangs.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    thread,
};

use protocol::{
    frame::Frame,
    ids::LogId,
    watermark::{Continuity, Watermark},
};

use super::{
    DATABASE, HEAD, Progress, frame_at,
    head::{Head, HeadFile},
};
use crate::{
    Doubt, OpenError, Settings,
    durable::{Durable, opening},
};

/// Frames that travel to the caller together, and how many such batches may wait: at most 60 MiB in the worst case.
const BATCH_FRAMES: usize = 128;
const BATCHES_WAITING: usize = 8;

/// What the opening thread says, in this order: frames many times, then one end.
enum Step {
    Opened,
    Frames(Vec<Frame>),
    End(Result<Verified, OpenError>),
}

/// A log whose every frame was seen.
pub(super) struct Verified {
    pub(super) store: Durable,
    pub(super) head: HeadFile,
    pub(super) mark: Watermark,
}

/// Verifies the log in `dir`; the fold and the progress run on the calling thread.
pub(super) fn verify(
    dir: &Path,
    expected: Option<LogId>,
    settings: &Settings,
    visit: &mut dyn FnMut(&Frame),
    progress: &mut dyn FnMut(Progress),
) -> Result<Verified, OpenError> {
    let refuse = OpenError::io(dir);
    let doubted = |doubt| OpenError::Doubt {
        dir: dir.to_path_buf(),
        doubt,
    };
    let (head_file, head) = HeadFile::open(&dir.join(HEAD), settings.sync)
        .map_err(refuse)?
        .map_err(doubted)?;
    if let Some(expected) = expected.filter(|expected| *expected != head.log) {
        return Err(doubted(Doubt::OtherLog {
            expected,
            found: head.log,
        }));
    }
    let (sender, steps) = sync_channel(BATCHES_WAITING);
    let job = Job {
        dir: dir.to_path_buf(),
        settings: settings.clone(),
        head,
        sender,
    };
    thread::Builder::new()
        .name("log-open".into())
        .spawn(move || job.run(head_file))
        .map_err(refuse)?;
    follow(dir, settings, head, &steps, visit, progress)
}

fn follow(
    dir: &Path,
    settings: &Settings,
    head: Head,
    steps: &Receiver<Step>,
    visit: &mut dyn FnMut(&Frame),
    progress: &mut dyn FnMut(Progress),
) -> Result<Verified, OpenError> {
    let mut limit = settings.open_limit() + opening::recovery_time(&dir.join(DATABASE));
    let mut frames_seen = 0;
    loop {
        let doubt = match steps.recv_timeout(limit) {
            Ok(Step::Opened) => {
                limit = settings.open_limit();
                continue;
            }
            Ok(Step::Frames(frames)) => {
                frames.iter().for_each(&mut *visit);
                frames_seen += frames.len() as u64;
                if let Some(last) = frames.last() {
                    progress(Progress {
                        frames: frames_seen,
                        sequence: last.last(),
                        expected: head.mark.sequence,
                    });
                }
                continue;
            }
            Ok(Step::End(end)) => return end,
            Err(RecvTimeoutError::Timeout) => Doubt::Hung(limit.as_secs()),
            Err(RecvTimeoutError::Disconnected) => Doubt::Database("the opening thread ended early".into()),
        };
        return Err(OpenError::Doubt {
            dir: dir.to_path_buf(),
            doubt,
        });
    }
}

/// The opening thread's work.
struct Job {
    dir: PathBuf,
    settings: Settings,
    head: Head,
    sender: SyncSender<Step>,
}

impl Job {
    fn run(self, head: HeadFile) {
        let end = match catch_unwind(AssertUnwindSafe(|| self.open())) {
            Ok(Ok((store, mark))) => Ok(Verified { store, head, mark }),
            Ok(Err(error)) => Err(error),
            Err(panic) => Err(opening::unusable(&self.dir, opening::panic_text(&*panic))),
        };
        // A caller that gave up waiting is gone: then everything is dropped here.
        let _ = self.sender.send(Step::End(end));
    }

    fn open(&self) -> Result<(Durable, Watermark), OpenError> {
        let database = self.dir.join(DATABASE);
        if !database.join("db").exists() || !database.join("conf").exists() {
            return Err(self.doubt(Doubt::Database("its files are missing".into())));
        }
        let store = opening::open_here(&database, &self.settings)?;
        self.send(Step::Opened)?;
        let mark = self.chain(&store)?;
        Ok((store, mark))
    }

    fn chain(&self, store: &Durable) -> Result<Watermark, OpenError> {
        let mut mark = Watermark::default();
        let mut frames = Vec::with_capacity(BATCH_FRAMES);
        for row in store.range_from(&[]) {
            let (key, value) = row.map_err(|error| opening::unusable(&self.dir, error.to_string()))?;
            let frame = frame_at(self.head.log, &key, value)
                .map_err(|(at, why)| self.doubt(Doubt::Damaged { at, why }))?;
            mark = self.link(mark, &frame)?;
            frames.push(frame);
            if frames.len() == BATCH_FRAMES {
                self.send(Step::Frames(std::mem::replace(
                    &mut frames,
                    Vec::with_capacity(BATCH_FRAMES),
                )))?;
            }
        }
        let expected = self.head.mark.sequence;
        if mark.sequence < expected {
            return Err(self.doubt(Doubt::Short {
                found: mark.sequence,
                expected,
            }));
        }
        self.send(Step::Frames(frames))?;
        Ok(mark)
    }

    /// The mark after the frame, when it follows and does not contradict the head.
    fn link(&self, mark: Watermark, frame: &Frame) -> Result<Watermark, OpenError> {
        let why = match mark.continuity(frame) {
            Continuity::Next => {
                let after = Watermark::after(frame);
                let head = self.head.mark;
                let ends_at_head = frame.last() == head.sequence;
                let straddles_head = frame.first() <= head.sequence && head.sequence < frame.last();
                if straddles_head || (ends_at_head && after != head) {
                    return Err(self.doubt(Doubt::OtherHistory(head.sequence)));
                }
                return Ok(after);
            }
            Continuity::Gap { from } => format!("sequences {from} to {} are missing", frame.first().0 - 1),
            Continuity::Fork => format!("the frame at {} follows another frame", frame.first()),
            Continuity::Held => format!("the frame at {} repeats sequences", frame.first()),
        };
        Err(self.doubt(Doubt::Broken {
            after: mark.sequence,
            why,
        }))
    }

    /// Hands a step over; when the caller is gone, the rest is not needed.
    fn send(&self, step: Step) -> Result<(), OpenError> {
        self.sender
            .send(step)
            .map_err(|_| self.doubt(Doubt::Hung(self.settings.open_limit_seconds)))
    }

    fn doubt(&self, doubt: Doubt) -> OpenError {
        OpenError::Doubt {
            dir: self.dir.clone(),
            doubt,
        }
    }
}
