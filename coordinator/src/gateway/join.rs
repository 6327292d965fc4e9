//! Joining: a newcomer shows its one-time token and gets its certificates and the cluster's addresses.
//!
//! The certificates are made before the token is used up, so that a request with a bad name does not cost the token;
//! they are handed out only after the state has accepted it.

use base64::Engine;
use link::{CertificateAuthority, FramedStream, Guest, PeerName, Validity};
use protocol::{
    checkpoint::PublicKey,
    cluster::Credentials,
    ids::{CoordinatorId, DistrictId},
    wire::join::{JoinAnswer, JoinRequest, JoinToken, Joined, Newcomer},
};
use state::{Command, Outcome};

use super::{Gateway, ServeError};
use crate::{authority, cluster_key::Secret, evidence};

impl Gateway {
    pub(super) async fn serve_guest(self, guest: Guest) {
        let remote = guest.remote_address();
        let Ok(stream) = guest.accept_stream().await else {
            return;
        };
        match self.answer_guest(stream).await {
            Ok(None) => {}
            Ok(Some(refused)) => {
                tracing::warn!(%remote, refused, "a machine that wanted to join was refused");
            }
            Err(error) => tracing::debug!(%remote, %error, "a machine that wanted to join went away"),
        }
        // The guest closes when it has read its answer; the door's time bounds the wait.
        guest.closed().await;
    }

    /// Answers one request; gives back why it was refused, if it was.
    async fn answer_guest(&self, mut stream: FramedStream) -> Result<Option<String>, ServeError> {
        let request: JoinRequest = self
            .in_time(stream.recv_message())
            .await?
            .ok_or(ServeError::Nothing)?;
        let newcomer = request.newcomer;
        let (answer, refused) = match self.join(request).await {
            Ok(joined) => {
                tracing::info!(?newcomer, name = joined.name, "a machine has joined");
                (JoinAnswer::Joined(Box::new(joined)), None)
            }
            Err(reason) => (JoinAnswer::Refused(reason.clone()), Some(reason)),
        };
        self.in_time(stream.send_message(&answer)).await?;
        stream.finish()?;
        Ok(refused)
    }

    async fn join(&self, request: JoinRequest) -> Result<Joined, String> {
        let certificates = self.certificates(&request)?;
        let signing_key = request.signing_key;
        let command = Command::UseJoin {
            newcomer: request.newcomer,
            secret_hash: JoinToken::secret_hash(&request.secret),
            link_address: request.link_address,
            public_url: request.public_url,
            signing_key: request.signing_key,
            at: self.now(),
        };
        let outcome = self.inner.centre.propose("newcomer", command).await;
        match outcome.map_err(|error| error.to_string())? {
            Outcome::Joined {
                newcomer,
                name,
                district,
            } => Ok(Joined {
                newcomer,
                name,
                district,
                credentials: self.credentials(newcomer, district, signing_key).await?,
                link_certificate: certificates.link,
                https_certificate: certificates.https,
                ca_certificate: certificates.ca,
                coordinators: self.coordinators(),
            }),
            other => Err(format!(
                "the centre gave an unexpected answer ({other:?}); try again"
            )),
        }
    }

    /// The cluster's word for a node. A node that did not get it may show its token again.
    async fn credentials(
        &self,
        newcomer: Newcomer,
        district: DistrictId,
        signing_key: PublicKey,
    ) -> Result<Option<Credentials>, String> {
        let Newcomer::Node(node) = newcomer else {
            return Ok(None);
        };
        let inner = &self.inner;
        let keys = evidence::keys(&inner.centre, &inner.cluster_key).await;
        let credentials =
            keys.and_then(|keys| evidence::endorse(&keys, &inner.cluster_key, (node, district), signing_key));
        credentials.map(Some).map_err(|error| error.to_string())
    }

    fn coordinators(&self) -> Vec<(CoordinatorId, String)> {
        self.inner.centre.read(|state| {
            let known = state.coordinators().filter(|(_, row)| !row.removed);
            known
                .map(|(id, row)| (id, row.entry.link_address.clone()))
                .collect()
        })
    }

    fn certificates(&self, request: &JoinRequest) -> Result<Certificates, String> {
        let cluster = self.inner.centre.read(|state| state.cluster().cloned());
        let cluster = cluster.ok_or("this coordinator does not know its cluster yet; try again")?;
        let key = self
            .inner
            .cluster_key
            .unwrap(Secret::Ca, &cluster.wrapped_ca_key)
            .map_err(|error| error.to_string())?;
        let key = String::from_utf8(key).map_err(|error| error.to_string())?;
        let ca = CertificateAuthority::from_pem(&cluster.ca_certificate, &key)
            .map_err(|error| error.to_string())?;
        let validity = Validity::leaf(authority::system_time(self.now()));
        let name = match request.newcomer {
            Newcomer::Node(id) => PeerName::Node(id.0),
            Newcomer::Coordinator(id) => PeerName::Coordinator(id.0),
        };
        let issued = ca
            .issue(name, &request_pem(&request.link_csr), validity)
            .and_then(|link| {
                let https =
                    ca.issue_https(&request.https_names, &request_pem(&request.https_csr), validity)?;
                Ok((link, https))
            });
        let (link, https) = issued.map_err(|error| error.to_string())?;
        Ok(Certificates {
            link,
            https,
            ca: cluster.ca_certificate,
        })
    }
}

struct Certificates {
    link: String,
    https: String,
    ca: String,
}

/// A signing request as PEM, whichever of its two usual forms it came in.
fn request_pem(request: &[u8]) -> String {
    match std::str::from_utf8(request) {
        Ok(text) if text.starts_with("-----BEGIN") => text.to_owned(),
        _ => {
            let text = base64::engine::general_purpose::STANDARD.encode(request);
            let lines: Vec<&str> = text
                .as_bytes()
                .chunks(64)
                .filter_map(|line| std::str::from_utf8(line).ok())
                .collect();
            format!(
                "-----BEGIN CERTIFICATE REQUEST-----\n{}\n-----END CERTIFICATE REQUEST-----\n",
                lines.join("\n")
            )
        }
    }
}
