//! A backlog: records as a district's candidates make them, written into a stopped node's log by the node's own store.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use local::teacher::any_response;
use protocol::{
    epoch::Epoch,
    frame::{EncodedRecord, Frame, FrameBuilder},
    ids::{AttemptKey, CandidateId, DeviceTag, ItemNo, LogId, PaperRef, ResponseSeq, SittingId},
    outline::ResponseKind,
    record::{Event, Record},
    time::{Instant, When},
    watermark::Watermark,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use store::{
    durable::{Batch, Durable},
    frames::{FrameLog, Outcome},
};

/// How a backlog looks.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) candidates: u32,
    pub(crate) records_per_frame: usize,
    pub(crate) seed: u64,
}

/// Candidates in the middle of an exam: each with a device, a place in the items and a count of responses.
pub(crate) struct Crowd {
    random: StdRng,
    sitting: SittingId,
    paper: PaperRef,
    kinds: Vec<(ItemNo, ResponseKind)>,
    people: Vec<Person>,
    elapsed_us: u64,
    origin: Instant,
}

struct Person {
    candidate: CandidateId,
    epoch: Epoch,
    seq: u32,
    has_started: bool,
}

/// Microseconds from one answer to the next: 400 a second.
const STEP_US: u64 = 2_500;

/// Bytes of one commit of the backlog.
const COMMIT_BYTES: usize = 8 * 1024 * 1024;

impl Crowd {
    pub(crate) fn new(
        candidates: impl Iterator<Item = CandidateId>,
        sitting: SittingId,
        paper: PaperRef,
        kinds: Vec<(ItemNo, ResponseKind)>,
        (seed, origin): (u64, Instant),
    ) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let people = candidates
            .map(|candidate| Person {
                candidate,
                epoch: Epoch {
                    number: 1,
                    device: DeviceTag(random.random()),
                },
                seq: 0,
                has_started: false,
            })
            .collect();
        Self {
            random,
            sitting,
            paper,
            kinds,
            people,
            elapsed_us: 0,
            origin,
        }
    }

    /// The next record: somebody's start, or an answer of somebody who has started. Says whether it is an answer.
    pub(crate) fn next(&mut self) -> Result<(EncodedRecord, bool)> {
        self.elapsed_us += STEP_US / 2 + self.random.random_range(0..STEP_US);
        let elapsed_ms = self.elapsed_us / 1000;
        let index = self.random.random_range(0..self.people.len());
        let person = &mut self.people[index];
        let attempt = AttemptKey {
            sitting: self.sitting,
            candidate: person.candidate,
        };
        let at = self.origin.plus_ms(elapsed_ms as i64);
        let starts = !std::mem::replace(&mut person.has_started, true);
        let event = if starts {
            Event::Started {
                epoch: person.epoch,
                paper: self.paper,
                deadline: at.plus_ms(3_600_000),
            }
        } else {
            // In order the first time round, then here and there.
            let place = if (person.seq as usize) < self.kinds.len() {
                person.seq as usize
            } else {
                self.random.random_range(0..self.kinds.len())
            };
            let (item, kind) = &self.kinds[place];
            person.seq += 1;
            Event::Answered {
                item: *item,
                epoch: person.epoch,
                seq: ResponseSeq(person.seq),
                response: Some(any_response(kind, &mut self.random)),
                marked: self.random.random_bool(0.05),
                late: false,
            }
        };
        let when = When {
            at,
            elapsed_ms,
            error_ms: 12,
        };
        Ok((EncodedRecord::new(&Record { when, attempt, event })?, !starts))
    }

    /// Frames that go on from `mark` and hold at least `answers` answers.
    pub(crate) fn frames(
        &mut self,
        log: LogId,
        mark: Watermark,
        answers: u64,
        records_per_frame: usize,
        mut put: impl FnMut(&Frame) -> Result<()>,
    ) -> Result<()> {
        let (mut mark, mut made) = (mark, 0);
        while made < answers {
            let mut builder = FrameBuilder::new(log, mark.sequence.next(), mark.hash);
            let most = 2 * records_per_frame - 1;
            for _ in 0..self.random.random_range(1..=most.max(1)) {
                let (record, is_answer) = self.next()?;
                if !builder.fits(&record) {
                    break;
                }
                builder.push(&record);
                made += u64::from(is_answer);
            }
            let frame = builder.finish()?;
            mark = Watermark::after(&frame);
            put(&frame)?;
        }
        Ok(())
    }
}

/// A backlog as it lies on the disk.
pub(crate) struct Written {
    pub(crate) frame_bytes: u64,
    pub(crate) frames: u64,
    pub(crate) end: Watermark,
}

/// Writes a backlog behind what a stopped node's log holds. Many frames go into one commit, or millions of small frames
/// would take as long as the exam did; the node verifies them all when it starts, and its head follows.
pub(crate) fn write(
    node_data: &Path,
    log: LogId,
    crowd: &mut Crowd,
    answers: u64,
    records_per_frame: usize,
) -> Result<Written> {
    let directory: PathBuf = node_data.join("log").join(format!("{:016x}", log.incarnation.0));
    let settings = store::Settings::default();
    let head = match FrameLog::open(&directory, Some(log), &settings, &mut |_| {}, &mut |_| {})
        .with_context(|| format!("{} cannot be opened", directory.display()))?
    {
        Outcome::Opened { head, .. } => head,
        Outcome::Doubt { reason } => bail!("the node's log is in doubt: {reason}"),
    };
    let rows = Durable::open(&directory.join("sled"), &settings)?;
    let mut batch = Batch::default();
    let mut written = Written {
        frame_bytes: 0,
        frames: 0,
        end: head,
    };
    crowd.frames(log, head, answers, records_per_frame, |frame| {
        written.frame_bytes += frame.bytes().len() as u64;
        written.frames += 1;
        written.end = Watermark::after(frame);
        batch.put(&frame.first().0.to_be_bytes(), frame.bytes());
        if batch.bytes() >= COMMIT_BYTES {
            rows.commit(std::mem::take(&mut batch))?;
        }
        Ok(())
    })?;
    rows.commit(batch)?;
    ensure!(written.frames > 0, "a backlog has frames");
    Ok(written)
}
