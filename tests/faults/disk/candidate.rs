//! A candidate who answers without pause until told to stop, and then says what of the acknowledged is not there.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, bail};
use local::teacher::{Client, Given, Refused, any_response, submission_id};
use protocol::ids::{ItemNo, SittingId};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::Value;
use tests::{
    crowd::{self, SignIn, TRIES},
    exam::Exam,
};

/// Between two saves of one candidate, at most.
const THINK_AT_MOST: Duration = Duration::from_millis(40);

/// Before a node that does not answer is asked again.
const PAUSE: Duration = Duration::from_millis(50);

/// What nodes said, of all candidates.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Answers acknowledged.
    pub(super) acknowledged: AtomicU64,
    /// Saves refused because the disk is full.
    pub(super) full: AtomicU64,
    /// Saves that nobody answered.
    pub(super) unanswered: AtomicU64,
    /// Saves put off (503, 429).
    pub(super) put_off: AtomicU64,
    /// The longest that a save took, in milliseconds.
    pub(super) slowest_ms: AtomicU64,
}

impl Tally {
    pub(super) fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }
}

/// One candidate.
pub(super) struct Candidate {
    pub(super) client: Client,
    exam: Arc<Exam>,
    items: Vec<ItemNo>,
    seq: u32,
    /// Sent but not acknowledged: sent again unchanged, as the page does.
    waiting: Vec<Given>,
    random: StdRng,
    tally: Arc<Tally>,
}

impl Candidate {
    /// Signs in and starts.
    pub(super) async fn start(
        node: String,
        sign_in: &SignIn,
        sitting: SittingId,
        exam: Arc<Exam>,
        seed: u64,
        tally: Arc<Tally>,
    ) -> anyhow::Result<Self> {
        let mut client = crowd::client(vec![node], sign_in)?;
        client.sign_in_surely(TRIES).await.context("sign-in")?;
        let started = client.start_surely(sitting, TRIES).await.context("start")?;
        Ok(Self {
            client,
            exam,
            items: started.order.iter().map(|place| place.item).collect(),
            seq: started.next_seq,
            waiting: Vec::new(),
            random: StdRng::seed_from_u64(seed ^ u64::from(sign_in.candidate.0)),
            tally,
        })
    }

    /// Answers until `go_on` is false.
    pub(super) async fn answer(mut self, go_on: Arc<AtomicBool>) -> anyhow::Result<Self> {
        while go_on.load(Ordering::Relaxed) {
            tokio::time::sleep(THINK_AT_MOST.mul_f64(self.random.random())).await;
            if self.waiting.is_empty() {
                self.think();
            }
            self.save_once().await?;
        }
        Ok(self)
    }

    fn think(&mut self) {
        let count = self.random.random_range(1..=3);
        let items: Vec<ItemNo> = self
            .items
            .choose_multiple(&mut self.random, count)
            .copied()
            .collect();
        for item in items {
            let response = any_response(&self.exam.items[&item].kind, &mut self.random);
            self.waiting.push(Given {
                item,
                seq: self.seq,
                response: Some(response),
                marked: self.random.random_bool(0.1),
            });
            self.seq += 1;
        }
    }

    /// Sends what waits; what is not acknowledged waits on.
    async fn save_once(&mut self) -> anyhow::Result<()> {
        let begun = tokio::time::Instant::now();
        match self.client.save(&self.waiting).await {
            Ok(saved) => {
                anyhow::ensure!(saved.refused.is_empty(), "refused: {:?}", saved.refused);
                self.waiting.clear();
                self.tally
                    .slowest_ms
                    .fetch_max(begun.elapsed().as_millis() as u64, Ordering::Relaxed);
                self.tally
                    .acknowledged
                    .fetch_add(saved.acknowledged.len() as u64, Ordering::Relaxed);
                return Ok(());
            }
            Err(Refused::Unreachable(_)) => self.tally.unanswered.fetch_add(1, Ordering::Relaxed),
            Err(Refused::Problem { status, .. }) if status.as_u16() == 507 => {
                self.tally.full.fetch_add(1, Ordering::Relaxed)
            }
            Err(error) if error.is_passing() => self.tally.put_off.fetch_add(1, Ordering::Relaxed),
            Err(error) => bail!("candidate {}: {error}", self.client.memory.candidate),
        };
        tokio::time::sleep(PAUSE).await;
        Ok(())
    }

    /// What was acknowledged and is not in the attempt as the node holds it now. An error when the node does not answer.
    pub(super) async fn missing(&self) -> anyhow::Result<Vec<String>> {
        let who = self.client.memory.candidate;
        let standing = &self.client.memory.standing;
        let held = match self.client.attempt().await {
            Ok(held) => held,
            Err(Refused::Problem { status, body, .. }) if status.is_client_error() => {
                let lost = |item| format!("candidate {who}, item {item}: {status} {body}");
                return Ok(standing.keys().map(lost).collect());
            }
            Err(error) => bail!("candidate {who}: {error}"),
        };
        let responses = held["responses"].as_array().context("an attempt has responses")?;
        let mut missing = Vec::new();
        for given in standing.values() {
            let there = responses.iter().find(|one| one["item"] == given.item.0);
            if !there.is_some_and(|there| self.holds(there, given)) {
                missing.push(format!(
                    "candidate {who}: {given:?} was acknowledged, there is {there:?}"
                ));
            }
        }
        Ok(missing)
    }

    /// Whether a response that a node holds is the acknowledged one, or one that was sent after it.
    fn holds(&self, there: &Value, given: &Given) -> bool {
        let Ok(there) = serde_json::from_value::<Given>(there.clone()) else {
            return false;
        };
        there == *given || self.waiting.contains(&there)
    }

    /// Hands in, once everything that waits is acknowledged.
    pub(super) async fn submit(mut self) -> anyhow::Result<Self> {
        for _ in 0..TRIES {
            if self.waiting.is_empty() {
                break;
            }
            self.save_once().await?;
        }
        let submission = submission_id(&mut self.random);
        self.client
            .submit_surely(&submission, TRIES)
            .await
            .context("submit")?;
        Ok(self)
    }
}
