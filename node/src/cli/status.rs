//! `status`: asks the running node's operator port and shows the answer, as a table or as JSON.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use comfy_table::Table;
use daemon::stdout;

use super::{Failure, UNREACHABLE, Where};
use crate::{
    config::NodeSettings,
    log::{disk::SpaceState, retention::Kept},
    status::Report,
};

/// How long the node may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// The flags of `status`.
#[derive(Debug, clap::Args)]
pub(super) struct Status {
    #[command(flatten)]
    place: Where,
    /// The operator port, if it is not the configured one.
    #[arg(long, value_name = "IP:PORT")]
    operator_address: Option<SocketAddr>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(flags: &Status) -> Result<(), Failure> {
    let settings: NodeSettings = flags.place.layers()?.load()?;
    let address = flags.operator_address.unwrap_or(settings.operator.address);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    let text = runtime.block_on(ask(address)).map_err(|error| Failure {
        error,
        code: UNREACHABLE,
    })?;
    if flags.json {
        stdout::line(text)?;
        return Ok(());
    }
    let report: Report =
        serde_json::from_str(&text).context("the node's answer cannot be read; is it of this version?")?;
    stdout::line(table(&report))?;
    for doubt in &report.clock.doubts {
        stdout::line(format_args!("clock: {doubt}"))?;
    }
    for reason in &report.reasons {
        stdout::line(format_args!("not ready: {reason}"))?;
    }
    Ok(())
}

async fn ask(address: SocketAddr) -> anyhow::Result<String> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(ANSWER_MAX)
        .build()?;
    let asked = async {
        client
            .get(format!("http://{address}/status"))
            .send()
            .await?
            .error_for_status()?
            .text()
            .await
    };
    let advice = || format!("no node answers at {address}; is it running, and is operator.address right?");
    asked.await.with_context(advice)
}

fn logs(kept: &Kept) -> String {
    let held_back = match kept.held_back_logs {
        0 => String::new(),
        logs => format!("; {logs} stay past their time: the centre or every peer lacks some of them"),
    };
    let near_max = if kept.copies_near_max {
        "; nearly too many copies: check the WAN and the links to peers"
    } else {
        ""
    };
    format!(
        "{} complete, {} MiB; {} of these MiB are freed after {} days; {} removed; {} of {} copies{held_back}{near_max}",
        kept.closed_logs,
        kept.closed_bytes >> 20,
        kept.freeable_bytes >> 20,
        kept.days,
        kept.removed_logs,
        kept.copies,
        kept.copies_max,
    )
}

fn table(report: &Report) -> Table {
    let mut table = Table::new();
    let district = report
        .district
        .as_ref()
        .map_or("not known yet", |district| district.name.as_str());
    let candidates = &report.candidates;
    let rows = [
        ("node", format!("{} ({})", report.node.name, report.node.id)),
        ("district", district.to_owned()),
        (
            "candidates",
            format!(
                "{} known, {} signed in, {} open, {} submitted",
                candidates.known, candidates.signed_in, candidates.open, candidates.submitted
            ),
        ),
        ("acknowledged", report.acknowledged.to_string()),
        ("lag", format!("{:.1} s", report.lag_seconds)),
        ("WAN", report.wan.state.clone()),
        ("durability", report.durability.clone()),
        (
            "space",
            format!(
                "{} MiB free, ballast {} MiB: {}",
                report.space.free_bytes >> 20,
                report.space.ballast >> 20,
                match report.space.state {
                    SpaceState::Ample => "ample",
                    SpaceState::Full => "full, new answers are refused",
                    SpaceState::Critical => "critical, make room now",
                }
            ),
        ),
        ("logs", logs(&report.space.logs)),
        (
            "ready",
            if report.ready {
                "yes".to_owned()
            } else {
                "no".to_owned()
            },
        ),
        ("version", report.version.clone()),
    ];
    for (name, value) in rows {
        table.add_row([name.to_owned(), value]);
    }
    table
}
