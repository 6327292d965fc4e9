//! The book rebuilt from a log at the start of a node, where there is nothing else to do and millions of records to fold.
//! Records are collected into runs, each run is brought into the order of its attempts and folded on another thread.
//!
//! Candidates answer all at once, so the records of one attempt lie far apart in the log, and each record would find its
//! attempt gone from the processor's cache: sorted, an attempt is fetched once a run instead of once a record.

use std::{
    io,
    num::NonZero,
    panic::resume_unwind,
    sync::mpsc::{SyncSender, sync_channel},
    thread::{self, JoinHandle},
};

use protocol::{
    frame::Frame,
    record::{Event, Record},
    watermark::Watermark,
};

use super::Book;
use crate::attempts::slot::Place;

/// Records that are sorted and folded together: some 15 MB while they wait.
const RUN_RECORDS: usize = 64 * 1024;

/// Threads that fold; more than two would wait for the one that reads and verifies.
const FOLDERS_MAX: usize = 2;

/// A book that is being rebuilt.
#[derive(Debug)]
pub struct Rebuilding {
    book: Book,
    folders: Vec<Folder>,
}

/// One thread that folds, for its share of the attempts; started when there is something to fold.
#[derive(Debug)]
struct Folder {
    book: Book,
    /// Records that are sorted and folded together.
    run_records: usize,
    run: Vec<Taken>,
    thread: Option<(SyncSender<Vec<Taken>>, JoinHandle<()>)>,
}

/// A record, taken from its frame.
#[derive(Debug)]
struct Taken {
    record: Record,
    place: Place,
    /// Where a receipt will need it: the frame that it lies in.
    frame: Option<Box<Watermark>>,
}

// === impl Rebuilding ===

impl Rebuilding {
    /// Begins to rebuild a book, which nobody reads meanwhile.
    pub fn of(book: &Book) -> Self {
        Self::in_runs_of(book, RUN_RECORDS)
    }

    fn in_runs_of(book: &Book, run_records: usize) -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let folders = (0..cores.min(FOLDERS_MAX)).map(|_| Folder {
            book: book.clone(),
            run_records,
            run: Vec::new(),
            thread: None,
        });
        Self {
            folders: folders.collect(),
            book: book.clone(),
        }
    }

    /// Takes a frame of the node's own log in. Each frame comes here once.
    pub fn own_frame(&mut self, frame: &Frame) {
        let (log, after) = (frame.log(), Watermark::after(frame));
        let mut answers = 0;
        frame.visit(|sequence, record| {
            let place = Place { log, sequence };
            let Some(record) = record else {
                return self.book.note_unreadable(place);
            };
            answers += u64::from(matches!(record.event, Event::Answered { .. }));
            let is_submission = matches!(record.event, Event::Submitted(_));
            let share = Book::shard_index(record.attempt) % self.folders.len();
            self.folders[share].take(Taken {
                record,
                place,
                frame: is_submission.then(|| Box::new(after)),
            });
        });
        self.book.count_own(frame, answers);
    }

    /// Forgets everything: what was taken in turned out to be in doubt.
    pub fn reset(&mut self) {
        self.settle();
        self.book.clear();
    }

    /// Waits until everything that was taken in stands in the book.
    pub fn settle(&mut self) {
        self.folders.iter_mut().for_each(Folder::settle);
    }
}

impl Folder {
    fn take(&mut self, taken: Taken) {
        if self.run.capacity() == 0 {
            self.run.reserve_exact(self.run_records);
        }
        self.run.push(taken);
        if self.run.len() == self.run_records {
            self.pass_on();
        }
    }

    fn pass_on(&mut self) {
        let run = std::mem::take(&mut self.run);
        if self.thread.is_none() {
            self.thread = self.start().ok();
        }
        match &self.thread {
            // It ends early by a panic only, which goes on where it is joined.
            Some((runs, _)) => drop(runs.send(run)),
            None => fold(&self.book, run),
        }
    }

    fn start(&self) -> io::Result<(SyncSender<Vec<Taken>>, JoinHandle<()>)> {
        let (runs, coming) = sync_channel::<Vec<Taken>>(1);
        let book = self.book.clone();
        let thread = thread::Builder::new().name("rebuild".into());
        let thread = thread.spawn(move || coming.into_iter().for_each(|run| fold(&book, run)))?;
        Ok((runs, thread))
    }

