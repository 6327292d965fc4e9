//! `POST /api/v1/receipts/check`: anyone may have a receipt checked: its signature, and whether this node holds it.

use axum::{Json, extract::State};
use protocol::receipt::Receipt;

use crate::{
    attempts::slot::{Held, Place},
    http::{
        extract::{JsonBody, PeerAddress},
        forms::{CheckAnswer, CheckForm, SignatureState},
        problem::Problem,
        served::Served,
    },
};

/// Checks a receipt.
pub async fn check(
    State(served): State<Served>,
    address: PeerAddress,
    JsonBody(form): JsonBody<CheckForm>,
) -> Result<Json<CheckAnswer>, Problem> {
    served.limiter().check_from(address.0)?;
    let Some(signed) = form.receipt.signed() else {
        return Err(Problem::bad_request(
            "log or signature of the receipt cannot be read",
        ));
    };
    let catalogue = served.feed().catalogue();
    let node = catalogue.node(signed.receipt.log.node);
    let is_valid = node.is_some_and(|node| signed.is_signed_by(&node.signing_key));
    let slot = served.attempts().book().get(signed.receipt.attempt);
    let held = slot.is_some_and(|slot| slot.read(|held| holds(held, &signed.receipt)));
    let delivered = held && served.is_delivered(&signed.receipt.log, signed.receipt.sequence);
    let detail = match (is_valid, node.is_some(), held) {
        (true, _, true) => "the receipt is genuine and this node holds the submission",
        (true, _, false) => "the receipt is genuine; this node does not hold the submission, another may",
        (false, true, _) => "the receipt was altered, or was not made by the node that it names",
        (false, false, _) => "this node does not know the node that the receipt names",
    };
    Ok(Json(CheckAnswer {
        signature: if is_valid {
            SignatureState::Valid
        } else {
            SignatureState::Invalid
        },
        held,
        delivered,
        detail: detail.to_owned(),
    }))
}

fn holds(held: &Held, receipt: &Receipt) -> bool {
    let place = Place {
        log: receipt.log,
        sequence: receipt.sequence,
    };
    held.submissions.iter().any(|(id, places)| {
        let submitted = held.merged.submissions.get(id);
        places.contains(&place)
            && submitted.is_some_and(|submitted| submitted.submission.digest == receipt.digest)
    })
}
