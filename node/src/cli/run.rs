//! `run`: the node in the foreground, until it is asked to stop or loses a part.

use std::{ffi::OsString, sync::Arc};

use anyhow::Context;
use daemon::{CancellationToken, Signals, SystemClock};
use store::SyncMode;

use super::{Failure, Where, anew};
use crate::{app::App, config::NodeSettings};

/// For the fault campaigns alone, and no option: takes the fdatasync out of every commit, to show that a campaign of power
/// cuts sees what is lost then.
const WITHOUT_SYNC: &str = "PARIKSHA_TEST_WITHOUT_SYNC";
/// Must be set beside it, to this value.
const HARNESS: &str = "PARIKSHA_TEST_HARNESS";
const HARNESS_VALUE: &str = "answers-may-be-lost";

pub(super) fn run(place: &Where) -> Result<(), Failure> {
    let mut settings: NodeSettings = place.layers()?.load()?;
    daemon::telemetry::init(&settings.log)?;
    settings.store.sync = sync_mode(|name| std::env::var_os(name))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("node")
        .build()
        .context("the runtime cannot be started")?;
    let (signals, fork, new_day) = runtime.block_on(async {
        let shutdown = CancellationToken::new();
        let signals = Signals::install(shutdown.clone()).context("signals cannot be caught")?;
        let app = App::start(&place.data(), &settings, Arc::new(SystemClock), shutdown).await?;
        let (fork, new_day) = (app.fork(), app.new_day());
        let outcome = app.run().await;
        if !fork.is_forked() {
            outcome.into_result()?;
        }
        tracing::info!("the node has stopped");
        Ok::<_, Failure>((signals, fork, new_day))
    })?;
    // Asked as late as can be: the signals are watched until this process is another program.
    match anew::why(fork.is_forked(), new_day.has_come(), signals.were_heard()) {
        Some(why) => Err(anew::begin(why)),
        None => Ok(()),
    }
}

fn sync_mode(variable: impl Fn(&str) -> Option<OsString>) -> anyhow::Result<SyncMode> {
    if variable(WITHOUT_SYNC).is_none() {
        return Ok(SyncMode::Durable);
    }
    anyhow::ensure!(
        variable(HARNESS).is_some_and(|value| value == HARNESS_VALUE),
        "{WITHOUT_SYNC} is set, by which acknowledged answers are lost in a power cut; it is for a test harness alone: unset it"
    );
    tracing::error!(
        "commits do not wait for the disk: acknowledged answers WILL be lost in a power cut; this is a test"
    );
    Ok(SyncMode::Unsafe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_without_sync_runs_only_in_a_harness() {
        let sync = |set: &[(&str, &str)]| {
            let value = |name: &str| {
                set.iter()
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| (*value).into())
            };
            sync_mode(value)
        };
        assert_eq!(sync(&[]).unwrap(), SyncMode::Durable);
        assert_eq!(sync(&[(HARNESS, HARNESS_VALUE)]).unwrap(), SyncMode::Durable);
        sync(&[(WITHOUT_SYNC, "1")]).unwrap_err();
        sync(&[(WITHOUT_SYNC, "1"), (HARNESS, "1")]).unwrap_err();
        let both = sync(&[(WITHOUT_SYNC, "1"), (HARNESS, HARNESS_VALUE)]);
        assert_eq!(both.unwrap(), SyncMode::Unsafe);
    }
}
