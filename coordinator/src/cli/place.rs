//! Where a new coordinator will live: what `init` and `join` ask alike, and what both write there.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use link::PrivateKey;
use store::whole_file;

use crate::{
    app::{HTTPS_CERTIFICATE_FILE, HTTPS_KEY_FILE, IDENTITY_DIRECTORY},
    authority,
    config::{self, CONFIG_FILE},
};

/// The arguments that `init` and `join` share.
#[derive(Debug, clap::Args)]
pub(super) struct Place {
    /// The data directory to make
    #[arg(long, env = "PARIKSHA_COORDINATOR_DATA", value_name = "DIR")]
    pub(super) data: PathBuf,
    /// The UDP address for nodes and coordinators
    #[arg(long, value_name = "IP:PORT")]
    pub(super) link_address: String,
    /// The TCP address of the ops API
    #[arg(long, value_name = "IP:PORT")]
    pub(super) ops_address: String,
    /// A further host name or address of the ops API, for its certificate
    #[arg(long = "name", value_name = "HOST")]
    pub(super) names: Vec<String>,
}

impl Place {
    /// An existing data directory is never touched.
    pub(super) fn refuse_existing(&self) -> Result<()> {
        let has_entries = std::fs::read_dir(&self.data).is_ok_and(|mut entries| entries.next().is_some());
        if has_entries {
            bail!(
                "{} is not empty; it may be a coordinator's already. Name another directory, or run it",
                self.data.display()
            );
        }
        Ok(())
    }

    /// Makes the data directory and the identity's in it; gives the latter.
    pub(super) fn make(&self) -> Result<PathBuf> {
        let identity = self.data.join(IDENTITY_DIRECTORY);
        make_directory(&self.data)?;
        make_directory(&identity)?;
        Ok(identity)
    }

    /// All names under which the ops API's certificate is to hold.
    pub(super) fn https_names(&self) -> Vec<String> {
        authority::https_names(&self.names, &[&self.ops_address])
    }

    /// Where operators' tools reach it.
    pub(super) fn ops_url(&self) -> String {
        format!("https://{}", self.ops_address)
    }

    /// Writes the ops API's certificate and key.
    pub(super) fn write_https(&self, certificate: &str, key: &PrivateKey) -> Result<()> {
        let directory = self.data.join(IDENTITY_DIRECTORY);
        whole_file::replace(&directory.join(HTTPS_KEY_FILE), key.to_pem().as_bytes())?;
        whole_file::replace(&directory.join(HTTPS_CERTIFICATE_FILE), certificate.as_bytes())?;
        Ok(())
    }

    /// Writes the configuration with which it runs.
    pub(super) fn write_config(&self, cluster_key: &Path) -> Result<()> {
        let text = config::first_file(&self.link_address, &self.ops_address, cluster_key)?;
        Ok(whole_file::replace(
            &self.data.join(CONFIG_FILE),
            text.as_bytes(),
        )?)
    }

    /// What is to be done next.
    pub(super) fn how_to_start(&self) -> String {
        format!(
            "Start it with: pariksha-coordinator run --data {}",
            self.data.display()
        )
    }
}

fn make_directory(path: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| {
            format!(
                "{} cannot be made; check that this user may write there",
                path.display()
            )
        })
}
