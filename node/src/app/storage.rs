//! What lies on the node's disk, opened in order: time and feed, the log and the copies folded into the book. Blocks while
//! logs are verified, which is when nothing else runs yet.

use std::{cell::RefCell, sync::Arc};

use anyhow::Result;
use daemon::{CancellationToken, Clock, Tasks};

use super::Own;
use crate::{
    attempts::{Attempts, Book, book::Rebuilding},
    config::{DataDirectory, NodeSettings},
    district_time::DistrictTime,
    feed::Feed,
    log::{
        self, Fold, Opened, Opening, PeerProgress,
        replicate::{self, Copies, OwnFrames, Shelf},
        retention::Removed,
    },
    salvage,
};

/// What lies on the disk, opened.
pub(super) struct Storage {
    pub(super) time: DistrictTime,
    pub(super) feed: Feed,
    pub(super) attempts: Attempts,
    pub(super) peers: PeerProgress,
    pub(super) shelf: Shelf,
    /// What quarantined logs hold that must still find its place.
    pub(super) pending: Vec<salvage::Pending>,
}

impl Storage {
    /// Opens what lies on the disk. Blocks while logs are verified, which is when nothing else runs yet.
    pub(super) fn open(
        data: &DataDirectory,
        settings: &NodeSettings,
        own: &Own,
        clock: Arc<dyn Clock>,
        tasks: &Tasks,
        closing: CancellationToken,
    ) -> Result<Self> {
        let time = DistrictTime::open(&data.district_time(), clock)?;
        time.start(tasks);
        let feed = Feed::open(&data.0)?;
        let book = Book::new(own.node);
        let directory = data.log();
        // Before any log is opened: what was half removed must not be.
        let removed = Removed::open(&data.removed(), &directory, &data.copies())?;
        let now = time.now();
        let rebuilding = RefCell::new(Rebuilding::of(&book));
        let may_end = || {
            rebuilding.borrow_mut().settle();
            !book.is_any_open(now)
        };
        let opening = Opening {
            directory: &directory,
            node: own.node,
            now,
            may_end: &may_end,
            settings: &settings.answer_log,
            store: &settings.store,
            random: rand::random(),
        };
        let mut fold = |fold: Fold<'_>| match fold {
            Fold::Reset => rebuilding.borrow_mut().reset(),
            Fold::Frame(frame) => rebuilding.borrow_mut().own_frame(frame),
        };
        let committed = book.clone();
        let on_commit = Arc::new(move |frame: &_| committed.absorb_own(frame));
        let Opened { log, earlier, peers } = log::open(&opening, &mut fold, on_commit, tasks, closing)?;
        rebuilding.into_inner().settle();
        let copied = book.clone();
        let absorb: replicate::Absorb = Arc::new(move |frame| {
            copied.absorb(frame);
        });
        let copies = Copies::open(&data.copies(), &settings.store, absorb, time.now(), removed)?;
        let subscribing = log.clone();
        let shelf = Shelf {
            own: OwnFrames {
                reader: log.reader(),
                head: log.head(),
                subscribe: Arc::new(move || subscribing.frames()),
            },
            earlier: earlier.into(),
            copies,
        };
        let pending = salvage::collect(&[directory, data.copies()], &shelf, &book);
        let attempts = Attempts::new(
            book,
            log,
            time.clone(),
            own.signing_key.clone(),
            &settings.attempts,
        );
        Ok(Self {
            time,
            feed,
            attempts,
            peers,
            shelf,
            pending,
        })
    }
}
