//! What a candidate's client was told: the oracle's one source of truth.

use std::collections::BTreeMap;

use protocol::{
    digest,
    hash::Hash,
    ids::{CandidateId, ItemNo},
    response::Response,
};
use serde::{Deserialize, Serialize};

use super::{Given, Saved};

/// One response that was acknowledged as durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// What was given.
    pub given: Given,
    /// The log that holds it.
    pub log: String,
    /// Its place there.
    pub sequence: u64,
    /// Whether only this node had it then.
    pub durability: String,
}

/// Everything one client was told.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Memory {
    /// Whose.
    pub candidate: CandidateId,
    /// Every acknowledgement, in order.
    pub acknowledged: Vec<Acknowledged>,
    /// What counts now, by item: the acknowledged response with the greatest place.
    pub standing: BTreeMap<ItemNo, Given>,
    /// Responses that were sent but never acknowledged: they may count or not.
    pub unknown: Vec<Given>,
    /// What a node lacked at the submission although it had been acknowledged: it was sent again.
    #[serde(default)]
    pub lacking: Vec<Acknowledged>,
    /// The receipt, once there is one.
    pub receipt: Option<serde_json::Value>,
    /// Its reference.
    pub reference: Option<String>,
}

impl Memory {
    /// Notes what a save told of the responses that it sent.
    pub fn note(&mut self, sent: &[Given], saved: &Saved) {
        for told in &saved.acknowledged {
            let Some(given) = sent
                .iter()
                .find(|given| given.item == told.item && given.seq == told.seq)
            else {
                continue;
            };
            if told.sequence > 0 {
                self.acknowledged.push(Acknowledged {
                    given: given.clone(),
                    log: told.log.clone(),
                    sequence: told.sequence,
                    durability: saved.durability.clone(),
                });
            }
            let stands = self.standing.entry(given.item).or_insert_with(|| given.clone());
            if given.seq >= stands.seq {
                *stands = given.clone();
            }
        }
    }

    /// Notes what a node lacked.
    pub(super) fn note_lacking(&mut self, given: &Given) {
        let told = self
            .acknowledged
            .iter()
            .rfind(|told| told.given == *given)
            .cloned();
        self.lacking.extend(told);
    }

    /// The responses that count.
    pub fn responses(&self) -> BTreeMap<ItemNo, Response> {
        let given = self.standing.values();
        given
            .filter_map(|given| given.response.clone().map(|response| (given.item, response)))
            .collect()
    }

    /// The digest of the responses that count.
    pub fn digest(&self) -> Hash {
        digest::of_responses(self.responses().iter().map(|(item, response)| (*item, response)))
    }
}
