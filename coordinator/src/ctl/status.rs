//! `parikshactl status`: coordinators and districts at a glance.

use super::{
    client::Client,
    failure::Failure,
    output::{Output, table},
    registry,
};
use crate::ops::shapes::{DistrictStatus, Status, Wan};

pub(super) async fn run(client: &Client, output: &Output) -> Result<(), Failure> {
    let status: Status = output
        .spin("asking the coordinators", client.get(&["status"]))
        .await?;
    output.show(&status, text)
}

fn text(status: &Status) -> String {
    let alarms = if status.alarms.is_empty() {
        "no alarms".to_owned()
    } else {
        let lines: Vec<String> = status
            .alarms
            .iter()
            .map(|alarm| format!("ALARM {alarm}"))
            .collect();
        lines.join("\n")
    };
    let leader = match status.leader {
        Some(_) => "",
        None => "there is no leader just now: changes wait\n",
    };
    format!(
        "{}\n\n{}\n\n{}{leader}{alarms}",
        registry::coordinators(&status.coordinators),
        districts(&status.districts),
        not_ready(&status.districts)
    )
}

/// A line for each reason why a node is not ready.
fn not_ready(districts: &[DistrictStatus]) -> String {
    let nodes = districts.iter().flat_map(|district| &district.nodes);
    let lines = nodes.flat_map(|node| {
        let line = |reason: &String| format!("not ready: {}: {reason}\n", node.name);
        node.not_ready.iter().map(line)
    });
    lines.collect()
}

fn districts(rows: &[DistrictStatus]) -> String {
    let header = [
        "district",
        "WAN",
        "registered",
        "signed in",
        "open",
        "submitted",
        "acknowledged",
        "delivered",
        "lag s",
        "heard s ago",
    ];
    let mut lines = Vec::new();
    for row in rows {
        let counts = row.candidates;
        lines.push(vec![
            row.name.clone(),
            wan(row.wan).to_owned(),
            counts.registered.to_string(),
            counts.signed_in.to_string(),
            counts.open.to_string(),
            counts.submitted.to_string(),
            row.acknowledged.to_string(),
            row.delivered.to_string(),
            format!("{:.1}", row.lag_seconds),
            String::new(),
        ]);
        lines.extend(row.nodes.iter().map(|node| {
            let mut line = vec![format!("  {}", node.name), wan(node.wan).to_owned()];
            line.extend(std::iter::repeat_n(String::new(), 4));
            line.extend([
                node.acknowledged.to_string(),
                node.delivered.to_string(),
                format!("{:.1}", node.lag_seconds),
                node.last_heard_seconds
                    .map_or_else(|| "never".to_owned(), |ago| format!("{ago:.0}")),
            ]);
            line
        }));
    }
    table(&header, lines)
}

fn wan(wan: Wan) -> &'static str {
    match wan {
        Wan::Connected => "connected",
        Wan::Cut => "CUT",
        Wan::Never => "never seen",
    }
}
