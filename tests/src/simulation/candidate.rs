//! A candidate with one browser, sometimes two: answers items, sends what was not acknowledged again, goes to the other
//! node when one is silent, moves to another device, hands in. Remembers every word it was told.

use node::{
    attempts::rules::{AnswerRequest, Elsewhere, Verdict},
    attempts::slot::Place,
    log::Durability,
};
use protocol::{
    digest,
    epoch::Epoch,
    hash::Hash,
    ids::{DeviceTag, ItemNo, OptionId, ResponseSeq},
    record::SubmissionId,
    response::Response,
    time::Instant,
};
use rand::Rng;
use std::collections::{BTreeMap, BTreeSet};

use super::{
    event::{Event, Party, Reply, Request, Saved, Told, Wish},
    exam,
    step::Step,
};

/// A browser waits so long for an answer.
const PATIENCE_MS: u64 = 1_500;
/// Answers in one request.
const ANSWERS_MAX: usize = 5;

/// One candidate.
pub struct Candidate {
    pub number: usize,
    pub browsers: Vec<Browser>,
    /// Everything that was acknowledged with a record.
    pub told: Vec<Acknowledged>,
    /// Everything that any browser ever sent.
    pub sent: BTreeSet<(Epoch, ItemNo, ResponseSeq, Option<Response>, bool)>,
    /// Submissions that were acknowledged.
    pub handed_in: Vec<(SubmissionId, Place, Durability, usize)>,
    requests: u64,
}

/// An answer as it was acknowledged.
#[derive(Debug, Clone)]
pub struct Acknowledged {
    pub epoch: Epoch,
    pub answer: AnswerRequest,
    pub is_late: bool,
    pub place: Place,
    pub durability: Durability,
    /// The node that said it: a promise of its disk alone may be lost with that disk.
    pub by: usize,
}

/// One device.
pub struct Browser {
    pub device: DeviceTag,
    node: usize,
    epoch: Option<Epoch>,
    deadline: Instant,
    seq: u32,
    outbox: BTreeMap<ItemNo, AnswerRequest>,
    given: BTreeMap<ItemNo, Response>,
    under_way: Option<(u64, u64)>,
    elsewhere: Elsewhere,
    submission: Option<(SubmissionId, Hash)>,
    is_done: bool,
}

impl Candidate {
    /// A candidate before the exam.
    pub fn new(number: usize, step: &mut Step<'_>) -> Self {
        let node = number % 2;
        Self {
            number,
            browsers: vec![Browser::new(node, Elsewhere::Refuse, step)],
            told: Vec::new(),
            sent: BTreeSet::new(),
            handed_in: Vec::new(),
            requests: 0,
        }
    }

    /// Whether nothing is to be sent any more.
    pub fn is_quiet(&self) -> bool {
        let quiet = |browser: &Browser| {
            browser.is_done || (browser.outbox.is_empty() && browser.submission.is_none())
        };
        self.browsers.iter().all(quiet)
    }

    /// Looks at the screen. `is_calm`: the storm is over, nothing new is begun.
    pub fn act(&mut self, is_calm: bool, step: &mut Step<'_>) {
        let ms = step.between(150, 900);
        step.after(ms, Event::Candidate(self.number));
        if !is_calm && self.browsers.len() < 3 && step.one_in(150) {
            let node = step.rng.random_range(0..2);
            self.browsers.push(Browser::new(node, Elsewhere::Move, step));
        }
        for index in 0..self.browsers.len() {
            let is_newest = index + 1 == self.browsers.len();
            let browser = &mut self.browsers[index];
            if let Some(wish) = browser.wish(is_calm, is_newest, step) {
                if let Wish::Save { epoch, answers, .. } = &wish {
                    for answer in answers {
                        let AnswerRequest {
                            item,
                            seq,
                            response,
                            marked,
                        } = answer.clone();
                        self.sent.insert((*epoch, item, seq, response, marked));
                    }
                }
                self.requests += 1;
                let browser = &mut self.browsers[index];
                browser.under_way = Some((self.requests, step.now_ms));
                let (node, candidate) = (browser.node, self.number);
                let request = Request {
                    candidate,
                    number: self.requests,
                    device: browser.device,
                    wish,
                };
                step.send(
                    Party::Candidate(candidate),
                    Party::Node(node),
                    Event::Request { node, request },
                );
            }
        }
    }

