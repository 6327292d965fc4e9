//! What a teacher asks of the nodes, step by step: each sends one request until it is answered, and keeps what was told.

use std::time::Duration;

use protocol::hash::Hash;
use rand::Rng;
use serde::Deserialize;
use tokio::time::Instant;

use super::Teacher;
use crate::{
    acknowledgements::{Acknowledgement, BY_TWO, Choice, MARKED},
    operation::Operation,
    share::{
        client::Request,
        connection::Answer,
        shapes::{Looked, Safe, Saved, SignedIn, Sitting, Sittings, Started, Submitted},
        trouble::Trouble,
    },
};

/// The page never asks for the sittings sooner.
const LOOK_MIN: Duration = Duration::from_secs(1);

impl Teacher {
    /// Signs in by number and access code.
    pub(super) async fn sign_in(&mut self, due: Instant) -> Result<(), Trouble> {
        let device = self.device.map_or("null".to_owned(), |device| device.to_string());
        let body = format!(
            r#"{{"candidate":{},"access_code":"{}","device":{device}}}"#,
            self.candidate, self.code
        );
        let path = "/api/v1/sign-in";
        let answer = self.post(Operation::SignIn, due, path, &body).await?;
        let signed_in: SignedIn<'_> = shape(&answer)?;
        self.client.token = signed_in.token.into();
        self.device = Some(signed_in.device);
        self.paper = sealed_of(&signed_in.sittings, self.sitting);
        self.look_in(signed_in.look_again_ms);
        self.client.meter().readings().gauges.signed_in += 1;
        Ok(())
    }

    /// Looks at the sittings, and where the sealed paper is.
    pub(super) async fn sittings(&mut self, due: Instant) -> Result<(), Trouble> {
        let request = Request {
            operation: Operation::Lobby,
            due,
            method: "GET",
            path: "/api/v1/sittings",
            body: "",
        };
        let answer = self.surely(request).await?;
        let told: Sittings<'_> = shape(&answer)?;
        if let Some(paper) = sealed_of(&told.sittings, self.sitting) {
            self.paper = Some(paper);
        }
        self.look_in(told.look_again_ms);
        Ok(())
    }

    /// Notes when the node wants to be asked for the sittings again.
    fn look_in(&mut self, look_again_ms: u64) {
        let asked = Duration::from_millis(look_again_ms);
        self.next_look = Instant::now() + asked.clamp(LOOK_MIN, self.common.look_max);
    }

    /// Fetches the sealed paper and compares it with its hash.
    pub(super) async fn paper(&mut self, due: Instant) -> Result<(), Trouble> {
        while self.paper.is_none() {
            let next = self.next_look;
            self.until(next).await;
            self.sittings(next).await?;
        }
        let (path, hash) = self.paper.take().expect("it was just found");
        let request = Request {
            operation: Operation::Paper,
            due,
            method: "GET",
            path: &path,
            body: "",
        };
        let answer = self.surely(request).await?;
        if Hash::blake3(answer.body()).to_string() != *hash {
            return Err(Trouble::Unexpected(
                "a sealed paper that differs from its hash".into(),
            ));
        }
        Ok(())
    }

    /// Starts, or takes the attempt up at another node; gives the items in the teacher's order.
    pub(super) async fn start(&mut self, due: Instant) -> Result<Box<[u16]>, Trouble> {
        let path = format!("/api/v1/sittings/{}/start", self.sitting);
        loop {
            let request = Request {
                operation: Operation::Start,
                due,
                method: "POST",
                path: &path,
                body: "{}",
            };
            match self.client.ask(request, &mut self.random).await {
                Ok(answer) => return self.started(&answer),
                Err(trouble) if !self.may_go_on(&trouble) => return Err(trouble),
                Err(_) => {}
            }
        }
    }

    fn started(&mut self, answer: &Answer) -> Result<Box<[u16]>, Trouble> {
        let started: Started<'_> = shape(answer)?;
        if started.key.is_empty() {
            return Err(Trouble::Unexpected("a start without the paper's key".into()));
        }
        self.client.token = started.token.into();
        self.next_seq = self.next_seq.max(started.next_seq);
        Ok(started.order.iter().map(|place| place.item).collect())
    }

    /// Says whether the centre has the submission.
    pub(super) async fn look(&mut self, due: Instant) -> Result<bool, Trouble> {
        let request = Request {
            operation: Operation::Look,
            due,
            method: "GET",
            path: "/api/v1/attempt",
            body: "",
        };
        let answer = self.surely(request).await?;
        Ok(shape::<Looked>(&answer)?.delivered)
    }

