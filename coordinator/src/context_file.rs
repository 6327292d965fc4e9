//! `ops.json`: how an operator's tool finds the cluster, whom it trusts and what it shows. Written by `init`, kept up to
//! date with the cluster's URLs by the coordinator beside whose data it lies, read by `parikshactl`. Holds a secret:
//! always mode 0600.

use std::{io, path::Path};

use serde::{Deserialize, Serialize};
use store::whole_file;

/// Its name in a data directory.
pub const CONTEXT_FILE: &str = "ops.json";

/// What it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextFile {
    /// The ops API's addresses, one for each coordinator that is known; the client tries them in order.
    pub urls: Vec<String>,
    /// The cluster CA's certificate, PEM.
    pub ca: String,
    /// The bearer token.
    pub token: String,
}

impl ContextFile {
    /// Writes it whole, readable by its owner only.
    pub fn write(&self, directory: &Path) -> io::Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(io::Error::other)?;
        whole_file::replace(&directory.join(CONTEXT_FILE), text.as_bytes())
    }

    /// Reads it, if there is one.
    pub fn read(directory: &Path) -> io::Result<Option<Self>> {
        match std::fs::read(directory.join(CONTEXT_FILE)) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
