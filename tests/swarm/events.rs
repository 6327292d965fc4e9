//! What the scenario breaks and mends, at its times.

use std::time::Duration;

use local::relay::Line;
use tests::cluster::Cluster;
use tokio::time::Instant;

use crate::scenario::{Action, Event, Scenario};

/// Lets the scenario's events happen; never ends before the last.
pub(crate) async fn happen(cluster: &Cluster, scenario: &Scenario, begins: Instant) -> anyhow::Result<()> {
    let mut events: Vec<&Event> = scenario.events.iter().collect();
    events.sort_by(|one, other| one.at_seconds.total_cmp(&other.at_seconds));
    for event in events {
        let at = Duration::from_secs_f64(scenario.compressed(event.at_seconds));
        tokio::time::sleep_until(begins + at).await;
        match event.action {
            Action::CutWan => cluster.wan(&event.target, Line::Cut).await?,
            Action::HealWan => cluster.wan(&event.target, Line::Whole).await?,
            Action::Kill => cluster.kill(&event.target).await?,
            Action::Start => cluster.start_again(&event.target).await?,
        }
    }
    Ok(())
}

/// In words, for the report.
pub(crate) fn words(event: &Event) -> String {
    let target = &event.target;
    match event.action {
        Action::CutWan => format!("WAN of {target} cut"),
        Action::HealWan => format!("WAN of {target} heals"),
        Action::Kill => format!("{target} killed"),
        Action::Start => format!("{target} starts again"),
    }
}
