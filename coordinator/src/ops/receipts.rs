//! What the centre says of a candidate's receipt: is it genuine, is the submission held, was the published score computed
//! from exactly those responses.

use axum::extract::State;
use protocol::{
    hash::Hash,
    merge::LatePolicy,
    receipt::{Receipt, SignedReceipt},
};

use super::{
    Api,
    extract::Json,
    problem::Problem,
    shapes::{ReceiptAnswer, ReceiptQuestion},
};

pub(super) async fn check(
    State(api): State<Api>,
    Json(question): Json<ReceiptQuestion>,
) -> Result<axum::Json<ReceiptAnswer>, Problem> {
    let signed = question.receipt.signed();
    let signed =
        signed.ok_or_else(|| Problem::bad_request("log or signature of the receipt cannot be read"))?;
    Ok(axum::Json(api.centre.read(|state| answer(state, &signed))))
}

fn answer(state: &state::State, signed: &SignedReceipt) -> ReceiptAnswer {
    let receipt = &signed.receipt;
    let mut differences = Vec::new();
    let genuine = is_genuine(state, signed, &mut differences);
    let held = is_held(state, receipt, &mut differences);
    let attempt = state.attempt(receipt.attempt);
    let held_digest = attempt.map(|attempt| attempt.digest(LatePolicy::InTimeOnly));
    differs(
        "the responses that the centre holds now",
        held_digest,
        receipt.digest,
        &mut differences,
    );
    let set = state.standing_scores(receipt.attempt.sitting);
    let score = set.and_then(|set| state.score(set, receipt.attempt.candidate));
    if set.is_some() && score.is_none() {
        differences.push("the sitting is scored, but this candidate has no score".to_owned());
    }
    let scored_digest = score.map(|score| score.digest);
    let what = match set.map(|set| set.policy) {
        Some(LatePolicy::CountLate) => "the responses that were scored (late ones counted)",
        Some(LatePolicy::InTimeOnly) | None => "the responses that were scored",
    };
    differs(what, scored_digest, receipt.digest, &mut differences);
    ReceiptAnswer {
        genuine,
        held,
        scored_from_it: set.map(|_| scored_digest == Some(receipt.digest)),
        receipt_digest: receipt.digest.to_string(),
        held_digest: held_digest.map(|digest| digest.to_string()),
        scored_digest: scored_digest.map(|digest| digest.to_string()),
        total: score.map(|score| score.total.clone()),
        differences,
    }
}

fn is_genuine(state: &state::State, signed: &SignedReceipt, differences: &mut Vec<String>) -> bool {
    let node = signed.receipt.log.node;
    let contact = state.node(node).and_then(|row| row.contact.as_ref());
    match contact {
        Some(contact) if signed.is_signed_by(&contact.signing_key) => true,
        Some(_) => {
            differences.push(format!("the receipt is not what node {node} signed"));
            false
        }
        None => {
            differences.push(format!("node {node} is not of this cluster"));
            false
        }
    }
}

/// The submission is among the attempt's, and the log that the receipt names holds the frame it is bound to.
fn is_held(state: &state::State, receipt: &Receipt, differences: &mut Vec<String>) -> bool {
    let watermark = state.watermark(&receipt.log);
    if watermark.sequence < receipt.checkpoint.sequence {
        differences.push(format!(
            "the centre holds log {} only up to sequence {}, the receipt is at {}: it is not delivered yet",
            receipt.log, watermark.sequence, receipt.sequence
        ));
        return false;
    }
    if state.contradicts(&receipt.log, receipt.checkpoint) {
        differences.push(format!(
            "the frame that the receipt is bound to is not in log {} as the centre holds it",
            receipt.log
        ));
        return false;
    }
    let attempt = state.attempt(receipt.attempt);
    let is_there = attempt.is_some_and(|attempt| {
        let mut submissions = attempt.submissions.values();
        submissions.any(|submitted| submitted.submission.digest == receipt.digest)
    });
    if !is_there {
        differences.push("no submission with the receipt's digest is held for this candidate".to_owned());
    }
    is_there
}

fn differs(what: &str, digest: Option<Hash>, expected: Hash, differences: &mut Vec<String>) {
    if let Some(digest) = digest.filter(|digest| *digest != expected) {
        differences.push(format!(
            "{what} have the digest {digest}, the receipt has {expected}"
        ));
    }
}
