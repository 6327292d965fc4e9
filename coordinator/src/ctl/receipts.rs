//! `parikshactl receipt`: is a receipt genuine (offline, by anyone), and does the centre hold and score what it says.

use std::path::Path;

use protocol::{
    cluster::ClusterKeys,
    receipt::{ReceiptFault, SignedReceipt},
    receipt_text::ReceiptForm,
};
use serde::Deserialize;

use super::{client::Client, failure::Failure, output::Output};
use crate::ops::shapes::{ReceiptAnswer, ReceiptQuestion};

/// No receipt is longer.
const RECEIPT_BYTES_MAX: u64 = 64 * 1024;

/// A receipt alone, or in the answer to a submission, as the page keeps it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Kept {
    Alone(ReceiptForm),
    Within { receipt: ReceiptForm },
}

/// Offline: needs no context and no network.
pub(super) fn verify(file: &Path, cluster_key: &str, output: &Output) -> Result<(), Failure> {
    let cluster = cluster_of(cluster_key)?;
    let form = read(file)?;
    let signed = signed(&form)?;
    let endorsement = form.signed_endorsement().ok_or_else(|| {
        Failure::NotProved(
            "the receipt carries no endorsement of its node; ask the centre: parikshactl receipt check"
                .to_owned(),
        )
    })?;
    signed
        .check(&endorsement, &cluster)
        .map_err(|fault: ReceiptFault| Failure::NotProved(fault.to_string()))?;
    let receipt = &signed.receipt;
    let said = serde_json::json!({
        "genuine": true,
        "reference": receipt.reference(),
        "candidate": receipt.attempt.candidate,
        "sitting": receipt.attempt.sitting,
        "paper": receipt.paper.to_string(),
        "answered": receipt.answered,
        "at": receipt.at,
        "digest": receipt.digest,
        "node": receipt.log.node,
        "log": receipt.log.to_string(),
        "sequence": receipt.sequence,
        "checkpoint": receipt.checkpoint,
    });
    output.show(&said, |_| {
        format!(
            "genuine: node {} signed that candidate {} handed in {} answers of paper {} in sitting {}\n\
             reference {}, digest {}",
            receipt.log.node,
            receipt.attempt.candidate,
            receipt.answered,
            receipt.paper,
            receipt.attempt.sitting,
            receipt.reference(),
            receipt.digest
        )
    })
}

/// Asks the centre.
pub(super) async fn check(file: &Path, client: &Client, output: &Output) -> Result<(), Failure> {
    let form = read(file)?;
    signed(&form)?;
    let question = ReceiptQuestion { receipt: form };
    let answer: ReceiptAnswer = client.post(&["receipts", "check"], &question).await?;
    output.show(&answer, sentences)?;
    if answer.differences.is_empty() {
        return Ok(());
    }
    Err(Failure::NotProved(format!(
        "the receipt and what the centre has differ: {}",
        answer.differences.join("; ")
    )))
}

fn sentences(answer: &ReceiptAnswer) -> String {
    let word = |yes: bool| if yes { "yes" } else { "no" };
    let scored = match (answer.scored_from_it, &answer.total) {
        (None, _) => "not scored yet".to_owned(),
        (Some(yes), Some(total)) => format!("{} (marks: {total})", word(yes)),
        (Some(yes), None) => word(yes).to_owned(),
    };
    format!(
        "signed by the node: {}\nheld by the centre: {}\nscored from exactly these responses: {scored}",
        word(answer.genuine),
        word(answer.held),
    )
}

fn cluster_of(text: &str) -> Result<ClusterKeys, Failure> {
    if let Ok(keys) = text.parse() {
        return Ok(keys);
    }
    let path = Path::new(text);
    let read = std::fs::read_to_string(path).map_err(|error| {
        Failure::Usage(format!(
            "--cluster-key is neither a public key (pkc1-...) nor a file: {text}: {error}"
        ))
    })?;
    read.parse()
        .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
}

fn read(file: &Path) -> Result<ReceiptForm, Failure> {
    let length = std::fs::metadata(file)
        .map_err(|error| Failure::file(file, &error))?
        .len();
    if length > RECEIPT_BYTES_MAX {
        return Err(Failure::NotProved(format!(
            "{} has {length} bytes: no receipt is that long",
            file.display()
        )));
    }
    let bytes = std::fs::read(file).map_err(|error| Failure::file(file, &error))?;
    match serde_json::from_slice(&bytes) {
        Ok(Kept::Alone(form) | Kept::Within { receipt: form }) => Ok(form),
        Err(_) => Err(Failure::NotProved(format!(
            "{} is not a receipt as a node gives it",
            file.display()
        ))),
    }
}

fn signed(form: &ReceiptForm) -> Result<SignedReceipt, Failure> {
    form.signed()
        .ok_or_else(|| Failure::NotProved("log or signature of the receipt cannot be read".to_owned()))
}
