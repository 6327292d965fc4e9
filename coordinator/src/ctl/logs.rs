//! `parikshactl log`: the nodes' logs as the centre holds them, for the auditor.

use super::{
    arguments::LogCommand,
    client::{self, Client},
    failure::Failure,
    files::NewFile,
    output::{Output, table},
};
use crate::ops::shapes::{ForkRow, LogRow};

pub(super) async fn run(command: LogCommand, client: &Client, output: &Output) -> Result<(), Failure> {
    match command {
        LogCommand::List => {
            let rows: Vec<LogRow> = client.get(&["logs"]).await?;
            output.show(&rows, |rows| {
                table(
                    &["log", "node", "records", "hash of the last frame", "signed head"],
                    rows.iter().map(|row| {
                        vec![
                            row.log.clone(),
                            row.name.clone(),
                            row.sequence.to_string(),
                            row.hash.clone(),
                            row.signed_head
                                .as_ref()
                                .map(|head| head.sequence.to_string())
                                .unwrap_or_default(),
                        ]
                    }),
                )
            })
        }
        LogCommand::Forks { log, out } => {
            let rows: Vec<ForkRow> = client.get(&["logs", &log, "forks"]).await?;
            if let Some(out) = out {
                let mut file = NewFile::create(&out)?;
                for row in &rows {
                    file.write(&(row.frame.0.len() as u32).to_be_bytes())?;
                    file.write(&row.frame.0)?;
                }
                file.finish()?;
            }
            output.show(&rows, |rows| {
                table(
                    &["came", "from", "sequences", "hash"],
                    rows.iter().map(|row| {
                        vec![
                            row.at.to_string(),
                            row.by.clone(),
                            format!("{} to {}", row.first, row.last),
                            row.hash.clone(),
                        ]
                    }),
                )
            })
        }
        LogCommand::Import { file } => super::import::run(&file, client, output).await,
        LogCommand::Frames { log, from, out } => {
            let query = [("from", from.to_string())];
            let mut response = client.stream(&["logs", &log, "frames"], &query).await?;
            let mut file = NewFile::create(&out)?;
            let mut bytes = 0;
            let progress = output.bar(None, "reading frames");
            while let Some(piece) = client::piece(&mut response).await? {
                bytes += piece.len();
                progress.tick();
                file.write(&piece)?;
            }
            progress.finish_and_clear();
            file.finish()?;
            let said = serde_json::json!({ "log": log, "bytes": bytes, "out": out });
            output.show(&said, |_| {
                format!("{bytes} bytes of log {log} are in {}", out.display())
            })
        }
    }
}
