//! The JSON of the candidates' API, in and out, as `docs/api/candidate.openapi.json` describes it.

use protocol::{
    epoch::Epoch,
    hash::Hash,
    ids::{
        AttemptKey, CandidateId, DeviceTag, DistrictId, Incarnation, ItemNo, LogId, NodeId, PaperRef, ResponseSeq,
        Sequence, SittingId,
    },
    order::Place,
    receipt::{Receipt, SignedReceipt},
    record::SubmittedBy,
    response::Response,
    time::Instant,
};
use serde::{Deserialize, Serialize};

use crate::{attempts::slot::Held, log::Durability};

/// `POST sign-in`.
#[derive(Debug, Deserialize)]
pub struct SignInForm {
    /// The number on the admit card.
    pub candidate: CandidateId,
    /// The access code, as typed.
    pub access_code: String,
    /// The device's tag, if the page remembers one.
    pub device: Option<DeviceTag>,
}

/// Its answer.
#[derive(Debug, Serialize)]
pub struct SignInAnswer {
    /// For `Authorization: Bearer`.
    pub token: String,
    /// The device's tag, to be remembered.
    pub device: DeviceTag,
    /// Who signed in.
    pub candidate: CandidateForm,
    /// District time.
    pub server_time: Instant,
    /// The district's nodes, this one first.
    pub nodes: Vec<NodeForm>,
    /// The candidate's sittings.
    pub sittings: Vec<SittingForm>,
}

/// A candidate.
#[derive(Debug, Serialize)]
pub struct CandidateForm {
    /// Number.
    pub id: CandidateId,
    /// Name.
    pub name: String,
    /// Roll number.
    pub roll: String,
    /// District.
    pub district: DistrictId,
}

/// A node that a page may go to.
#[derive(Debug, Serialize)]
pub struct NodeForm {
    /// Its name.
    pub name: String,
    /// Its address.
    pub url: String,
}

/// `GET sittings`.
#[derive(Debug, Serialize)]
pub struct SittingsAnswer {
    /// District time.
    pub server_time: Instant,
    /// How far it may be off.
    pub clock_error_ms: u32,
    /// The candidate's sittings.
    pub sittings: Vec<SittingForm>,
}

/// A sitting as its candidate sees it.
#[derive(Debug, Serialize)]
pub struct SittingForm {
    /// Number.
    pub id: SittingId,
    /// Title.
    pub title: String,
    /// The paper.
    pub paper: PaperRef,
    /// From when.
    pub opens: Instant,
    /// Until when.
    pub closes: Instant,
    /// Before extra time.
    pub duration_ms: u32,
    /// What the candidate can do.
    pub state: SittingState,
    /// Once started.
    pub deadline: Option<Instant>,
    /// Whether the key is here.
    pub released: bool,
    /// Where the sealed paper is, once it is here.
    pub sealed: Option<SealedForm>,
}

/// What a candidate can do in a sitting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SittingState {
    /// Wait.
    Waiting,
    /// Start.
    Open,
    /// Go on.
    Started,
    /// Look at the receipt.
    Submitted,
    /// Nothing.
    Closed,
}

/// A sealed paper.
#[derive(Debug, Serialize)]
pub struct SealedForm {
    /// Its path.
    pub url: String,
    /// Its length.
    pub bytes: u32,
    /// BLAKE3 of its bytes.
    pub hash: Hash,
}

/// `POST sittings/{id}/start`.
#[derive(Debug, Default, Deserialize)]
pub struct StartForm {
    /// Take the attempt over from another device.
    #[serde(default, rename = "move")]
    pub moves: bool,
}

