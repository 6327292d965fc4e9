//! How long logs stay: starts retention's keeper with what it asks, and begins the new day's log at night by asking for a
//! new start of the program, which opens a new log ([`crate::log`]).

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use daemon::Tasks;
use protocol::{ids::Sequence, time::Instant};
use store::frames::FrameReader;
use tokio::time::timeout;

use super::Own;
use crate::{
    attempts::Attempts,
    disk_work::disk_work,
    district_time::DistrictTime,
    feed::Feed,
    log::{
        day,
        open::begun_at,
        replicate::Shelf,
        retention::{self, Retention},
    },
    ship::Ship,
};

/// How often it is asked whether the night has come.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// What the keeping of logs stands on.
pub(super) struct Keeping<'a> {
    own: &'a Own,
    feed: &'a Feed,
    shelf: &'a Shelf,
    time: &'a DistrictTime,
    attempts: &'a Attempts,
    ship: &'a Ship,
}

/// Whether the program is to start anew because a new day needs a new log. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct NewDay {
    has_come: Arc<AtomicBool>,
}

impl NewDay {
    /// Whether it is.
    pub fn has_come(&self) -> bool {
        self.has_come.load(Ordering::Acquire)
    }
}

/// What is known when it is asked whether a running node is to begin its new log now.
#[derive(Debug, Clone, Copy)]
struct Night {
    /// When the first record of the log was made.
    begun: Option<Instant>,
    now: Instant,
    is_measured: bool,
    node: u32,
    is_any_open: bool,
}

impl Night {
    fn is_time(&self) -> bool {
        self.is_measured
            && day::is_of_an_earlier_day(self.begun, self.now)
            && day::is_the_nodes_hour(self.now, self.node)
            && !self.is_any_open
    }
}

impl<'a> Keeping<'a> {
    pub(super) fn over(
        own: &'a Own,
        (feed, shelf, time): (&'a Feed, &'a Shelf, &'a DistrictTime),
        attempts: &'a Attempts,
        ship: &'a Ship,
    ) -> Self {
        Self {
            own,
            feed,
            shelf,
            time,
            attempts,
            ship,
        }
    }

    /// Starts the keeper, and the watch for the night when the settings want it.
    pub(super) fn start(&self, settings: &retention::Settings, tasks: &Tasks) -> (Retention, NewDay) {
        let (ship, book) = (self.ship.clone(), self.attempts.book().clone());
        let parts = retention::Parts {
            node: self.own.node,
            feed: self.feed.clone(),
            shelf: self.shelf.clone(),
            time: self.time.clone(),
            delivered: Arc::new(move |log| ship.watermark(log)),
            over: Arc::new(move |key, now| book.over(key, now)),
        };
        let new_day = NewDay::default();
        if settings.new_log_at_night {
            self.watch_the_night(new_day.clone(), tasks);
        }
        (retention::start(settings.clone(), parts, tasks), new_day)
    }

    fn watch_the_night(&self, new_day: NewDay, tasks: &Tasks) {
        let (node, time, attempts) = (self.own.node.0, self.time.clone(), self.attempts.clone());
        let (reader, shutdown) = (attempts.log().reader(), tasks.shutdown_token());
        tasks.spawn("night-watch", async move {
            let mut begun = None;
            while timeout(LOOK_EVERY, shutdown.cancelled()).await.is_err() {
                if begun.is_none() {
                    begun = first_record(&reader).await;
                }
                let now = time.now();
                let night = Night {
                    begun,
                    now,
                    is_measured: time.is_measured(),
                    node,
                    // The dear question is asked only at night.
                    is_any_open: day::is_the_nodes_hour(now, node) && attempts.book().is_any_open(now),
                };
                if night.is_time() {
                    tracing::info!(log = %reader.id(), "it is night and nobody sits: the node starts anew to begin the new day's log");
                    new_day.has_come.store(true, Ordering::Release);
                    shutdown.cancel();
                }
            }
        });
    }
}

async fn first_record(reader: &FrameReader) -> Option<Instant> {
    let reader = reader.clone();
    let frames = disk_work(move || reader.read(Sequence(1), 1)).await.ok()?;
    frames.first().and_then(begun_at)
}

/// What HTTP may tell of deliveries: a log that left this disk was delivered whole.
pub(super) fn is_delivered(
    ship: &Ship,
    shelf: &Shelf,
    log: &protocol::ids::LogId,
    sequence: Sequence,
) -> bool {
    let gone = || shelf.copies.removed().get(log);
    ship.delivered(log, sequence) || gone().is_some_and(|gone| sequence <= gone.head.sequence)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2027-01-31T02:30:00+05:30.
    const NIGHT: Instant = Instant(1_801_342_800_000);

    #[test]
    fn a_running_node_begins_its_new_log_only_at_night_when_nobody_sits() {
        let night = Night {
            begun: Some(NIGHT.plus_ms(-4 * 3_600_000)),
            now: NIGHT,
            is_measured: true,
            node: 1,
            is_any_open: false,
        };
        assert!(night.is_time());
        let not = [
            Night { begun: None, ..night },
            Night {
                begun: Some(NIGHT.plus_ms(-3_600_000)),
                ..night
            },
            Night {
                now: NIGHT.plus_ms(8 * 3_600_000),
                ..night
            },
            Night {
                is_measured: false,
                ..night
            },
            Night {
                is_any_open: true,
                ..night
            },
        ];
        for night in not {
            assert!(!night.is_time(), "{night:?}");
        }
    }
}
