//! The keeper: the task that looks at every log on this disk and removes those that the rule lets go. Nobody else removes
//! a log. Also makes room among the copies when their bound is reached: the oldest that everybody else holds yield.

use std::{collections::HashSet, sync::Arc, time::Duration};

use daemon::Tasks;
use protocol::{
    frame::Frame,
    ids::{LogId, NodeId, Sequence},
    time::Instant,
};
use serde::{Deserialize, Serialize};
use store::frames::FrameReader;
use tokio::{sync::watch, time::timeout};

use super::{
    DeliveredOf, OverOf, Removed, RemovedError, Settings, Tombstone,
    rule::{Facts, Furthest, Others, Over, Verdict, Why, judge},
};
use crate::{
    disk_work::disk_work,
    district_time::DistrictTime,
    feed::{Catalogue, Feed},
    log::replicate::{COPIES_MAX, Shelf},
};

/// When the bound of copies is reached, so many are left after the oldest have yielded.
const COPIES_AFTER_YIELDING: usize = COPIES_MAX - 8;

/// From so many copies on district IT is told.
const COPIES_NEAR_MAX: usize = COPIES_MAX * 3 / 4;

/// Bytes of frames that are read at a time when a log's attempts are looked at.
const READ_BYTES: usize = 1024 * 1024;

/// Between two looks at least, however often room is wanted.
const PAUSE: Duration = Duration::from_secs(1);

/// What the keeper works with.
#[derive(Clone)]
pub struct Parts {
    /// This node.
    pub node: NodeId,
    /// Says who the other nodes of the district are.
    pub feed: Feed,
    /// Every log that lies here.
    pub shelf: Shelf,
    /// Says when.
    pub time: DistrictTime,
    /// How far the centre holds a log.
    pub delivered: DeliveredOf,
    /// Whether an attempt is over.
    pub over: OverOf,
}

/// What lies here and what retention will do about it, for status pages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The retention time.
    pub days: u32,
    /// Logs that nobody writes any more: earlier lives of the own log, copies.
    pub closed_logs: usize,
    /// The bytes that these take.
    pub closed_bytes: u64,
    /// Closed logs that the centre and a peer hold whole: retention frees them when their time has passed.
    pub freeable_logs: usize,
    /// The bytes that it will free.
    pub freeable_bytes: u64,
    /// Closed logs whose time has passed and that stay because the centre or every peer lacks some of them.
    pub held_back_logs: usize,
    /// Logs that were removed.
    pub removed_logs: usize,
    /// Copies of other logs.
    pub copies: usize,
    /// So many there may be, beside those that are being written.
    pub copies_max: usize,
    /// Whether the bound is near.
    pub copies_near_max: bool,
}

/// What retention does. Clones are the same.
#[derive(Debug, Clone)]
pub struct Retention {
    kept: watch::Receiver<Kept>,
}

impl Retention {
    /// As of the last look.
    pub fn kept(&self) -> Kept {
        self.kept.borrow().clone()
    }

    /// Of a node whose keeper does not run.
    #[cfg(test)]
    pub(crate) fn idle() -> Self {
        Self {
            kept: watch::channel(Kept::default()).1,
        }
    }
}

/// Starts the keeper.
pub fn start(settings: Settings, parts: Parts, tasks: &Tasks) -> Retention {
    let (told, kept) = watch::channel(Kept::default());
    let every = Duration::from_millis(settings.look_every_ms);
    let keeper = Arc::new(Keeper { settings, parts });
    let shutdown = tasks.shutdown_token();
    tasks.spawn("retention", async move {
        while !shutdown.is_cancelled() {
            let looking = Arc::clone(&keeper);
            let seen = disk_work(move || looking.look()).await;
            if seen.copies_near_max && !told.borrow().copies_near_max {
                tracing::warn!(copies = seen.copies, max = seen.copies_max, "nearly as many logs are copied here as may be: deliver them (WAN), let peers copy them (links), or shorten retention.days");
            }
            told.send_replace(seen);
            let _ = timeout(every.min(PAUSE), shutdown.cancelled()).await;
            let wanted = keeper.parts.shelf.copies.room_wanted();
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = wanted => {}
                () = tokio::time::sleep(every.saturating_sub(PAUSE)) => {}
            }
        }
    });
    Retention { kept }
}

