//! The JSON of the candidates' API, in and out, as `docs/api/candidate.openapi.json` describes it.

mod answer_text;
mod receipt;
mod request_text;
mod sitting;

pub use receipt::{CheckAnswer, CheckForm, SignatureState, SubmittedForm};
pub use sitting::{SealedForm, SittingForm, SittingState, SittingsAnswer};

use std::borrow::Cow;

use protocol::{
    epoch::Epoch,
    hash::Hash,
    ids::{CandidateId, DeviceTag, DistrictId, ItemNo, PaperRef, ResponseSeq, Sequence, SittingId},
    order::Place,
    response::Response,
    time::Instant,
};
use serde::{Deserialize, Serialize};

use crate::{
    attempts::slot::{Held, Place as At},
    log::Durability,
};

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
    /// When the page should look at them again.
    pub look_again_ms: u32,
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
    /// The key of this attempt's answers file, base64.
    pub file_key: String,
    /// The order of items and options.
    pub order: Vec<Place>,
    /// What is held.
    pub responses: Vec<HeldResponse>,
    /// The seq that the next response should have.
    pub next_seq: ResponseSeq,
    /// The submission, once there is one.
    pub submitted: Option<SubmittedForm>,
    /// When a person opened the attempt again last: a submission up to then is undone. A page that holds a receipt
    /// believes nothing less, for a node may not have heard of the submission yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reopened_at: Option<Instant>,
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
    /// Whether the centre has it.
    pub delivered: bool,
}

/// `POST attempt/responses`.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub struct ResponsesForm {
    /// 1 to [`RESPONSES_MAX`].
    pub responses: Vec<ResponseForm>,
}

/// Responses in one request.
pub const RESPONSES_MAX: usize = 200;

/// One response.
#[derive(Debug, PartialEq, Eq, Deserialize)]
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
pub struct ResponsesAnswer<'a> {
    /// On how many disks all of it is.
    pub durability: Durability,
    /// What is safe.
    pub acknowledged: Vec<AcknowledgedForm<'a>>,
    /// What was not taken.
    pub refused: Vec<RefusedForm>,
    /// The attempt's deadline.
    pub deadline: Instant,
    /// District time.
    pub server_time: Instant,
    /// Whether this device still holds the attempt.
    pub epoch_current: bool,
    /// Why the paper was withdrawn, if it was: what is here is kept, and the page tells the candidate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<&'a str>,
}

/// A response that is safe.
#[derive(Debug, Serialize)]
pub struct AcknowledgedForm<'a> {
    /// To which item.
    pub item: ItemNo,
    /// With which seq.
    pub seq: ResponseSeq,
    /// In which log; empty where no record was needed.
    pub log: Cow<'a, str>,
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
    /// Why the paper was withdrawn, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<String>,
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

/// What a node holds of an attempt, as the page shows it. Where devices disagree the first content is shown; a person
/// decides what counts. `is_delivered` says whether the centre has the record at a place; one whose place is not known is
/// not said to be there.
pub fn held_responses(held: &Held, is_delivered: impl Fn(&At) -> bool) -> Vec<HeldResponse> {
    let shown = held.merged.items.iter().filter_map(|(item, state)| {
        let register = state.latest.as_ref()?;
        let content = &register.versions.first()?.content;
        let answer = held.answers.get(item).filter(|answer| {
            let by = (answer.epoch.number, answer.seq, answer.epoch.device);
            by == (register.epoch, register.seq, content.device)
        });
        Some(HeldResponse {
            item: *item,
            seq: register.seq,
            response: content.response.clone(),
            marked: content.marked,
            delivered: answer.is_some_and(|answer| is_delivered(&answer.place)),
        })
    });
    shown.collect()
}
