//! The watch over the coordinators' clocks: asks the others every two seconds, and says it when a clock is wrong and when
//! it is right again.

use std::{collections::BTreeSet, time::Duration};

use daemon::{CancellationToken, Clock};
use futures::future::join_all;
use protocol::ids::CoordinatorId;
use tokio::time::{MissedTickBehavior, interval};

use super::CentreClock;
use crate::raft::Centre;

/// How often the others are asked: a jump is on the status page well within five seconds.
const EVERY: Duration = Duration::from_secs(2);

/// Asks until the token is cancelled.
pub(crate) async fn run(clock: CentreClock, centre: Centre, stop: CancellationToken) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut alarmed = BTreeSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = ask_others(&clock, &centre) => {}
        }
        say(&clock, &mut alarmed);
    }
}

async fn ask_others(clock: &CentreClock, centre: &Centre) {
    let members = centre.members();
    let known = members.len();
    let others = members.iter().filter(|member| member.id != centre.id());
    join_all(others.map(async |member| {
        let sent_ms = clock.monotonic_ms();
        if let Some(reading) = centre.clock_of(member).await
            && let Some(by_ms) = clock.heard(member.id, reading, sent_ms, known)
        {
            tracing::error!(
                by_ms,
                "this coordinator's time was moved to what a majority of the coordinators' machines shows"
            );
        }
    }))
    .await;
}

fn say(clock: &CentreClock, alarmed: &mut BTreeSet<CoordinatorId>) {
    let doubts = clock.doubts();
    for doubt in doubts
        .iter()
        .filter(|doubt| !alarmed.contains(&doubt.coordinator))
    {
        tracing::error!(coordinator = %doubt.coordinator, ahead_ms = doubt.ahead_ms, "{doubt}");
    }
    let now: BTreeSet<_> = doubts.iter().map(|doubt| doubt.coordinator).collect();
    for coordinator in alarmed.difference(&now) {
        tracing::info!(%coordinator, "a coordinator's clock contradicts the others no longer");
    }
    *alarmed = now;
}
