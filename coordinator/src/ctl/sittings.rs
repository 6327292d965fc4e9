//! `parikshactl sitting`: create and list.

use super::{
    arguments::SittingCommand,
    client::Client,
    failure::Failure,
    output::{Output, table},
    times,
};
use crate::ops::shapes::{CreateSitting, SittingRow};

const MS_PER_MINUTE: u32 = 60_000;

pub(super) async fn run(command: SittingCommand, client: &Client, output: &Output) -> Result<(), Failure> {
    match command {
        SittingCommand::Create {
            paper,
            title,
            opens,
            closes,
            duration,
            districts,
            batch,
            node_min,
            node_max,
        } => {
            let opens = opens.resolve_ms(times::now_ms());
            let closes = closes.resolve_ms(opens);
            if closes <= opens {
                return Err(Failure::Usage("the sitting would close before it opens".into()));
            }
            let request = CreateSitting {
                paper,
                title,
                opens,
                closes,
                duration_ms: duration,
                districts,
                batch,
                node_min,
                node_max,
            };
            let row: SittingRow = client.post(&["sittings"], &request).await?;
            output.show(&row, |row| sittings(std::slice::from_ref(row)))
        }
        SittingCommand::List => {
            let rows: Vec<SittingRow> = client.get(&["sittings"]).await?;
            output.show(&rows, |rows| sittings(rows))
        }
    }
}

fn sittings(rows: &[SittingRow]) -> String {
    table(
        &[
            "id",
            "title",
            "paper",
            "opens",
            "closes",
            "minutes",
            "districts",
            "batch",
        ],
        rows.iter().map(|row| {
            vec![
                row.id.to_string(),
                row.title.clone(),
                row.paper.clone(),
                times::shown(row.opens),
                times::shown(row.closes),
                (row.duration_ms / MS_PER_MINUTE).to_string(),
                row.districts.join(", "),
                row.batch.clone(),
            ]
        }),
    )
}
