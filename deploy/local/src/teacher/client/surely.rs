//! The patient half of a candidate's client: the same call again, at whichever node answers, until it is done or refused
//! for good.

use std::time::Duration;

use protocol::ids::SittingId;
use reqwest::StatusCode;
use serde_json::Value;

use super::{Client, Refused};
use crate::teacher::{Given, Saved, SittingView, Started, Submitted};

/// Before another node is asked when one is full: they may all be.
const FULL_PAUSE: Duration = Duration::from_millis(50);

impl Client {
    /// Signs in, again and again until a node answers.
    pub async fn sign_in_surely(&mut self, tries: usize) -> Result<Vec<SittingView>, Refused> {
        for _ in 0..tries {
            match self.sign_in().await {
                Err(error) if error.is_passing() => self.pause_or_move(&error).await,
                done => return done,
            }
        }
        self.sign_in().await
    }

    /// Starts, again and again until a node answers.
    pub async fn start_surely(&mut self, sitting: SittingId, tries: usize) -> Result<Started, Refused> {
        for _ in 0..tries {
            match self.start(sitting).await {
                Err(error) if error.is_passing() => self.pause_or_move(&error).await,
                done => return done,
            }
        }
        self.start(sitting).await
    }

    /// Saves, again and again, at whichever node answers, until it is acknowledged or refused for good.
    pub async fn save_surely(&mut self, responses: &[Given], tries: usize) -> Result<Saved, Refused> {
        for _ in 0..tries {
            match self.save(responses).await {
                Err(error) if error.is_passing() => self.pause_or_move(&error).await,
                done => return done,
            }
        }
        self.save(responses).await
    }

    /// Hands in, again and again until it is answered. A node that took over from one that is gone may lack what only
    /// that one had: it is sent again first, as the page does.
    pub async fn submit_surely(&mut self, submission: &str, tries: usize) -> Result<Submitted, Refused> {
        for _ in 0..tries {
            match self.submit(submission).await {
                Err(error) if error.is_passing() => self.pause_or_move(&error).await,
                Err(Refused::Problem { problem, body, .. }) if problem.slug() == "digest-differs" => {
                    let held: Vec<Given> = self.shape(&body["responses"])?;
                    self.send_missing(&held).await?;
                }
                done => return done,
            }
        }
        self.submit(submission).await
    }

    /// Sends again what was acknowledged and this node does not hold, as later responses of this device. A node that does
    /// not answer is no error here: the next try says so.
    async fn send_missing(&mut self, held: &[Given]) -> Result<(), Refused> {
        let stands = self.memory.standing.values();
        let last = stands.clone().chain(held).map(|given| given.seq).max();
        let is_there = |given: &Given| {
            let there = held.iter().find(|there| there.item == given.item);
            there.and_then(|there| there.response.as_ref()) == given.response.as_ref()
        };
        let lacking: Vec<Given> = stands.filter(|given| !is_there(given)).cloned().collect();
        for given in &lacking {
            self.memory.note_lacking(given);
        }
        let missing: Vec<Given> = lacking
            .into_iter()
            .zip(last.unwrap_or(0) + 1..)
            .map(|(given, seq)| Given { seq, ..given })
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        match self.save(&missing).await {
            Err(error) if !error.is_passing() => Err(error),
            _ => Ok(()),
        }
    }

    /// Waits as the node asked, or goes on at the next node when this one is gone.
    async fn pause_or_move(&mut self, error: &Refused) {
        if let Refused::Problem {
            status: StatusCode::INSUFFICIENT_STORAGE,
            body,
            ..
        } = error
        {
            tokio::time::sleep(FULL_PAUSE).await;
            return self.go_on_at(body["nodes"].as_array()).await;
        }
        if let Refused::Problem { problem, .. } = error {
            tokio::time::sleep(Duration::from_millis(
                problem.retry_after_ms.unwrap_or(500).min(5_000),
            ))
            .await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        self.go_on_at(None).await;
    }

    /// Goes on at the first of the named nodes that is known, or at the next one.
    async fn go_on_at(&mut self, named: Option<&Vec<Value>>) {
        let known = named.into_iter().flatten().find_map(|url| {
            self.nodes
                .iter()
                .position(|node| Some(node.as_str()) == url.as_str())
        });
        match known {
            Some(known) => self.at = known,
            None => self.fail_over(),
        }
        if let Some(sitting) = self.sitting {
            // Not answered either: the next try says so.
            let _ = self.start(sitting).await;
        }
    }
}
