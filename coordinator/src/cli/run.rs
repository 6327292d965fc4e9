//! `pariksha-coordinator run`.

use std::sync::Arc;

use anyhow::Result;
use daemon::{CancellationToken, Signals, SystemClock, telemetry};

use super::Run;
use crate::{
    app,
    config::{self, CoordinatorSettings},
};

pub(super) async fn run(run: &Run) -> Result<()> {
    let layers = config::layers(&run.data, run.config.as_deref(), &run.overrides())?;
    let settings: CoordinatorSettings = layers.load()?;
    telemetry::init(&settings.log)?;
    let shutdown = CancellationToken::new();
    let _signals = Signals::install(shutdown.clone())?;
    let running = app::start(&settings, &run.data, Arc::new(SystemClock), shutdown).await?;
    running.join().await.into_result()?;
    Ok(())
}