    /// Gives, changes or clears the answer to an item, and remembers where it is safe.
    pub(super) async fn answer(&mut self, due: Instant, item: u16) -> Result<(), Trouble> {
        let kind = self
            .common
            .kinds
            .get(&item)
            .ok_or_else(|| Trouble::Unexpected(format!("the paper has an item {item}")))?;
        let choice = Choice::any(kind, &mut self.random);
        let marked = self.random.random_ratio(self.common.mark_percent.into(), 100);
        let seq = self.next_seq;
        self.next_seq += 1;
        let body = format!(
            r#"{{"responses":[{{"item":{item},"seq":{seq},"response":{},"marked":{marked}}}]}}"#,
            choice.json(kind)
        );
        let answer = self
            .post(Operation::Answer, due, "/api/v1/attempt/responses", &body)
            .await?;
        let saved: Saved<'_> = shape(&answer)?;
        let [
            Safe {
                item: told_item,
                seq: told_seq,
                log,
                sequence,
            },
        ] = saved.acknowledged.as_slice()
        else {
            return Err(Trouble::Unexpected(
                "another number of acknowledgements than answers".into(),
            ));
        };
        if (*told_item, *told_seq) != (item, seq) {
            return Err(Trouble::Unexpected("an acknowledgement of another answer".into()));
        }
        let mut readings = self.client.meter().readings();
        readings.gauges.acknowledged += 1;
        let by_two = if saved.durability == "district" { BY_TWO } else { 0 };
        self.told.push(Acknowledgement {
            sequence: *sequence,
            item,
            seq,
            log: if *sequence > 0 {
                readings.log_number(log)
            } else {
                0
            },
            choice,
            flags: by_two | if marked { MARKED } else { 0 },
        });
        Ok(())
    }

    /// Hands in the digest of what was acknowledged; gives the receipt.
    pub(super) async fn submit(&mut self, due: Instant) -> Result<Box<str>, Trouble> {
        let submission = hex::encode(self.random.random::<[u8; 16]>());
        let digest = self.told.digest(&self.common.kinds);
        let body = format!(r#"{{"submission":"{submission}","digest":"{digest}"}}"#);
        let answer = self
            .post(Operation::Submit, due, "/api/v1/attempt/submit", &body)
            .await?;
        let submitted: Submitted<'_> = shape(&answer)?;
        if submitted.reference.is_empty() {
            return Err(Trouble::Unexpected("a receipt without a reference".into()));
        }
        Ok(String::from_utf8_lossy(answer.body()).into())
    }

    async fn post(
        &mut self,
        operation: Operation,
        due: Instant,
        path: &str,
        body: &str,
    ) -> Result<Answer, Trouble> {
        let request = Request {
            operation,
            due,
            method: "POST",
            path,
            body,
        };
        self.surely(request).await
    }

    /// Asks until it is answered or refused for good, at whichever node answers; where the attempt goes on at another
    /// node, it is taken up there first.
    async fn surely(&mut self, request: Request<'_>) -> Result<Answer, Trouble> {
        loop {
            let moves = self.client.moves;
            match self.client.ask(request, &mut self.random).await {
                Ok(answer) => return Ok(answer),
                Err(trouble) if !self.may_go_on(&trouble) => return Err(trouble),
                Err(_) => {}
            }
            let in_attempt = matches!(
                request.operation,
                Operation::Answer | Operation::Look | Operation::Submit
            );
            if in_attempt && self.client.moves != moves {
                self.start(Instant::now()).await?;
            }
        }
    }

    fn may_go_on(&self, trouble: &Trouble) -> bool {
        trouble.is_passing() && trouble.is_of_the_node() && self.client.may_try_again()
    }
}

fn sealed_of(sittings: &[Sitting<'_>], sitting: u32) -> Option<(Box<str>, Box<str>)> {
    let sitting = sittings.iter().find(|one| one.id == sitting)?;
    let sealed = sitting.sealed.as_ref()?;
    Some((sealed.url.as_ref().into(), sealed.hash.as_ref().into()))
}

fn shape<'a, T: Deserialize<'a>>(answer: &'a Answer) -> Result<T, Trouble> {
    serde_json::from_slice(answer.body())
        .map_err(|error| Trouble::Unexpected(format!("another shape: {error}")))
}
