//! `pariksha-coordinator init`: a new cluster. Everything secret is made here from the system's randomness; an existing
//! data directory is never touched.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use daemon::{Clock, SystemClock};
use link::{CertificateAuthority, Identity, PeerName, PrivateKey, Validity};
use protocol::{hash::Hash, time::Instant};
use state::Command;

use crate::{
    app::{HTTPS_CERTIFICATE_FILE, HTTPS_KEY_FILE, IDENTITY_DIRECTORY},
    authority,
    cluster_key::{ClusterKey, Secret},
    config::{self, CONFIG_FILE},
    context_file::{CONTEXT_FILE, ContextFile},
    founding_file,
    ops::token_hash,
    secret_file,
};

/// The Raft id of a cluster's founder.
const FOUNDER: u64 = 1;

#[derive(Debug, clap::Args)]
pub(super) struct Init {
    /// The data directory to make
    #[arg(long, env = "PARIKSHA_COORDINATOR_DATA", value_name = "DIR")]
    pub(super) data: PathBuf,
    /// What people call the cluster
    #[arg(long)]
    pub(super) cluster: String,
    /// The UDP address for nodes and coordinators
    #[arg(long, value_name = "IP:PORT")]
    pub(super) link_address: String,
    /// The TCP address of the ops API
    #[arg(long, value_name = "IP:PORT")]
    pub(super) ops_address: String,
    /// The file with the cluster key; made if there is none. Keep it apart from the data directory and its backups
    #[arg(long, value_name = "FILE")]
    pub(super) cluster_key: PathBuf,
    /// A further host name or address of the ops API, for its certificate
    #[arg(long = "name", value_name = "HOST")]
    pub(super) names: Vec<String>,
}

pub(super) fn run(init: &Init) -> Result<()> {
    refuse_existing(&init.data)?;
    let now = Instant(SystemClock.wall_ms());
    let key_path = std::path::absolute(&init.cluster_key)?;
    let cluster_key = ClusterKey::read_or_create(&key_path, rand::random())?;
    let ca = CertificateAuthority::generate(&init.cluster, authority::system_time(now))?;
    make_directory(&init.data)?;
    let token = format!("pko1-{}", hex::encode(rand::random::<[u8; 32]>()));
    let founding = Command::InitCluster {
        name: init.cluster.clone(),
        ca_certificate: ca.certificate_pem().to_owned(),
        wrapped_ca_key: cluster_key.wrap(Secret::Ca, ca.key_pem().as_bytes())?,
        token_key: Hash(rand::random()),
        code_key: Hash(rand::random()),
        ops_token_hash: token_hash(&token),
    };
    founding_file::write(&init.data, &founding)?;
    write_identity(init, &ca, now)?;
    let context = ContextFile {
        urls: vec![format!("https://{}", init.ops_address)],
        ca: ca.certificate_pem().to_owned(),
        token,
    };
    context.write(&init.data)?;
    write_config(&init.data, &init.link_address, &init.ops_address, &key_path)?;
    eprintln!(
        "The cluster {} is made. Start it with: pariksha-coordinator run --data {}",
        init.cluster,
        init.data.display()
    );
    eprintln!("Keep {} apart from backups of the data.", key_path.display());
    println!("{}", init.data.join(CONTEXT_FILE).display());
    Ok(())
}

fn write_identity(init: &Init, ca: &CertificateAuthority, now: Instant) -> Result<()> {
    let validity = Validity::leaf(authority::system_time(now));
    let link_key = PrivateKey::generate()?;
    let certificate = ca.issue(
        PeerName::Coordinator(FOUNDER),
        &link_key.signing_request()?,
        validity,
    )?;
    let https_key = PrivateKey::generate()?;
    let names = authority::https_names(&init.names, &[&init.ops_address]);
    let https = ca.issue_https(&names, &https_key.signing_request()?, validity)?;
    let directory = init.data.join(IDENTITY_DIRECTORY);
    make_directory(&directory)?;
    write_https(&directory, &https, &https_key)?;
    // Last: its presence says that the identity is whole.
    Ok(Identity::new(&certificate, link_key, ca.certificate_pem())?.save(&directory)?)
}

pub(super) fn write_https(directory: &Path, certificate: &str, key: &PrivateKey) -> Result<()> {
    secret_file::replace(&directory.join(HTTPS_KEY_FILE), key.to_pem().as_bytes())?;
    secret_file::replace(&directory.join(HTTPS_CERTIFICATE_FILE), certificate.as_bytes())?;
    Ok(())
}

pub(super) fn write_config(
    data: &Path,
    link_address: &str,
    ops_address: &str,
    cluster_key: &Path,
) -> Result<()> {
    let text = config::first_file(link_address, ops_address, cluster_key)?;
    Ok(secret_file::replace(&data.join(CONFIG_FILE), text.as_bytes())?)
}

pub(super) fn refuse_existing(data: &Path) -> Result<()> {
    let has_entries = std::fs::read_dir(data).is_ok_and(|mut entries| entries.next().is_some());
    if has_entries {
        bail!(
            "{} is not empty; it may be a coordinator's already. Name another directory, or run it",
            data.display()
        );
    }
    Ok(())
}

pub(super) fn make_directory(path: &Path) -> Result<()> {
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
