//! One simulated teacher: signs in, waits in the lobby, fetches the sealed paper, starts, answers and changes answers,
//! hands in, keeps the receipt; each at the time that the timetable says, whatever the system does. The requests
//! themselves stand in [`steps`].

mod steps;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use protocol::outline::ResponseKind;
use rand::{Rng, SeedableRng, rngs::SmallRng};
use tokio::time::Instant;

use super::{client::Client, trouble::Trouble};
use crate::{acknowledgements::Acknowledgements, message::Told, operation::Operation, timetable::Timetable};

/// The first look for delivery comes so long after handing in; each pause is half as long again.
const DELIVERY_FIRST: Duration = Duration::from_secs(2);

/// Looks for delivery before the teacher goes home.
const DELIVERY_LOOKS: u32 = 4;

/// What all teachers of a share have in common.
#[derive(Debug)]
pub(crate) struct Common {
    /// The items.
    pub kinds: BTreeMap<u16, ResponseKind>,
    /// Between two looks at the sittings at most, however long the node asks for.
    pub look_max: Duration,
    /// Between two looks at the attempt.
    pub look: Duration,
    /// Of a hundred.
    pub change_percent: u8,
    /// Of a hundred.
    pub mark_percent: u8,
}

/// A teacher.
pub(crate) struct Teacher {
    common: Arc<Common>,
    client: Client,
    random: SmallRng,
    candidate: u32,
    code: Box<str>,
    slot: u8,
    sitting: u32,
    device: Option<u32>,
    paper: Option<(Box<str>, Box<str>)>,
    next_seq: u16,
    /// When the sittings are to be looked at again.
    next_look: Instant,
    told: Acknowledgements,
}

/// Who a teacher is.
pub(crate) struct Who {
    /// The number.
    pub candidate: u32,
    /// The access code.
    pub code: Box<str>,
    /// Which slot.
    pub slot: u8,
    /// Its sitting.
    pub sitting: u32,
}

impl Teacher {
    /// A teacher with a client.
    pub(crate) fn new(common: Arc<Common>, client: Client, who: Who, seed: u64) -> Self {
        Self {
            common,
            client,
            random: SmallRng::seed_from_u64(seed),
            candidate: who.candidate,
            code: who.code,
            slot: who.slot,
            sitting: who.sitting,
            device: None,
            paper: None,
            next_seq: 1,
            next_look: Instant::now(),
            told: Acknowledgements::default(),
        }
    }

    /// Sits from sign-in to receipt; gives what was told, also by a teacher who gave up.
    pub(crate) async fn sit(mut self, begins: Instant, timetable: Timetable) -> Told {
        let sat = self.day(begins, timetable).await;
        let mut readings = self.client.meter().readings();
        readings.gauges.ended += 1;
        let (receipt, gave_up) = match sat {
            Ok(receipt) => (Some(receipt), None),
            Err((operation, trouble)) => {
                readings.gauges.gave_up += 1;
                (None, Some(format!("{operation}: {}", trouble.label())))
            }
        };
        drop(readings);
        Told {
            candidate: self.candidate,
            slot: self.slot,
            acknowledgements: self.told,
            receipt,
            gave_up,
        }
    }

    async fn day(&mut self, begins: Instant, timetable: Timetable) -> Result<Box<str>, (Operation, Trouble)> {
        let Timetable {
            sign_in,
            paper,
            start,
            answers,
            submit,
        } = timetable;
        let failed = |operation| move |trouble| (operation, trouble);
        self.until(begins + sign_in).await;
        self.sign_in(begins + sign_in)
            .await
            .map_err(failed(Operation::SignIn))?;
        self.lobby(begins + paper)
            .await
            .map_err(failed(Operation::Lobby))?;
        self.paper(begins + paper)
            .await
            .map_err(failed(Operation::Paper))?;
        self.lobby(begins + start)
            .await
            .map_err(failed(Operation::Lobby))?;
        let order = self
            .start(begins + start)
            .await
            .map_err(failed(Operation::Start))?;
        self.client.meter().readings().gauges.started += 1;
        self.answers(begins, &answers, &order)
            .await
            .map_err(failed(Operation::Answer))?;
        drop((answers, order));
        self.idle(begins + submit)
            .await
            .map_err(failed(Operation::Look))?;
        let receipt = self
            .submit(begins + submit)
            .await
            .map_err(failed(Operation::Submit))?;
        self.client.meter().readings().gauges.submitted += 1;
        self.wait_for_delivery().await.map_err(failed(Operation::Look))?;
        Ok(receipt)
    }

    /// Sleeps until a request is due; when the one before took longer, it is sent at once.
    async fn until(&self, due: Instant) {
        if Instant::now() < due {
            tokio::time::sleep_until(due).await;
            self.client.meter().readings().woke(due);
        }
    }

    /// Looks at the sittings as the page does, until something is due.
    async fn lobby(&mut self, until: Instant) -> Result<(), Trouble> {
        loop {
            let due = self.next_look;
            if due >= until {
                self.until(until).await;
                return Ok(());
            }
            self.until(due).await;
            self.sittings(due).await?;
        }
    }

    /// Waits until something is due; the page looks at the attempt when that takes long.
    async fn idle(&mut self, until: Instant) -> Result<(), Trouble> {
        loop {
            let due = Instant::now() + self.common.look.mul_f64(self.random.random_range(0.8..1.2));
            if due >= until {
                self.until(until).await;
                return Ok(());
            }
            self.until(due).await;
            self.look(due).await?;
        }
    }

    /// Looks, less and less often, whether the centre has the submission; goes home after some looks.
    async fn wait_for_delivery(&mut self) -> Result<(), Trouble> {
        let mut pause = DELIVERY_FIRST;
        for _ in 0..DELIVERY_LOOKS {
            let due = Instant::now() + pause.mul_f64(self.random.random_range(0.8..1.2));
            self.until(due).await;
            if self.look(due).await? {
                break;
            }
            pause = pause.mul_f64(1.5);
        }
        Ok(())
    }

    async fn answers(&mut self, begins: Instant, due: &[Duration], order: &[u16]) -> Result<(), Trouble> {
        let mut next = 0;
        for due in due {
            let due = begins + *due;
            self.idle(due).await?;
            let changes =
                next == order.len() || self.random.random_ratio(self.common.change_percent.into(), 100);
            let item = if next > 0 && changes {
                order[self.random.random_range(0..next)]
            } else {
                next += 1;
                order[next - 1]
            };
            self.answer(due, item).await?;
        }
        Ok(())
    }
}
