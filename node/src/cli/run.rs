//! `run`: the node in the foreground, until it is asked to stop or loses a part.

use std::sync::Arc;

use anyhow::Context;
use daemon::{CancellationToken, Signals, SystemClock};

use super::{Failure, Where};
use crate::{app::App, config::NodeSettings};

pub(super) fn run(place: &Where) -> Result<(), Failure> {
    let settings: NodeSettings = place.layers()?.load()?;
    daemon::telemetry::init(&settings.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("node")
        .build()
        .context("the runtime cannot be started")?;
    runtime.block_on(async {
        let shutdown = CancellationToken::new();
        let _signals = Signals::install(shutdown.clone()).context("signals cannot be caught")?;
        let app = App::start(&place.data(), &settings, Arc::new(SystemClock), shutdown).await?;
        app.run().await.into_result()?;
        tracing::info!("the node has stopped");
        Ok(())
    })
}
