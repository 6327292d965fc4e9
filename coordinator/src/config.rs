//! The coordinator's configuration: `coordinator.toml` in the data directory (or the file that is named), environment
//! variables `PARIKSHA_COORDINATOR_*`, flags. Made of each part's own settings.

use std::path::{Path, PathBuf};

use daemon::{LogSettings, Settings, SettingsError};
use serde::{Deserialize, Serialize};

use crate::{gateway::GatewaySettings, ops::OpsSettings, raft::RaftSettings};

/// The file in the data directory.
pub const CONFIG_FILE: &str = "coordinator.toml";

/// What environment variables begin with: `PARIKSHA_COORDINATOR_OPS__ADDRESS` is `ops.address`.
pub const ENVIRONMENT_PREFIX: &str = "PARIKSHA_COORDINATOR_";

/// Variables with that prefix that are flags of the program and no settings.
pub(crate) const FLAG_VARIABLES: [&str; 2] = ["PARIKSHA_COORDINATOR_DATA", "PARIKSHA_COORDINATOR_CONFIG"];

/// Everything that can be set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoordinatorSettings {
    /// The file with the cluster key: the same content at every coordinator. No default.
    pub cluster_key_file: PathBuf,
    /// The QUIC link to nodes and other coordinators.
    pub link: LinkSettings,
    /// The ops API.
    pub ops: OpsSettings,
    /// What nodes may do.
    pub gateway: GatewaySettings,
    /// Raft's times and bounds.
    pub raft: RaftSettings,
    /// The log of this process. openraft is left out by default: while a peer is down it says so twice a second, as an
    /// error; what ends it is logged by the task that runs it.
    pub log: LogSettings,
}

impl Default for CoordinatorSettings {
    fn default() -> Self {
        Self {
            cluster_key_file: PathBuf::new(),
            link: LinkSettings::default(),
            ops: OpsSettings::default(),
            gateway: GatewaySettings::default(),
            raft: RaftSettings::default(),
            log: LogSettings {
                filter: "info,openraft=off".to_owned(),
                ..LogSettings::default()
            },
        }
    }
}

/// Where the link is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinkSettings {
    /// The UDP address to bind, `ip:port`.
    pub address: String,
    /// Where others reach it when that is another address (`host:port`); empty for the same.
    pub advertise: String,
}

impl Default for LinkSettings {
    fn default() -> Self {
        Self {
            address: "0.0.0.0:7400".to_owned(),
            advertise: String::new(),
        }
    }
}

impl LinkSettings {
    /// The address that others are told.
    pub fn advertised(&self) -> &str {
        if self.advertise.is_empty() {
            &self.address
        } else {
            &self.advertise
        }
    }
}

/// Flags of `run` that set something.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--link-address`
    pub link_address: Option<String>,
    /// `--ops-address`
    pub ops_address: Option<String>,
    /// `--cluster-key`
    pub cluster_key: Option<PathBuf>,
}

/// The layers of a data directory's configuration.
pub fn layers(data: &Path, file: Option<&Path>, overrides: &Overrides) -> Result<Settings, SettingsError> {
    let settings =
        Settings::with_defaults(&CoordinatorSettings::default())?.except_variables(&FLAG_VARIABLES);
    let settings = match file {
        Some(file) => settings.file(file)?,
        None => settings.file_if_present(&data.join(CONFIG_FILE))?,
    };
    settings
        .environment(ENVIRONMENT_PREFIX)?
        .override_with("link.address", overrides.link_address.as_ref(), "--link-address")?
        .override_with("ops.address", overrides.ops_address.as_ref(), "--ops-address")?
        .override_with(
            "cluster_key_file",
            overrides.cluster_key.as_ref(),
            "--cluster-key",
        )
}

/// What `init` and `join` write as `coordinator.toml`: only what was chosen; everything else keeps its default.
pub(crate) fn first_file(
    link_address: &str,
    ops_address: &str,
    cluster_key: &Path,
) -> Result<String, toml::ser::Error> {
    #[derive(Serialize)]
    struct First<'a> {
        cluster_key_file: &'a Path,
        link: Address<'a>,
        ops: Address<'a>,
    }
    #[derive(Serialize)]
    struct Address<'a> {
        address: &'a str,
    }
    toml::to_string_pretty(&First {
        cluster_key_file: cluster_key,
        link: Address {
            address: link_address,
        },
        ops: Address { address: ops_address },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_init_writes_is_read_back_and_flags_stand_over_it() {
        let data = tempfile::tempdir().unwrap();
        let text = first_file("127.0.0.1:1", "127.0.0.1:2", Path::new("/keys/cluster.key")).unwrap();
        std::fs::write(data.path().join(CONFIG_FILE), text).unwrap();
        let overrides = Overrides {
            ops_address: Some("127.0.0.1:3".into()),
            ..Overrides::default()
        };
        let settings: CoordinatorSettings = layers(data.path(), None, &overrides).unwrap().load().unwrap();
        assert_eq!(settings.link.advertised(), "127.0.0.1:1");
        assert_eq!(settings.ops.address, "127.0.0.1:3");
        assert_eq!(settings.cluster_key_file, Path::new("/keys/cluster.key"));
    }
}
