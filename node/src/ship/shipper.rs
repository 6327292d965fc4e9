//! The shipper: the task that carries frames to the centre over the link and listens to its answers. What to send is
//! decided by [`Stand`]; here is only the sending, the report once a second, and noticing that nobody answers.

use std::{
    sync::{Arc, PoisonError, RwLock, RwLockWriteGuard},
    time::Duration,
};

use daemon::{CancellationToken, Tasks};
use ed25519_dalek::SigningKey;
use link::{Connection, PeerName, StreamError};
use protocol::{
    checkpoint::Checkpoint,
    ids::{CoordinatorId, LogId, Sequence},
    limits::ENTRY_BYTES_MAX,
    time::ClockSample,
    wire::centre::{CHAINS_SINCE, Down, GATES_SINCE, Open, REASONS_MAX, Refusal, Report, Up},
};
use store::{StoreError, frames::FrameReader};
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval, sleep, sleep_until, timeout},
};

use super::{
    CountsOf, OwnLog, ReadersOf, Settings, Ship, WanStatus,
    lag::Lag,
    session::{Session, ShipError, receive},
    stand::Stand,
};
use crate::{disk_work::disk_work, district_time::DistrictTime, uplink::Uplink};

/// What the shipper works with.
pub struct Parts {
    /// This node's log.
    pub own: OwnLog,
    /// All other logs on this disk: earlier lives of the own log, copies of peers' logs.
    pub others: ReadersOf,
    /// The link to the centre.
    pub uplink: Uplink,
    /// Told of every measurement of the centre's clock.
    pub time: DistrictTime,
    /// Signs checkpoints.
    pub signing_key: SigningKey,
    /// For the report.
    pub counts: CountsOf,
}

/// Starts the shipper.
pub fn start(settings: Settings, parts: Parts, tasks: &Tasks) -> Ship {
    let stand = Stand::new(parts.own.reader.id(), settings.copy_patience_ms);
    let first = WanStatus {
        connected: false,
        delivered: protocol::watermark::Watermark::default(),
        lag_ms: 0,
        since: parts.time.now(),
        fork: None,
    };
    let (status, receiver) = watch::channel(first);
    let stand = Arc::new(RwLock::new(stand));
    let (not_ready, told) = watch::channel(None);
    let ship = Ship {
        status: receiver,
        stand: Arc::clone(&stand),
        not_ready: Arc::new(not_ready),
    };
    let shipper = Shipper {
        settings,
        parts,
        stand,
        status,
        lag: Lag::default(),
        not_ready: told,
    };
    tasks.spawn("shipper", shipper.run(tasks.shutdown_token()));
    ship
}

