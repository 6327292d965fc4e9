//! Joining: the client of `wire::join`. Makes this node's keys, shows the one-time token to a coordinator whose CA the
//! token pins, and writes the identity. Called by `pariksha-node join` once in a node's life; private keys never leave
//! this machine.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use ed25519_dalek::SigningKey;
use link::{Fingerprint, Identity, IdentityError, KeyError, Limits, PeerName, PrivateKey, join_connect};
use protocol::{
    cluster::Credentials,
    ids::{CoordinatorId, DistrictId, NodeId},
    wire::join::{BadToken, JoinAnswer, JoinRequest, JoinToken, Joined, Newcomer},
};
use rustls_pki_types::{CertificateSigningRequestDer, pem::PemObject};
use tokio::time::timeout;

use crate::credentials;

/// Below the data directory: everything that proves who this node is.
pub const IDENTITY_DIRECTORY: &str = "identity";
/// The certificate chain for HTTPS, in PEM.
pub const HTTPS_CERTIFICATE_FILE: &str = "https.crt";
/// The key for HTTPS, in PEM, readable by its owner only.
pub const HTTPS_KEY_FILE: &str = "https.key";
/// The key that signs checkpoints and receipts: 64 hexadecimal digits, readable by its owner only.
pub const SIGNING_KEY_FILE: &str = "signing.key";
/// The node's configuration, below the data directory.
pub const CONFIGURATION_FILE: &str = "node.toml";

/// How long one coordinator may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(15);

/// What `pariksha-node join` was told.
#[derive(Debug, Clone)]
pub struct Request {
    /// The data directory.
    pub data: PathBuf,
    /// The token as it was handed over.
    pub token: String,
    /// Coordinators to try in turn, `host:port`.
    pub coordinators: Vec<String>,
    /// Where peers will reach this node (UDP), `host:port`.
    pub link_address: String,
    /// Where candidates will reach it, e.g. `https://mumbai-1.example:8443`.
    pub public_url: String,
    /// Host names and addresses that the HTTPS certificate shall be for.
    pub https_names: Vec<String>,
}

/// What this node is from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welcome {
    /// Its number.
    pub node: NodeId,
    /// Its name.
    pub name: String,
    /// Its district.
    pub district: DistrictId,
    /// The coordinators, as the centre lists them.
    pub coordinators: Vec<(CoordinatorId, String)>,
}

/// Why joining failed. Nothing was written unless it says so.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// Not a token.
    #[error(transparent)]
    Token(#[from] BadToken),
    /// A coordinator's token.
    #[error(
        "this token is for a coordinator; make one for a node with `parikshactl node token NAME --district D`"
    )]
    NotForANode,
    /// The directory belongs to a node already.
    #[error("{0} holds a node's identity already; start it with `run`, or join with another data directory")]
    JoinedAlready(PathBuf),
    /// A key or signing request could not be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The signing request is not readable PEM.
    #[error("a signing request could not be made: {0}")]
    SigningRequest(String),
    /// No coordinator answered.
    #[error("no coordinator could be reached; check the addresses, and that UDP gets through:{0}")]
    Unreachable(String),
    /// The coordinator said no; the token is not spent unless it says so.
    #[error("the centre refused: {0}")]
    Refused(String),
    /// What came back is not this node's identity.
    #[error("the centre's answer cannot be used: {0}")]
    BadAnswer(String),
    /// The identity does not fit together.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// A file could not be written.
    #[error("{path}: {source}; check the disk's space and permissions, then ask for a new token")]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// The keys that are made on this machine and stay there.
struct Keys {
    link: PrivateKey,
    https: PrivateKey,
    signing: SigningKey,
}

impl Keys {
    fn generate() -> Result<Self, JoinError> {
        let signing = SigningKey::from_bytes(&rand::random());
        Ok(Self {
            link: PrivateKey::generate()?,
            https: PrivateKey::generate()?,
            signing,
        })
    }
}

/// Joins and writes `identity/` and `node.toml`. `configuration` gives the text of `node.toml`.
pub async fn join(
    request: &Request,
    limits: &Limits,
    configuration: impl FnOnce(&Welcome) -> String,
) -> Result<Welcome, JoinError> {
    let token: JoinToken = request.token.parse()?;
    let Newcomer::Node(node) = token.newcomer else {
        return Err(JoinError::NotForANode);
    };
    let directory = request.data.join(IDENTITY_DIRECTORY);
    if directory.join(link::CERTIFICATE_FILE).exists() {
        return Err(JoinError::JoinedAlready(request.data.clone()));
    }
    // Before the token is spent: a directory that cannot be written is found out here.
    fs::create_dir_all(&directory).map_err(|source| JoinError::File {
        path: directory.clone(),
        source,
    })?;
    let keys = Keys::generate()?;
    let message = JoinRequest {
        newcomer: token.newcomer,
        secret: token.secret,
        link_csr: request_der(&keys.link)?,
        https_csr: request_der(&keys.https)?,
        https_names: request.https_names.clone(),
        link_address: request.link_address.clone(),
        public_url: request.public_url.clone(),
        signing_key: keys.signing.verifying_key().to_bytes(),
    };
    let joined = ask_any(&request.coordinators, &token, &message, limits).await?;
    if joined.newcomer != token.newcomer {
        return Err(JoinError::BadAnswer("it is for another newcomer".to_owned()));
    }
    let welcome = Welcome {
        node,
        name: joined.name.clone(),
        district: joined.district,
        coordinators: joined.coordinators.clone(),
    };
    write_all(&request.data, &directory, keys, &joined, &configuration(&welcome))?;
    Ok(welcome)
}

