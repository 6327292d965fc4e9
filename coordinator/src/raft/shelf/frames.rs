//! The frames on the shelf, in runs. Rows of one log have growing first and growing last sequences: no row lies within
//! another, so the last row that begins at or before a sequence holds it if any does. Frames may come twice, cut into other
//! runs (a snapshot's receiver fetches them, and the log may bring them too); the bytes of a sequence are the same then.

use protocol::{
    frame::Frame,
    ids::{LogId, Sequence},
    watermark::Watermark,
};
use store::durable::Batch;

use super::{
    FRAME, Shelf, ShelfError,
    run::{self, Run},
};

impl Shelf {
    /// How far a log's frames go here.
    pub(in crate::raft) fn frames_end(&self, log: LogId) -> Result<Watermark, ShelfError> {
        match self.store.prefix(&frame_prefix(log)).next_back() {
            Some(stored) => Ok(run::frames(stored?.1)?
                .last()
                .map(Watermark::after)
                .unwrap_or_default()),
            None => Ok(Watermark::default()),
        }
    }

    /// Stores frames that were checked to follow.
    pub(in crate::raft) fn put_frames(&self, frames: &[Frame]) -> Result<(), ShelfError> {
        let mut batch = Batch::default();
        self.add_frames(&mut batch, frames)?;
        Ok(self.store.commit(batch)?)
    }

    /// Puts frames into a batch.
    pub(super) fn add_frames(&self, batch: &mut Batch, frames: &[Frame]) -> Result<(), ShelfError> {
        Run::of(frames)
            .iter()
            .try_for_each(|run| self.add_run(batch, run))
    }

    fn add_run(&self, batch: &mut Batch, run: &Run) -> Result<(), ShelfError> {
        let prefix = frame_prefix(run.log());
        let (key, end) = (
            frame_key(run.log(), run.first()),
            frame_key(run.log(), run.last()),
        );
        if let Some(stored) = self.store.range_to(&key).next_back() {
            let (before, value) = stored?;
            if before.starts_with(&prefix) && run::last(&value)? >= run.last() {
                // It is all there.
                return Ok(());
            }
        }
        // What rows that this run takes the place of hold beyond it.
        let mut beyond: Vec<Frame> = Vec::new();
        for stored in self.store.range_from(&key) {
            let (within, value) = stored?;
            if !within.starts_with(&prefix) {
                break;
            }
            if *within > *end {
                // From there on all is in this row, which ends later than those before it.
                beyond.retain(|frame| *frame_key(run.log(), frame.first()) < *within);
                break;
            }
            batch.remove(&within);
            for frame in run::frames(value)? {
                let known = beyond.last().map_or(run.last(), Frame::last);
                if frame.last() > known {
                    beyond.push(frame);
                }
            }
        }
        batch.put(&key, &run.value()?);
        for run in Run::of(&beyond) {
            batch.put(&frame_key(run.log(), run.first()), &run.value()?);
        }
        Ok(())
    }

    /// A log's frames from the one that holds `from` on.
    pub(in crate::raft) fn frames_from(
        &self,
        log: LogId,
        from: Sequence,
    ) -> Result<impl Iterator<Item = Result<Frame, ShelfError>> + use<>, ShelfError> {
        let prefix = frame_prefix(log);
        let mut start = frame_key(log, from);
        if let Some(stored) = self.store.range_to(&start).next_back() {
            let (key, value) = stored?;
            if key.starts_with(&prefix) && run::last(&value)? >= from {
                start = key.to_vec();
            }
        }
        let rows = self.store.range_from(&start);
        let rows = rows
            .take_while(move |stored| stored.as_ref().map_or(true, |(key, _)| key.starts_with(&prefix)))
            .map(|stored| run::frames(stored?.1));
        let frames = rows.flat_map(|row| match row {
            Ok(frames) => frames.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        });
        let mut given = from.0.saturating_sub(1);
        Ok(frames.filter(move |frame| {
            let Ok(frame) = frame else { return true };
            // Before what is wanted, or given already from the row before.
            let is_new = frame.last().0 > given;
            given = given.max(frame.last().0);
            is_new
        }))
    }
}

fn frame_prefix(log: LogId) -> Vec<u8> {
    let mut key = vec![FRAME];
    key.extend_from_slice(&log.node.0.to_be_bytes());
    key.extend_from_slice(&log.incarnation.0.to_be_bytes());
    key
}

pub(super) fn frame_key(log: LogId, first: Sequence) -> Vec<u8> {
    let mut key = frame_prefix(log);
    key.extend_from_slice(&first.0.to_be_bytes());
    key
}

#[cfg(test)]
mod tests {
    use protocol::{
        epoch::Epoch,
        frame::{EncodedRecord, FrameBuilder},
        ids::{AttemptKey, CandidateId, DeviceTag, Incarnation, NodeId, SittingId},
        record::{Event, Record},
        time::{Instant, When},
    };

    use super::*;

    fn log(node: u32) -> LogId {
        LogId {
            node: NodeId(node),
            incarnation: Incarnation(5),
        }
    }

    /// Frames of one to three records.
    fn frames(log: LogId, count: u32) -> Vec<Frame> {
        let mut mark = Watermark::default();
        let frame = |index: u32| {
            let mut builder = FrameBuilder::new(log, mark.sequence.next(), mark.hash);
            for _ in 0..=index % 3 {
                let record = Record {
                    when: When {
                        at: Instant(0),
                        elapsed_ms: 0,
                        error_ms: 0,
                    },
                    attempt: AttemptKey {
                        sitting: SittingId(1),
                        candidate: CandidateId(index),
                    },
                    event: Event::Moved {
                        epoch: Epoch::first(DeviceTag(1)),
                    },
                };
                builder.push(&EncodedRecord::new(&record).unwrap());
            }
            let frame = builder.finish().unwrap();
            mark = Watermark::after(&frame);
            frame
        };
        (0..count).map(frame).collect()
    }

