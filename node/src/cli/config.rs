//! `config show`: every setting, its value and who set it.

use daemon::stdout;

use super::{Failure, Where};
use crate::config::NodeSettings;

pub(super) fn show(place: &Where) -> Result<(), Failure> {
    let layers = place.layers()?;
    // What cannot be loaded is said first: a wrong value is why people look here.
    layers.load::<NodeSettings>()?;
    for shown in layers.show()? {
        stdout::line(shown)?;
    }
    Ok(())
}
