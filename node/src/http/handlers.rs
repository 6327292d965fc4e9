//! The handlers, one file each: what a request asks, whom they ask, what they answer.

pub mod attempt;
pub mod papers;
pub mod receipts;
pub mod responses;
pub mod sign_in;
pub mod sittings;
pub mod start;
pub mod submit;

use protocol::{receipt::SignedReceipt, receipt_text::ReceiptForm};

use super::{forms::SubmittedForm, served::Served};
use crate::attempts::HandedIn;

fn submitted_form(served: &Served, handed_in: &HandedIn) -> SubmittedForm {
    let receipt = &handed_in.receipt.receipt;
    SubmittedForm {
        reference: receipt.reference(),
        submitted_at: receipt.at,
        answered: receipt.answered,
        digest: receipt.digest,
        delivered: served.is_delivered(&receipt.log, receipt.sequence),
        receipt: ReceiptForm::of(&handed_in.receipt, served.endorsement()),
        already: handed_in.already,
    }
}

fn standing_form(served: &Served, receipt: SignedReceipt) -> SubmittedForm {
    submitted_form(
        served,
        &HandedIn {
            receipt,
            already: false,
        },
    )
}