/// Reads the key that signs checkpoints and receipts from `identity/`.
pub fn load_signing_key(identity_directory: &Path) -> Result<SigningKey, JoinError> {
    let path = identity_directory.join(SIGNING_KEY_FILE);
    let failed = |source| JoinError::File {
        path: path.clone(),
        source,
    };
    let text = fs::read_to_string(&path).map_err(failed)?;
    let mut seed = [0; 32];
    hex::decode_to_slice(text.trim(), &mut seed).map_err(|_| {
        failed(io::Error::new(
            io::ErrorKind::InvalidData,
            "it is not 64 hexadecimal digits",
        ))
    })?;
    Ok(SigningKey::from_bytes(&seed))
}

async fn ask_any(
    coordinators: &[String],
    token: &JoinToken,
    message: &JoinRequest,
    limits: &Limits,
) -> Result<Joined, JoinError> {
    let mut failures = Vec::new();
    for address in coordinators {
        let answer = timeout(ANSWER_MAX, ask(address, token, message, limits)).await;
        match answer.unwrap_or_else(|_| Err("it did not answer in time".to_owned())) {
            Ok(JoinAnswer::Joined(joined)) => return Ok(*joined),
            Ok(JoinAnswer::Refused(why)) => return Err(JoinError::Refused(why)),
            Err(reason) => failures.push(format!("\n  {address}: {reason}")),
        }
    }
    Err(JoinError::Unreachable(failures.concat()))
}

async fn ask(
    address: &str,
    token: &JoinToken,
    message: &JoinRequest,
    limits: &Limits,
) -> Result<JoinAnswer, String> {
    let mut found = tokio::net::lookup_host(address)
        .await
        .map_err(|error| error.to_string())?;
    let socket = found.next().ok_or_else(|| "the name has no address".to_owned())?;
    let pin = Fingerprint::from(*token.ca_fingerprint.as_bytes());
    let joining = join_connect(socket, pin, limits)
        .await
        .map_err(|error| error.to_string())?;
    let exchange = async {
        let mut stream = joining.open().await.map_err(|error| error.to_string())?;
        stream
            .send_message(message)
            .await
            .map_err(|error| error.to_string())?;
        stream.finish().map_err(|error| error.to_string())?;
        let answer = stream.recv_message().await.map_err(|error| error.to_string())?;
        answer.ok_or_else(|| "it ended the stream without an answer".to_owned())
    };
    let answer = exchange.await;
    joining.close("joined").await;
    answer
}

fn write_all(
    data: &Path,
    directory: &Path,
    keys: Keys,
    joined: &Joined,
    configuration: &str,
) -> Result<(), JoinError> {
    let Newcomer::Node(node) = joined.newcomer else {
        return Err(JoinError::NotForANode);
    };
    let identity = Identity::new(&joined.link_certificate, keys.link, &joined.ca_certificate)?;
    if identity.name() != PeerName::Node(node.0) {
        return Err(JoinError::BadAnswer(format!(
            "the certificate is for {}",
            identity.name()
        )));
    }
    // The chain, so that a machine which trusts the CA can check it.
    let chain = format!(
        "{}\n{}",
        joined.https_certificate.trim_end(),
        joined.ca_certificate
    );
    write(&directory.join(HTTPS_CERTIFICATE_FILE), 0o644, &chain)?;
    write(&directory.join(HTTPS_KEY_FILE), 0o600, &keys.https.to_pem())?;
    write(
        &directory.join(SIGNING_KEY_FILE),
        0o600,
        &format!("{}\n", hex::encode(keys.signing.to_bytes())),
    )?;
    if let Some(credentials) = &joined.credentials {
        check_credentials(credentials, node, &keys.signing)?;
        write(
            &directory.join(credentials::CLUSTER_FILE),
            0o644,
            &credentials::text_of(credentials),
        )?;
    }
    write(&data.join(CONFIGURATION_FILE), 0o644, configuration)?;
    // Last, because its presence says that this machine has joined.
    Ok(identity.save(directory)?)
}

fn check_credentials(credentials: &Credentials, node: NodeId, signing: &SigningKey) -> Result<(), JoinError> {
    let endorsed = credentials.endorsement.endorsement;
    credentials
        .endorsement
        .check(&credentials.cluster)
        .map_err(|fault| JoinError::BadAnswer(fault.to_string()))?;
    if (endorsed.node, endorsed.signing_key) == (node, signing.verifying_key().to_bytes()) {
        Ok(())
    } else {
        Err(JoinError::BadAnswer(
            "the endorsement is for another node or key".to_owned(),
        ))
    }
}

fn write(path: &Path, mode: u32, text: &str) -> Result<(), JoinError> {
    let attempt = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(mode)
            .open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    attempt().map_err(|source| JoinError::File {
        path: path.to_owned(),
        source,
    })
}

fn request_der(key: &PrivateKey) -> Result<Vec<u8>, JoinError> {
    let pem = key.signing_request()?;
    CertificateSigningRequestDer::from_pem_slice(pem.as_bytes())
        .map(|request| request.as_ref().to_vec())
        .map_err(|error| JoinError::SigningRequest(error.to_string()))
}

#[cfg(test)]
mod tests;
