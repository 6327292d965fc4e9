//! `pariksha-coordinator init`: a new cluster. Everything secret is made here from the system's randomness; an existing
//! data directory is never touched.

use std::path::PathBuf;

use anyhow::Result;
use daemon::{Clock, SystemClock, stdout};
use link::{CertificateAuthority, Identity, PeerName, PrivateKey, Validity};
use protocol::{hash::Hash, time::Instant};
use state::Command;

use super::place::Place;
use crate::{
    authority,
    cluster_key::{ClusterKey, Secret},
    context_file::{CONTEXT_FILE, ContextFile},
    founding_file,
    ops::token_hash,
};

/// The Raft id of a cluster's founder.
const FOUNDER: u64 = 1;

#[derive(Debug, clap::Args)]
pub(super) struct Init {
    #[command(flatten)]
    pub(super) place: Place,
    /// What people call the cluster
    #[arg(long)]
    pub(super) cluster: String,
    /// The file with the cluster key; made if there is none. Keep it apart from the data directory and its backups
    #[arg(long, value_name = "FILE")]
    pub(super) cluster_key: PathBuf,
}

pub(super) fn run(init: &Init) -> Result<()> {
    let place = &init.place;
    place.refuse_existing()?;
    let now = Instant(SystemClock.wall_ms());
    let key_path = std::path::absolute(&init.cluster_key)?;
    let cluster_key = ClusterKey::read_or_create(&key_path, rand::random())?;
    let ca = CertificateAuthority::generate(&init.cluster, authority::system_time(now))?;
    let token = format!("pko1-{}", hex::encode(rand::random::<[u8; 32]>()));
    let founding = Command::InitCluster {
        name: init.cluster.clone(),
        ca_certificate: ca.certificate_pem().to_owned(),
        wrapped_ca_key: cluster_key.wrap(Secret::Ca, ca.key_pem().as_bytes())?,
        token_key: Hash(rand::random()),
        code_key: Hash(rand::random()),
        ops_token_hash: token_hash(&token),
    };
    let directory = place.make()?;
    founding_file::write(&place.data, &founding)?;
    make_identity(place, &ca, now)?.save(&directory)?;
    let context = ContextFile {
        urls: vec![place.ops_url()],
        ca: ca.certificate_pem().to_owned(),
        token,
    };
    context.write(&place.data)?;
    place.write_config(&key_path)?;
    eprintln!("The cluster {} is made. {}", init.cluster, place.how_to_start());
    eprintln!("Keep {} apart from backups of the data.", key_path.display());
    stdout::line(place.data.join(CONTEXT_FILE).display())?;
    Ok(())
}

/// Writes the ops API's certificate and gives the link's identity, which is saved last: its presence says that all of it
/// is whole.
fn make_identity(place: &Place, ca: &CertificateAuthority, now: Instant) -> Result<Identity> {
    let validity = Validity::leaf(authority::system_time(now));
    let link_key = PrivateKey::generate()?;
    let certificate = ca.issue(
        PeerName::Coordinator(FOUNDER),
        &link_key.signing_request()?,
        validity,
    )?;
    let https_key = PrivateKey::generate()?;
    let https = ca.issue_https(&place.https_names(), &https_key.signing_request()?, validity)?;
    place.write_https(&https, &https_key)?;
    Ok(Identity::new(&certificate, link_key, ca.certificate_pem())?)
}
