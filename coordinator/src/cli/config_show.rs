//! `pariksha-coordinator config show`.

use anyhow::Result;
use daemon::stdout;

use super::Run;
use crate::config::{self, CoordinatorSettings};

pub(super) fn run(run: &Run) -> Result<()> {
    let layers = config::layers(&run.data, run.config.as_deref(), &run.overrides())?;
    // Says what is wrong before it shows anything.
    let _: CoordinatorSettings = layers.load()?;
    for shown in layers.show()? {
        stdout::line(shown)?;
    }
    Ok(())
}
