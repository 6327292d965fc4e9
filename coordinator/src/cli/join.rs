//! `pariksha-coordinator join`: a one-time token becomes this machine's identity. Nothing is written before the centre
//! has said yes; a join that failed is repeated with the same command (or a new token, if the old one was used up).

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use link::{Fingerprint, Identity, Joining, Limits, PrivateKey, join_connect};
use protocol::wire::join::{JoinAnswer, JoinRequest, JoinToken, Joined, Newcomer};

use super::place::Place;
use crate::{cluster_key::ClusterKey, members_file::MembersFile};

#[derive(Debug, clap::Args)]
pub(super) struct Join {
    #[command(flatten)]
    pub(super) place: Place,
    /// A coordinator's link address
    #[arg(long, value_name = "HOST:PORT")]
    pub(super) from: String,
    /// The token from `parikshactl coordinator token`
    #[arg(long, env = "PARIKSHA_JOIN_TOKEN", hide_env_values = true)]
    pub(super) token: String,
    /// The file with the cluster key, copied from where it is kept
    #[arg(long, value_name = "FILE")]
    pub(super) cluster_key: PathBuf,
}

pub(super) async fn run(join: &Join) -> Result<()> {
    let place = &join.place;
    place.refuse_existing()?;
    let token: JoinToken = join.token.parse()?;
    if !matches!(token.newcomer, Newcomer::Coordinator(_)) {
        bail!("this token is for a node; make one with parikshactl coordinator token");
    }
    let key_path = std::path::absolute(&join.cluster_key)?;
    ClusterKey::read(&key_path)?;
    let (link_key, https_key) = (PrivateKey::generate()?, PrivateKey::generate()?);
    let request = JoinRequest {
        newcomer: token.newcomer,
        secret: token.secret,
        link_csr: link_key.signing_request()?.into_bytes(),
        https_csr: https_key.signing_request()?.into_bytes(),
        https_names: place.https_names(),
        link_address: place.link_address.clone(),
        public_url: place.ops_url(),
        // A coordinator signs no checkpoints; the field is the nodes'.
        signing_key: rand::random(),
    };
    let fingerprint = Fingerprint::from(token.ca_fingerprint.0);
    let joined = ask(&join.from, fingerprint, &request).await?;

    let identity = Identity::new(&joined.link_certificate, link_key, &joined.ca_certificate)?;
    let directory = place.make()?;
    MembersFile {
        coordinators: joined.coordinators,
    }
    .write(&place.data)?;
    place.write_https(&joined.https_certificate, &https_key)?;
    place.write_config(&key_path)?;
    // Last: its presence says that all of it is whole.
    identity.save(&directory)?;
    eprintln!("Joined as {}. {}", identity.name(), place.how_to_start());
    Ok(())
}

async fn ask(from: &str, fingerprint: Fingerprint, request: &JoinRequest) -> Result<Joined> {
    let address = tokio::net::lookup_host(from)
        .await
        .with_context(|| format!("`{from}` is not a coordinator's host:port"))?
        .next()
        .with_context(|| format!("`{from}` has no address"))?;
    let joining = join_connect(address, fingerprint, &Limits::default()).await?;
    let answer = exchange(&joining, request).await;
    let authority = joining.authority_pem().to_owned();
    joining.close("done").await;
    match answer? {
        JoinAnswer::Joined(joined) if joined.ca_certificate.trim() == authority.trim() => Ok(*joined),
        JoinAnswer::Joined(_) => {
            bail!("the coordinator sent another CA than the token names; ask for a new token")
        }
        JoinAnswer::Refused(reason) => bail!("the centre refused: {reason}"),
    }
}

async fn exchange(joining: &Joining, request: &JoinRequest) -> Result<JoinAnswer> {
    let mut stream = joining.open().await?;
    stream.send_message(request).await?;
    stream.finish()?;
    stream
        .recv_message()
        .await?
        .context("the coordinator closed the link without an answer; try again")
}