/// What this node says of itself now: its log's signed head, its counts, and the clock's question.
pub fn report_of(
    own: &FrameReader,
    time: &DistrictTime,
    signing_key: &SigningKey,
    counts: &CountsOf,
    lag_ms: u64,
) -> Report {
    let checkpoint = Checkpoint {
        log: own.id(),
        head: own.head(),
        at: time.now(),
    };
    Report {
        checkpoint: checkpoint.sign(signing_key),
        lag_ms,
        asked_ms: time.monotonic_ms(),
        counts: counts(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

struct Shipper {
    settings: Settings,
    parts: Parts,
    stand: Arc<RwLock<Stand>>,
    status: watch::Sender<WanStatus>,
    lag: Lag,
    not_ready: watch::Receiver<Option<Vec<String>>>,
}

impl Shipper {
    async fn run(mut self, shutdown: CancellationToken) -> Result<(), StoreError> {
        let result = tokio::select! {
            () = shutdown.cancelled() => Ok(()),
            error = self.ship_for_ever() => Err(error),
        };
        self.set_connected(false);
        result
    }

    /// Ships until the own log cannot be read; then the node must stop and check its disk.
    async fn ship_for_ever(&mut self) -> StoreError {
        loop {
            let connection = match self.await_connection().await {
                Ok(connection) => connection,
                Err(error) => return error,
            };
            match self.session(&connection).await {
                Err(ShipError::Store(error)) => return error,
                Err(error) => {
                    tracing::warn!(coordinator = %connection.peer(), %error, "shipping stopped; another coordinator is dialled");
                    connection.close("shipping stopped");
                }
                Ok(never) => match never {},
            }
            self.set_connected(false);
        }
    }

    /// Waits for a connection and keeps the status true meanwhile.
    async fn await_connection(&mut self) -> Result<Connection, StoreError> {
        let uplink = self.parts.uplink.clone();
        loop {
            let every = Duration::from_millis(self.settings.report_every_ms);
            if let Ok(connection) = timeout(every, uplink.connection()).await {
                return Ok(connection);
            }
            self.refresh().await?;
        }
    }

    async fn session(&mut self, connection: &Connection) -> Result<std::convert::Infallible, ShipError> {
        let PeerName::Coordinator(id) = connection.peer() else {
            return Err(ShipError::NotACoordinator(connection.peer()));
        };
        let coordinator = CoordinatorId(id);
        let silence = Duration::from_millis(self.settings.silence_max_ms);
        let opened = timeout(silence, connection.open())
            .await
            .map_err(|_| ShipError::Silent)?;
        let (mut send, mut recv) = opened.map_err(StreamError::from)?.packed()?.split();
        send.send_message(&Open::Ship).await?;
        let mut session = Session {
            send,
            silence,
            answer_by: None,
            busy_since_ms: None,
            coordinator,
            takes_chains: connection.protocol_version() >= CHAINS_SINCE,
        };
        let takes_reasons = connection.protocol_version() >= GATES_SINCE;
        self.not_ready.mark_changed();
        self.stand().reconnected();
        self.look_at_logs();
        let logs = self.stand().logs();
        session.send(&Up::Logs(logs)).await?;
        let mut head = self.parts.own.head.clone();
        let mut ticks = interval(Duration::from_millis(self.settings.report_every_ms));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let now_ms = self.now_ms();
            let (work, wakes_in) = {
                let stand = self.stand();
                (stand.next(now_ms), stand.wakes_in_ms(now_ms))
            };
            let answer_by = session.answer_by;
            tokio::select! {
                biased;
                answer = receive(&mut recv) => self.hear(answer?, &mut session),
                () = sleep_until(answer_by.unwrap_or_else(tokio::time::Instant::now)), if answer_by.is_some() => {
                    return Err(ShipError::Silent);
                }
                _ = ticks.tick() => {
                    if session.is_busy_too_long(self.now_ms(), self.settings.busy_max_ms) {
                        return Err(ShipError::Busy);
                    }
                    self.report(&mut session).await?;
                    if takes_reasons {
                        self.tell(&mut session).await?;
                    }
                }
                () = std::future::ready(()), if work.is_some() => {
                    if let Some((log, from)) = work {
                        self.send_batch(&mut session, log, from).await?;
                    }
                }
                () = sleep(Duration::from_millis(wakes_in.unwrap_or_default())), if wakes_in.is_some() => {}
                changed = head.changed() => {
                    if changed.is_err() {
                        // The committer has stopped, so the process is stopping.
                        std::future::pending::<()>().await;
                    }
                    self.look_at_own_head();
                }
            }
        }
    }

    async fn send_batch(
        &mut self,
        session: &mut Session,
        log: LogId,
        from: Sequence,
    ) -> Result<(), ShipError> {
        let Some(reader) = self.reader(log) else {
            return Ok(());
        };
        let bytes_max = self.settings.batch_bytes_max.min(ENTRY_BYTES_MAX);
        let is_own = log == self.parts.own.reader.id();
        let frames = match disk_work(move || reader.read(from, bytes_max)).await {
            Ok(frames) => frames,
            Err(error) if is_own => return Err(error.into()),
            Err(error) => {
                tracing::error!(%log, %error, "a copy cannot be read; it is not shipped until the next start checks it");
                let refusal = Refusal::Damaged("the copy cannot be read".to_owned());
                self.stand().refused(log, &refusal, self.now_ms());
                return Ok(());
            }
        };
        let Some(last) = frames.last().map(protocol::frame::Frame::last) else {
            return Ok(());
        };
        session.send(&session.wording(log, &frames)).await?;
        self.stand().sent(log, last);
        Ok(())
    }

    async fn report(&mut self, session: &mut Session) -> Result<(), ShipError> {
        self.look_at_logs();
        self.refresh().await?;
        let others = self.stand().others();
        if !others.is_empty() {
            session.send(&Up::Logs(others)).await?;
        }
        let lag_ms = self.status.borrow().lag_ms;
        let Parts {
            own,
            time,
            signing_key,
            counts,
            ..
        } = &self.parts;
        let report = report_of(&own.reader, time, signing_key, counts, lag_ms);
        session.send(&Up::Report(report)).await
    }

    /// Says why the node is not ready, where that has changed. It is not answered; the report before it is.
    async fn tell(&mut self, session: &mut Session) -> Result<(), ShipError> {
        let due = self.not_ready.has_changed().unwrap_or(false);
        let reasons = due.then(|| self.not_ready.borrow_and_update().clone()).flatten();
        match reasons {
            Some(mut reasons) => {
                reasons.truncate(REASONS_MAX);
                session.send(&Up::NotReady(reasons)).await
            }
            None => Ok(()),
        }
    }

    fn hear(&mut self, answer: Down, session: &mut Session) {
        let now_ms = self.now_ms();
        session.answer_by = None;
        match answer {
            Down::Watermarks(watermarks) => {
                for (log, watermark) in watermarks {
                    self.stand().watermark(log, watermark, now_ms);
                }
                self.check_own_history();
            }
            Down::Delivered { log, watermark } => {
                session.busy_since_ms = None;
                self.stand().delivered_to(log, watermark, now_ms);
            }
            Down::Refused { log, reason } => {
                session.refused(log, &reason, now_ms);
                self.stand().refused(log, &reason, now_ms);
            }
            Down::Time { asked_ms, now } => {
                let sample = ClockSample {
                    sent_ms: asked_ms,
                    theirs: now,
                    heard_ms: now_ms,
                };
                self.parts.time.observe(sample, session.coordinator);
            }
        }
        self.note_fork();
        self.set_connected(true);
    }

    /// A fork is told at once: nothing more must be acknowledged under this life.
    fn note_fork(&self) {
        let fork = self.stand().own_fork();
        self.status.send_if_modified(|status| {
            let is_new = status.fork != fork;
            status.fork = fork;
            is_new
        });
    }

    /// The centre having more of the own log than this disk means that this disk was rolled back.
    fn check_own_history(&mut self) {
        let log = self.parts.own.reader.id();
        let (here, there) = (self.parts.own.reader.head(), self.stand().delivered(&log));
        let forked =
            there.sequence > here.sequence || (there.sequence == here.sequence && there.hash != here.hash);
        if forked && there.sequence > Sequence(0) && self.stand().own_fork().is_none() {
            tracing::error!(%log, here = here.sequence.0, there = there.sequence.0, "the centre holds another history of this node's log: this disk was set back, or its log is written twice: the node takes a new incarnation");
            let refusal = Refusal::Fork(there.sequence);
            self.stand().refused(log, &refusal, self.now_ms());
        }
    }

    fn look_at_own_head(&self) {
        let own = &self.parts.own.reader;
        self.stand().head(own.id(), own.head().sequence, self.now_ms());
    }

    fn look_at_logs(&self) {
        self.look_at_own_head();
        let now_ms = self.now_ms();
        let others = (self.parts.others)();
        let ids: Vec<LogId> = others.iter().map(FrameReader::id).collect();
        self.stand().keep_only(&ids);
        for reader in others {
            self.stand().head(reader.id(), reader.head().sequence, now_ms);
        }
    }

    fn reader(&self, log: LogId) -> Option<FrameReader> {
        if log == self.parts.own.reader.id() {
            return Some(self.parts.own.reader.clone());
        }
        (self.parts.others)()
            .into_iter()
            .find(|reader| reader.id() == log)
    }

    /// Computes the status anew.
    async fn refresh(&mut self) -> Result<(), StoreError> {
        let (own, head) = (self.parts.own.reader.id(), self.parts.own.reader.head());
        let delivered = self.stand().delivered(&own);
        let reader = self.parts.own.reader.clone();
        let lag_ms = self
            .lag
            .behind(reader, delivered.sequence, head.sequence, self.parts.time.now())
            .await?;
        let fork = self.stand().own_fork();
        self.status.send_if_modified(|status| {
            let next = WanStatus {
                delivered,
                lag_ms,
                fork,
                ..*status
            };
            std::mem::replace(status, next) != next
        });
        Ok(())
    }

    fn set_connected(&self, connected: bool) {
        let since = self.parts.time.now();
        self.status.send_if_modified(|status| {
            let changed = status.connected != connected;
            if changed {
                *status = WanStatus {
                    connected,
                    since,
                    ..*status
                };
                tracing::info!(connected, "the WAN changed");
            }
            changed
        });
    }

    fn now_ms(&self) -> u64 {
        self.parts.time.monotonic_ms()
    }

    fn stand(&self) -> RwLockWriteGuard<'_, Stand> {
        self.stand.write().unwrap_or_else(PoisonError::into_inner)
    }
}