    /// Waits until what was taken is folded; a panic goes on here.
    fn settle(&mut self) {
        if !self.run.is_empty() {
            self.pass_on();
        }
        if let Some((runs, thread)) = self.thread.take() {
            drop(runs);
            if let Err(panic) = thread.join() {
                resume_unwind(panic);
            }
        }
    }
}

/// Folds a run, attempt by attempt; each attempt's records in the order of the log.
fn fold(book: &Book, mut run: Vec<Taken>) {
    run.sort_by_key(|taken| taken.record.attempt);
    for same in run.chunk_by(|one, next| one.record.attempt == next.record.attempt) {
        let slot = book.slot(same[0].record.attempt);
        let mut held = slot.lock();
        for Taken { record, place, frame } in same {
            held.apply(record, *place, book.own());
            if let Some(frame) = frame {
                held.note_frame(*place, **frame);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use protocol::{
        epoch::Epoch,
        frame::{EncodedRecord, FrameBuilder},
        hash::Hash,
        ids::{
            AttemptKey, CandidateId, DeviceTag, Incarnation, ItemNo, LogId, NodeId, OptionId, ResponseSeq,
        },
        ids::{PaperId, PaperRef, PaperVersion, SittingId},
        record::{Submission, SubmittedBy},
        response::Response,
        time::{Instant, When},
    };

    use super::*;

    const LOG: LogId = LogId {
        node: NodeId(1),
        incarnation: Incarnation(7),
    };

    fn event() -> impl Strategy<Value = Event> {
        let epoch = (1_u16..3).prop_map(|number| Epoch {
            number,
            device: DeviceTag(1),
        });
        let paper = PaperRef {
            paper: PaperId(1),
            version: PaperVersion(1),
        };
        prop_oneof![
            6 => (1_u16..4, epoch.clone(), 1_u32..9, 1_u8..5, any::<bool>()).prop_map(
                |(item, epoch, seq, option, late)| Event::Answered {
                    item: ItemNo(item),
                    epoch,
                    seq: ResponseSeq(seq),
                    response: Some(Response::Choice(OptionId(option))),
                    marked: false,
                    late,
                }
            ),
            1 => epoch.prop_map(move |epoch| Event::Started { epoch, paper, deadline: Instant(9) }),
            1 => any::<[u8; 16]>().prop_map(|id| Event::Submitted(Submission {
                id,
                by: SubmittedBy::Candidate,
                digest: Hash::blake3(&id),
                answered: 3,
            })),
        ]
    }

    fn frames(records: &[(u32, Event)], per_frame: usize) -> Vec<Frame> {
        let mut head = Watermark::default();
        let chunks = records.chunks(per_frame).map(|records| {
            let mut builder = FrameBuilder::new(LOG, head.sequence.next(), head.hash);
            for (candidate, event) in records {
                let record = Record {
                    when: When {
                        at: Instant(5),
                        elapsed_ms: 1,
                        error_ms: 1,
                    },
                    attempt: AttemptKey {
                        sitting: SittingId(1),
                        candidate: CandidateId(*candidate),
                    },
                    event: event.clone(),
                };
                builder.push(&EncodedRecord::new(&record).unwrap());
            }
            let frame = builder.finish().unwrap();
            head = Watermark::after(&frame);
            frame
        });
        chunks.collect()
    }

    /// Everything that the book holds, as text.
    fn content(book: &Book) -> Vec<String> {
        let mut keys = book.select(|_| true);
        keys.sort_unstable();
        let texts = keys.into_iter().filter_map(|key| book.get(key));
        texts.map(|slot| slot.read(|held| format!("{held:?}"))).collect()
    }

    proptest! {
        #[test]
        fn a_rebuilt_book_is_the_one_that_was_kept_all_along(
            records in prop::collection::vec((0_u32..40, event()), 1..200),
            per_frame in 1_usize..9,
        ) {
            let frames = frames(&records, per_frame);
            let kept = Book::new(NodeId(1));
            let rebuilt = Book::new(NodeId(1));
            let mut rebuilding = Rebuilding::in_runs_of(&rebuilt, 16);
            // What was in doubt leaves nothing behind.
            for frame in frames.iter().take(3) {
                rebuilding.own_frame(frame);
            }
            rebuilding.reset();
            for frame in &frames {
                kept.absorb_own(frame);
                rebuilding.own_frame(frame);
            }
            rebuilding.settle();
            prop_assert_eq!(content(&rebuilt), content(&kept));
            prop_assert_eq!(rebuilt.counts(), kept.counts());
        }
    }
}