    /// Hears an answer. Also one that comes late or twice was said.
    pub fn hear(&mut self, reply: Reply, step: &mut Step<'_>) {
        let Some(browser) = self
            .browsers
            .iter_mut()
            .find(|browser| browser.device == reply.device)
        else {
            return;
        };
        if browser
            .under_way
            .is_some_and(|(number, _)| number == reply.number)
        {
            browser.under_way = None;
        }
        match reply.told {
            Told::Started {
                epoch,
                deadline,
                next_seq,
            } => {
                if epoch.device == browser.device {
                    browser.epoch = Some(epoch.max(browser.epoch.unwrap_or(epoch)));
                    browser.deadline = deadline;
                    browser.seq = browser.seq.max(next_seq.0);
                } else {
                    // Another device holds it, or handed it in.
                    browser.is_done = true;
                }
            }
            Told::NotStarted { is_elsewhere } => {
                browser.is_done |= is_elsewhere;
                browser.epoch = None;
            }
            Told::Saved {
                epoch,
                durability,
                answers,
                is_epoch_current: _,
            } => {
                for saved in answers {
                    browser.acknowledged(&saved.answer, &saved.verdict, step);
                    self.told
                        .extend(acknowledged(saved, epoch, durability, reply.node, step));
                }
            }
            Told::HandedIn {
                id,
                place,
                durability,
            } => {
                browser.is_done = true;
                step.tally.submitted += 1;
                match place {
                    Some(place) => self.handed_in.push((id, place, durability, reply.node)),
                    None => step.wrong("a submission was acknowledged that lies nowhere".to_owned()),
                }
            }
            Told::Over => browser.is_done = true,
            Told::DigestDiffers { expected } => {
                if let Some((_, digest)) = &mut browser.submission {
                    *digest = expected;
                }
            }
            Told::Busy => {}
        }
    }
}

/// What is promised by an answer's verdict, if anything lies anywhere for it.
fn acknowledged(
    saved: Saved,
    epoch: Epoch,
    durability: Durability,
    by: usize,
    step: &mut Step<'_>,
) -> Option<Acknowledged> {
    let (is_late, durability) = match saved.verdict {
        Verdict::Save { late } => (late, durability),
        // A repeat's place may be another node's log, of which this one cannot vouch.
        Verdict::AlreadySaved { late, .. } => (late, Durability::Node),
        Verdict::Superseded | Verdict::Refused(_) => return None,
    };
    let place = saved.place?;
    step.tally.acknowledged += 1;
    step.tally.district += u64::from(durability == Durability::District);
    Some(Acknowledged {
        epoch,
        answer: saved.answer,
        is_late,
        place,
        durability,
        by,
    })
}

impl Browser {
    fn new(node: usize, elsewhere: Elsewhere, step: &mut Step<'_>) -> Self {
        Self {
            device: DeviceTag(step.rng.random()),
            node,
            epoch: None,
            deadline: Instant(0),
            seq: 1,
            outbox: BTreeMap::new(),
            given: BTreeMap::new(),
            under_way: None,
            elsewhere,
            submission: None,
            is_done: false,
        }
    }

    fn acknowledged(&mut self, answer: &AnswerRequest, verdict: &Verdict, step: &mut Step<'_>) {
        if let Verdict::Refused(why) = verdict {
            step.wrong(format!("an honest answer was refused: {why}"));
        }
        if self.outbox.get(&answer.item) == Some(answer) {
            self.outbox.remove(&answer.item);
        }
    }

    fn wish(&mut self, is_calm: bool, is_newest: bool, step: &mut Step<'_>) -> Option<Wish> {
        if self.is_done {
            return None;
        }
        if let Some((_, since_ms)) = self.under_way {
            if step.now_ms < since_ms + PATIENCE_MS {
                return None;
            }
            self.under_way = None;
            if step.one_in(2) {
                self.go_to_other_node();
            }
        } else if !is_calm && step.one_in(200) {
            self.go_to_other_node();
        }
        let Some(epoch) = self.epoch else {
            let is_needed = !is_calm || !self.outbox.is_empty() || self.submission.is_some();
            return is_needed.then_some(Wish::Start(self.elsewhere));
        };
        if !is_calm && is_newest && self.submission.is_none() {
            if step.one_in(60) {
                let given = self.given.iter().map(|(item, response)| (*item, response));
                self.submission = Some((step.rng.random(), digest::of_responses(given)));
            } else {
                self.think(step);
            }
        }
        if !self.outbox.is_empty() {
            let answers = self.outbox.values().take(ANSWERS_MAX).cloned().collect();
            let deadline = self.deadline;
            return Some(Wish::Save {
                epoch,
                deadline,
                answers,
            });
        }
        self.submission.map(|(id, digest)| Wish::Submit { id, digest })
    }

    /// The other node must be asked to take the attempt over; what was not acknowledged is sent there again.
    fn go_to_other_node(&mut self) {
        self.node = 1 - self.node;
        self.epoch = None;
    }

    fn think(&mut self, step: &mut Step<'_>) {
        for _ in 0..step.between(1, 4) {
            let item = ItemNo(step.rng.random_range(1..=exam::ITEMS));
            let option = step.rng.random_range(0..=exam::OPTIONS);
            let response = (option > 0).then_some(Response::Choice(OptionId(option)));
            match &response {
                Some(response) => self.given.insert(item, response.clone()),
                None => self.given.remove(&item),
            };
            let seq = ResponseSeq(self.seq);
            self.seq += 1;
            let marked = step.one_in(10);
            self.outbox.insert(
                item,
                AnswerRequest {
                    item,
                    seq,
                    response,
                    marked,
                },
            );
        }
    }
}