/// Looks at the logs.
pub(super) struct Keeper {
    pub(super) settings: Settings,
    pub(super) parts: Parts,
}

/// A log that lies here.
struct Lying {
    log: LogId,
    reader: FrameReader,
    facts: Facts,
    is_copy: bool,
}

impl Keeper {
    /// Looks once at every log and removes what may go. Blocks on the disk.
    pub(super) fn look(&self) -> Kept {
        let now = self.parts.time.is_measured().then(|| self.parts.time.now());
        let mut kept = Kept {
            days: self.settings.days,
            copies_max: COPIES_MAX,
            ..Kept::default()
        };
        let mut staying = Vec::new();
        for mut lying in self.lying() {
            match self.verdict(&mut lying, now, self.settings.retention_ms()) {
                Verdict::Remove => self.remove(&lying, now, "its retention time has passed"),
                Verdict::Keep(why) => {
                    self.count(&lying, why, now, &mut kept);
                    staying.push(lying);
                }
            }
        }
        self.make_room(staying, now);
        kept.removed_logs = self.removed().count();
        kept.copies = self.parts.shelf.copies.count();
        kept.copies_near_max = kept.copies >= COPIES_NEAR_MAX;
        kept
    }

    /// At the bound, the oldest copies yield that all others hold and whose attempts are over, whatever their age.
    fn make_room(&self, mut staying: Vec<Lying>, now: Option<Instant>) {
        if self.parts.shelf.copies.count() < COPIES_MAX {
            return;
        }
        staying.retain(|lying| lying.is_copy);
        staying.sort_by_key(|lying| lying.facts.last_record);
        for mut lying in staying {
            if self.parts.shelf.copies.count() <= COPIES_AFTER_YIELDING {
                return;
            }
            if self.verdict(&mut lying, now, 0) == Verdict::Remove {
                self.remove(&lying, now, "it yields its place to a newer one");
            }
        }
        if self.parts.shelf.copies.count() >= COPIES_MAX {
            tracing::error!(
                max = COPIES_MAX,
                "no copy of a log can yield: earlier logs of peers are not copied here, only those that are being written"
            );
        }
    }

    fn verdict(&self, lying: &mut Lying, now: Option<Instant>, retention_ms: i64) -> Verdict {
        let verdict = judge(&lying.facts, now, retention_ms);
        if let (Verdict::Keep(Why::AttemptsNotSeen), Some(now)) = (verdict, now) {
            lying.facts.attempts = Some(self.over(&lying.reader, now));
            return judge(&lying.facts, Some(now), retention_ms);
        }
        verdict
    }

    fn count(&self, lying: &Lying, why: Why, now: Option<Instant>, kept: &mut Kept) {
        if !lying.facts.is_closed {
            return;
        }
        let bytes = self.removed().bytes_of(&lying.log);
        kept.closed_logs += 1;
        kept.closed_bytes += bytes;
        match why {
            Why::Until(_) | Why::AttemptOpen | Why::AttemptsNotSeen => {
                kept.freeable_logs += 1;
                kept.freeable_bytes += bytes;
            }
            Why::NotDelivered | Why::NotCopied | Why::Unreadable => {
                let last = now.zip(lying.facts.last_record);
                let is_due =
                    last.is_none_or(|(now, last)| now.since_ms(last) >= self.settings.retention_ms());
                kept.held_back_logs += usize::from(is_due);
            }
            Why::Written | Why::TimeUnmeasured => {}
        }
    }

    fn lying(&self) -> Vec<Lying> {
        let shelf = &self.parts.shelf;
        let catalogue = self.parts.feed.catalogue();
        shelf
            .others()
            .into_iter()
            .filter(|reader| reader.id() != shelf.own.reader.id())
            .map(|reader| Lying {
                log: reader.id(),
                facts: self.facts(&reader, &catalogue),
                is_copy: shelf.copies.reader(&reader.id()).is_some(),
                reader,
            })
            .collect()
    }

