//! The node's configuration: made of each part's own settings, so that a part's bounds stand beside its code.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What begins the name of an environment variable that sets something: `PARIKSHA_NODE_HTTP__HTTPS_ADDRESS`.
pub const ENVIRONMENT_PREFIX: &str = "PARIKSHA_NODE_";

/// The configuration file in the data directory, written by `join`.
pub const FILE: &str = "node.toml";

/// Variables that begin with the prefix and are flags of the command line, not settings.
const FLAGS: [&str; 2] = ["PARIKSHA_NODE_DATA", "PARIKSHA_NODE_CONFIG"];

/// All settings of a node.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NodeSettings {
    /// What is logged, and how.
    pub log: daemon::LogSettings,
    /// The candidates' listeners.
    pub http: crate::http::Settings,
    /// The operator's port.
    pub operator: crate::status::Settings,
    /// The links to the centre and to peers.
    pub link: crate::uplink::Settings,
    /// Following the feed.
    pub feed: crate::feed::Settings,
    /// Shipping frames to the centre.
    pub ship: crate::ship::Settings,
    /// Copying logs within the district.
    pub peers: crate::log::replicate::Settings,
    /// The answer log.
    pub answer_log: crate::log::Settings,
    /// How long logs stay on this disk.
    pub retention: crate::log::retention::Settings,
    /// How stores are opened.
    pub store: store::Settings,
    /// Attempts.
    pub attempts: crate::attempts::Settings,
}

/// Where a node's data lies.
#[derive(Debug, Clone)]
pub struct DataDirectory(pub PathBuf);

impl DataDirectory {
    /// Certificates and keys.
    pub fn identity(&self) -> PathBuf {
        self.0.join("identity")
    }

    /// The own log's lives.
    pub fn log(&self) -> PathBuf {
        self.0.join("log")
    }

    /// Copies of peers' logs.
    pub fn copies(&self) -> PathBuf {
        self.0.join("copies")
    }

    /// Tombstones of logs that were removed.
    pub fn removed(&self) -> PathBuf {
        self.0.join("removed")
    }

    /// The configuration file.
    pub fn configuration(&self) -> PathBuf {
        self.0.join(FILE)
    }
}

/// The layers of a node's configuration: defaults, then the file, then the environment. Without a file of its own it is
/// the one in the data directory, if there is one.
pub fn layers(data: &DataDirectory, file: Option<&Path>) -> Result<daemon::Settings, daemon::SettingsError> {
    let settings = daemon::Settings::with_defaults(&NodeSettings::default())?.except_variables(&FLAGS);
    let settings = match file {
        Some(file) => settings.file(file)?,
        None => settings.file_if_present(&data.configuration())?,
    };
    settings.environment(ENVIRONMENT_PREFIX)
}
