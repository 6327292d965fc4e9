//! `parikshactl result versions` and `compare`.

use protocol::ids::SittingId;

use crate::{
    ctl::{
        client::{self, Client},
        failure::Failure,
        output::{Output, table},
        times,
    },
    ops::shapes::{ChangedItem, ChangedRow, ScoreSetRow},
};

/// The sets of a sitting.
pub(super) async fn list(sitting: SittingId, client: &Client) -> Result<Vec<ScoreSetRow>, Failure> {
    client.get(&["sittings", &sitting.to_string(), "versions"]).await
}

pub(super) async fn versions(sitting: SittingId, client: &Client, output: &Output) -> Result<(), Failure> {
    let rows = list(sitting, client).await?;
    output.show(&rows, |rows| {
        let header = ["answer key", "policy", "finished", "candidates", "stands"];
        let row = |row: &ScoreSetRow| {
            vec![
                row.key_version.to_string(),
                row.policy.clone(),
                row.finished.map_or_else(|| "not yet".to_owned(), times::shown),
                row.rows.to_string(),
                if row.stands { "yes" } else { "" }.to_owned(),
            ]
        };
        table(&header, rows.iter().map(row))
    })
}

/// Prints each line as it comes.
pub(super) async fn compare(
    sitting: SittingId,
    (from, to): (u16, u16),
    client: &Client,
    output: &Output,
) -> Result<(), Failure> {
    let path = ["sittings", &sitting.to_string(), "compare"];
    let query = [("from", from.to_string()), ("to", to.to_string())];
    let mut response = output.spin("comparing", client.stream(&path, &query)).await?;
    let (mut rest, mut changed) = (Vec::new(), 0u64);
    while let Some(piece) = client::piece(&mut response).await? {
        rest.extend_from_slice(&piece);
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            changed += 1;
            if output.is_json() {
                output.data(&line)?;
            } else {
                let row = serde_json::from_slice(&line).map_err(|error| Failure::Other(error.to_string()))?;
                output.data(sentence(&row).as_bytes())?;
            }
        }
    }
    output.note(&format!(
        "{changed} candidates of sitting {sitting} have other marks by answer key version {to} than by {from}"
    ));
    Ok(())
}

fn sentence(row: &ChangedRow) -> String {
    let shown = |marks: &Option<String>| marks.clone().unwrap_or_else(|| "none".to_owned());
    let item =
        |item: &ChangedItem| format!("item {} {} -> {}", item.item, shown(&item.from), shown(&item.to));
    let items: Vec<String> = row.items.iter().map(item).collect();
    let difference = match &row.difference {
        Some(less) if less.starts_with('-') => format!(" ({less})"),
        Some(more) => format!(" (+{more})"),
        None => String::new(),
    };
    let roll = if row.roll.is_empty() {
        String::new()
    } else {
        format!(" {}", row.roll)
    };
    format!(
        "{}{roll}: {} -> {}{difference}: {}\n",
        row.candidate,
        shown(&row.from),
        shown(&row.to),
        items.join(", ")
    )
}