    fn shelf(dir: &std::path::Path) -> Shelf {
        Shelf::open(dir, &store::Settings::default()).unwrap().0
    }

    fn from(shelf: &Shelf, log: LogId, from: u64) -> Vec<Frame> {
        let frames = shelf.frames_from(log, Sequence(from)).unwrap();
        frames.collect::<Result<_, _>>().unwrap()
    }

    /// Every frame is found from each of its sequences, in order, once.
    fn all_are_there(shelf: &Shelf, frames: &[Frame]) {
        let log = frames[0].log();
        for (index, frame) in frames.iter().enumerate() {
            for sequence in frame.first().0..=frame.last().0 {
                assert_eq!(from(shelf, log, sequence), &frames[index..], "from {sequence}");
            }
        }
        let last = &frames[frames.len() - 1];
        assert_eq!(from(shelf, log, last.last().0 + 1), []);
        assert_eq!(shelf.frames_end(log).unwrap(), Watermark::after(last));
    }

    fn rows(shelf: &Shelf) -> usize {
        shelf.store.prefix(&[FRAME]).count()
    }

    #[test]
    fn many_small_frames_lie_in_few_rows_and_all_are_found() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (frames(log(1), 60), frames(log(2), 7));
        let shelf = shelf(dir.path());
        let mixed: Vec<Frame> = one[..30]
            .iter()
            .chain(&other)
            .chain(&one[30..])
            .cloned()
            .collect();
        shelf.put_frames(&mixed).unwrap();
        assert_eq!(rows(&shelf), 3);
        all_are_there(&shelf, &one);
        all_are_there(&shelf, &other);
        assert_eq!(from(&shelf, log(3), 1), []);
    }

    #[test]
    fn a_run_ends_where_a_frame_is_missing_and_where_it_is_full() {
        let long = frames(log(1), 1_800);
        let runs = Run::of(&long);
        assert!(runs.len() > 2, "{} runs", runs.len());
        for run in &runs {
            let (value, whole) = (run.value().unwrap(), run::whole_value(run.frames()));
            assert!(whole.len() <= 66 * 1024, "{} bytes", whole.len());
            assert!(value.len() < whole.len(), "a chain leaves out what follows");
        }
        let gap: Vec<Frame> = long[..3].iter().chain(&long[4..6]).cloned().collect();
        assert_eq!(Run::of(&gap).len(), 2);
        assert_eq!(Run::of(&[]).len(), 0);
    }

    #[test]
    fn frames_that_come_twice_in_other_runs_are_there_once() {
        const FRAMES: u32 = 8;
        let dir = tempfile::tempdir().unwrap();
        let shelf = shelf(dir.path());
        let mut logs = (1..).map(|node| frames(log(node), FRAMES));
        let places =
            |count: usize| (0..count).flat_map(move |start| (start + 1..=count).map(move |end| (start, end)));
        for (start, end) in places(FRAMES as usize) {
            for cut in 1..FRAMES as usize {
                let all = logs.next().unwrap();
                shelf.put_frames(&all[..cut]).unwrap();
                shelf.put_frames(&all[cut..]).unwrap();
                shelf.put_frames(&all[start..end]).unwrap();
                all_are_there(&shelf, &all);
            }
        }
    }

    #[test]
    fn frames_that_were_stored_ahead_stay_when_fewer_come_again() {
        let dir = tempfile::tempdir().unwrap();
        let all = frames(log(1), 20);
        let shelf = shelf(dir.path());
        shelf.put_frames(&all[5..]).unwrap();
        shelf.put_frames(&all[..8]).unwrap();
        all_are_there(&shelf, &all);
        shelf.put_frames(&all[3..15]).unwrap();
        all_are_there(&shelf, &all);
    }

    #[test]
    fn rows_of_single_frames_of_an_earlier_version_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let all = frames(log(1), 9);
        let shelf = shelf(dir.path());
        for frame in &all[..6] {
            shelf.put_frames(std::slice::from_ref(frame)).unwrap();
        }
        assert_eq!(rows(&shelf), 6);
        shelf.put_frames(&all[6..]).unwrap();
        assert_eq!(rows(&shelf), 7);
        all_are_there(&shelf, &all);
    }

    #[test]
    fn runs_of_whole_frames_of_an_earlier_version_are_read_and_gone_on_from() {
        let dir = tempfile::tempdir().unwrap();
        let all = frames(log(1), 12);
        let shelf = shelf(dir.path());
        let mut batch = Batch::default();
        let key = frame_key(log(1), all[0].first());
        batch.put(&key, &run::whole_value(&all[..7]));
        shelf.store.commit(batch).unwrap();
        all_are_there(&shelf, &all[..7]);
        shelf.put_frames(&all[4..]).unwrap();
        all_are_there(&shelf, &all);
    }

    #[test]
    fn a_cut_or_altered_run_is_damage() {
        let all = frames(log(1), 4);
        for value in [Run::of(&all)[0].value().unwrap(), run::whole_value(&all)] {
            assert_eq!(run::frames(value.clone()).unwrap(), all);
            for end in 0..value.len() {
                assert!(run::frames(value.slice(..end)).is_err(), "cut at {end}");
                let mut altered = value.to_vec();
                altered[end] ^= 1;
                let read = run::frames(altered.into());
                assert!(read.is_err(), "a bit of byte {end} was flipped");
            }
        }
    }
}