/// Its answer.
#[derive(Debug, Serialize)]
pub struct StartAnswer {
    /// The attempt's token.
    pub token: String,
    /// The device's stay.
    pub epoch: Epoch,
    /// Since when.
    pub started: Instant,
    /// Until when.
    pub deadline: Instant,
    /// District time.
    pub server_time: Instant,
    /// The paper.
    pub paper: PaperRef,
    /// Its AES-256 key, base64.
    pub key: String,
    /// The order of items and options.
    pub order: Vec<Place>,
    /// What is held.
    pub responses: Vec<HeldResponse>,
    /// The seq that the next response should have.
    pub next_seq: ResponseSeq,
    /// The submission, once there is one.
    pub submitted: Option<SubmittedForm>,
}

/// A response that the node holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldResponse {
    /// To which item.
    pub item: ItemNo,
    /// With which seq.
    pub seq: ResponseSeq,
    /// What.
    pub response: Option<Response>,
    /// Whether marked for review.
    pub marked: bool,
}

/// `POST attempt/responses`.
#[derive(Debug, Deserialize)]
pub struct ResponsesForm {
    /// 1 to [`RESPONSES_MAX`].
    pub responses: Vec<ResponseForm>,
}

/// Responses in one request.
pub const RESPONSES_MAX: usize = 200;

/// One response.
#[derive(Debug, Deserialize)]
pub struct ResponseForm {
    /// To which item.
    pub item: ItemNo,
    /// Its place among the device's responses.
    pub seq: ResponseSeq,
    /// What; `null` clears.
    pub response: Option<Response>,
    /// Whether marked for review.
    #[serde(default)]
    pub marked: bool,
}

/// Its answer.
#[derive(Debug, Serialize)]
pub struct ResponsesAnswer {
    /// On how many disks all of it is.
    pub durability: Durability,
    /// What is safe.
    pub acknowledged: Vec<AcknowledgedForm>,
    /// What was not taken.
    pub refused: Vec<RefusedForm>,
    /// The attempt's deadline.
    pub deadline: Instant,
    /// District time.
    pub server_time: Instant,
    /// Whether this device still holds the attempt.
    pub epoch_current: bool,
}

/// A response that is safe.
#[derive(Debug, Serialize)]
pub struct AcknowledgedForm {
    /// To which item.
    pub item: ItemNo,
    /// With which seq.
    pub seq: ResponseSeq,
    /// In which log; empty where no record was needed.
    pub log: String,
    /// At which sequence; 0 where no record was needed.
    pub sequence: Sequence,
    /// Whether it came after the deadline.
    pub late: bool,
    /// What became of it.
    pub state: AcknowledgedState,
}

/// What became of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AcknowledgedState {
    /// It was written.
    Saved,
    /// It had been written before.
    AlreadySaved,
    /// A later one is held.
    Superseded,
}

/// A response that was not taken.
#[derive(Debug, Serialize)]
pub struct RefusedForm {
    /// To which item.
    pub item: ItemNo,
    /// With which seq.
    pub seq: ResponseSeq,
    /// A slug.
    pub problem: &'static str,
    /// What to do.
    pub detail: String,
}

/// `GET attempt`.
#[derive(Debug, Serialize)]
pub struct AttemptAnswer {
    /// Which sitting.
    pub sitting: SittingId,
    /// Which device holds it.
    pub epoch: Epoch,
    /// Since when.
    pub started: Instant,
    /// Until when.
    pub deadline: Instant,
    /// District time.
    pub server_time: Instant,
    /// What is held.
    pub responses: Vec<HeldResponse>,
    /// The seq that the next response should have.
    pub next_seq: ResponseSeq,
    /// The submission, once there is one.
    pub submitted: Option<SubmittedForm>,
    /// Whether the centre has the submission.
    pub delivered: bool,
}

/// `POST attempt/submit`.
#[derive(Debug, Deserialize)]
pub struct SubmitForm {
    /// 32 hexadecimal digits, minted when the review opens.
    #[serde(with = "hex::serde")]
    pub submission: [u8; 16],
    /// The digest of the responses.
    pub digest: Hash,
}