    fn facts(&self, reader: &FrameReader, catalogue: &Catalogue) -> Facts {
        let (log, head) = (reader.id(), reader.head());
        let mut centre = Furthest::default();
        centre.heard((self.parts.delivered)(&log));
        Facts {
            is_closed: self.is_closed(log, catalogue),
            head,
            last_record: last_record(reader),
            centre,
            others: self.others(&log, catalogue),
            attempts: None,
        }
    }

    /// Whether nobody writes a log any more: an earlier life of the own one, one whose node said that it writes another,
    /// or one whose node has left the district.
    fn is_closed(&self, log: LogId, catalogue: &Catalogue) -> bool {
        if log.node == self.parts.node {
            return true;
        }
        let is_gone = || {
            let mut nodes = catalogue.peers_of(self.parts.node).into_iter();
            knows_its_district(catalogue, self.parts.node) && !nodes.any(|entry| entry.id == log.node)
        };
        let written = self.parts.shelf.copies.heard().written_by(log.node);
        written.is_some_and(|written| written != log) || is_gone()
    }

    fn others(&self, log: &LogId, catalogue: &Catalogue) -> Others {
        if !knows_its_district(catalogue, self.parts.node) {
            return Others::Unknown;
        }
        let heard = self.parts.shelf.copies.heard();
        let peers = catalogue.peers_of(self.parts.node);
        if peers.is_empty() {
            return Others::None;
        }
        Others::Heard(peers.iter().map(|peer| heard.held_by(peer.id, log)).collect())
    }

    /// Reads the log through once: it is done only when nothing else keeps the log.
    fn over(&self, reader: &FrameReader, now: Instant) -> Over {
        let (mut from, mut seen, mut since) = (Sequence(1), HashSet::new(), Instant(i64::MIN));
        loop {
            let frames = match reader.read(from, READ_BYTES) {
                Ok(frames) => frames,
                Err(error) => {
                    tracing::error!(log = %reader.id(), %error, "a log whose time has passed cannot be read; it stays");
                    return Over::Open;
                }
            };
            let Some(last) = frames.last().map(Frame::last) else {
                return Over::Since(since);
            };
            for (_, record) in frames.iter().flat_map(Frame::known_records) {
                if seen.insert(record.attempt) {
                    match (self.parts.over)(record.attempt, now) {
                        Over::Open => return Over::Open,
                        Over::Since(at) => since = since.max(at),
                    }
                }
            }
            from = last.next();
        }
    }

    fn remove(&self, lying: &Lying, now: Option<Instant>, why: &str) {
        let at = now.unwrap_or_else(|| self.parts.time.now());
        let (log, head) = (lying.log, lying.facts.head);
        let bytes = self.removed().bytes_of(&log);
        match self.take(Tombstone { log, head, at }) {
            Ok(true) => tracing::info!(%log, head = head.sequence.0, bytes, why, "a log was removed whole"),
            Ok(false) => tracing::info!(%log, "a log went on meanwhile; it stays"),
            Err(error) => tracing::error!(%log, %error, "a log cannot be removed; it is tried again"),
        }
    }

    /// First the tombstone, under the copy's lock so that nothing is confirmed after it; then every handle; then the
    /// files.
    fn take(&self, tombstone: Tombstone) -> Result<bool, RemovedError> {
        let shelf = &self.parts.shelf;
        let note = || self.removed().note(tombstone);
        if !shelf.copies.end(&tombstone.log, tombstone.head, note)? {
            return Ok(false);
        }
        shelf.earlier.remove(&tombstone.log);
        shelf.copies.heard().forget(&tombstone.log);
        self.removed().sweep(&tombstone.log)?;
        Ok(true)
    }

    fn removed(&self) -> &Removed {
        self.parts.shelf.copies.removed()
    }
}

fn knows_its_district(catalogue: &Catalogue, node: NodeId) -> bool {
    catalogue.district.is_some() && catalogue.node(node).is_some()
}

/// The stamp of a log's last record; `None` when there is none that can be read.
fn last_record(reader: &FrameReader) -> Option<Instant> {
    let frames = reader.read(reader.head().sequence, 1).ok()?;
    let records = frames.iter().flat_map(Frame::known_records);
    records.map(|(_, record)| record.when.at).max()
}