/// A submission with its receipt.
#[derive(Debug, Serialize)]
pub struct SubmittedForm {
    /// To keep, and to check anywhere.
    pub receipt: ReceiptForm,
    /// To read out.
    pub reference: String,
    /// When.
    pub submitted_at: Instant,
    /// Items with a response.
    pub answered: u16,
    /// The digest of the responses.
    pub digest: Hash,
    /// Whether the centre has it.
    pub delivered: bool,
    /// Whether another submission than the one asked for stands.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub already: bool,
}

/// A signed receipt in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptForm {
    /// What is signed.
    pub receipt: ReceiptText,
    /// Ed25519, 128 hexadecimal digits.
    pub signature: String,
}

/// A receipt in JSON: hashes in hex, the log as text, because its number does not fit JavaScript's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptText {
    /// Whose attempt.
    pub attempt: AttemptKey,
    /// On which paper.
    pub paper: PaperRef,
    /// The digest of the responses.
    pub digest: Hash,
    /// Items with a response.
    pub answered: u16,
    /// Who handed in.
    pub by: SubmittedBy,
    /// When.
    pub at: Instant,
    /// Which log holds it.
    pub log: String,
    /// Where.
    pub sequence: Sequence,
}

/// `POST receipts/check`.
#[derive(Debug, Deserialize)]
pub struct CheckForm {
    /// The receipt as it was given.
    pub receipt: ReceiptForm,
}

/// Its answer.
#[derive(Debug, Serialize)]
pub struct CheckAnswer {
    /// Whether a node of the state signed it.
    pub signature: SignatureState,
    /// Whether this node holds that submission.
    pub held: bool,
    /// Whether the centre has it.
    pub delivered: bool,
    /// In words.
    pub detail: String,
}

/// Whether a signature holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SignatureState {
    /// It does.
    Valid,
    /// It does not.
    Invalid,
}

impl ReceiptForm {
    /// A signed receipt in JSON.
    pub fn of(signed: &SignedReceipt) -> Self {
        let receipt = &signed.receipt;
        Self {
            receipt: ReceiptText {
                attempt: receipt.attempt,
                paper: receipt.paper,
                digest: receipt.digest,
                answered: receipt.answered,
                by: receipt.by,
                at: receipt.at,
                log: receipt.log.to_string(),
                sequence: receipt.sequence,
            },
            signature: hex::encode(&signed.signature),
        }
    }

    /// The signed receipt; `None` when log or signature are no such things.
    pub fn signed(&self) -> Option<SignedReceipt> {
        let text = &self.receipt;
        Some(SignedReceipt {
            receipt: Receipt {
                attempt: text.attempt,
                paper: text.paper,
                digest: text.digest,
                answered: text.answered,
                by: text.by,
                at: text.at,
                log: log_id(&text.log)?,
                sequence: text.sequence,
            },
            signature: hex::decode(&self.signature).ok()?,
        })
    }
}

/// The log of a text such as `3-00000000000000ff`.
fn log_id(text: &str) -> Option<LogId> {
    let (node, incarnation) = text.split_once('-')?;
    let id = LogId {
        node: NodeId(node.parse().ok()?),
        incarnation: Incarnation(u64::from_str_radix(incarnation, 16).ok()?),
    };
    (id.to_string() == text).then_some(id)
}

/// What a node holds of an attempt, as the page shows it. Where devices disagree the first content is shown; a person
/// decides what counts.
pub fn held_responses(held: &Held) -> Vec<HeldResponse> {
    let shown = held.merged.items.iter().filter_map(|(item, state)| {
        let register = state.latest.as_ref()?;
        let content = &register.versions.first()?.content;
        Some(HeldResponse {
            item: *item,
            seq: register.seq,
            response: content.response.clone(),
            marked: content.marked,
        })
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_has_one_spelling() {
        let id = log_id("3-00000000000000ff").unwrap();
        assert_eq!((id.node.0, id.incarnation.0), (3, 255));
        for text in ["", "3", "3-ff", "3-00000000000000FF", "03-00000000000000ff", "3-zz"] {
            assert_eq!(log_id(text), None, "{text}");
        }
    }
}
