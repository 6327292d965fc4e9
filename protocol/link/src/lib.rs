//! The link between members of a cluster: QUIC under mutual TLS with the cluster's own CA.
//!
//! Node and coordinator stand on this crate and never name quinn or make a certificate themselves.
//!
//! - **Who is who**: a [`CertificateAuthority`] issues each member a certificate with its [`PeerName`] in it; a member
//!   keeps an [`Identity`] in a directory and renews it at a third of its [`Validity`].
//! - **Linking**: an [`Endpoint`] is one UDP socket that dials ([`Endpoint::connect`], which returns once the peer has
//!   admitted us and is whom we [`Expect`]) and answers ([`Endpoint::accept`], then [`Incoming::establish`] in a task
//!   of its own). Both sides read [`Connection::peer`] from the other's certificate.
//! - **Talking**: a [`Connection`] carries datagrams and any number of [`FramedStream`]s of messages, each with its
//!   length checked against a cap before it is read, a version byte, and a payload. The caps are [`Limits`].
//! - **Joining**: a machine without a certificate calls [`join_connect`] with the CA's [`Fingerprint`]; the coordinator
//!   gets a [`Guest`], which is another type than a [`Connection`] and has no name.
//! - **Failing**: a link ends with a [`Closed`] that says why; wait by [`Backoff`] and dial again.
//! - **HTTPS**: [`https::server_config`] for browsers and the ops API.
//!
//! ```text
//! loop {
//!     match endpoint.connect(address, Expect::AnyCoordinator).await {
//!         Ok(connection) => { backoff.reset(); ship(connection).await }
//!         Err(error) => warn!(%error, "no link"),
//!     }
//!     sleep(backoff.next(rand::random())).await;
//! }
//! ```
//!
//! There is no 0-RTT and no resumption on a link, and nothing here decides what a member may do: that is the caller's,
//! by the peer's name. No type of quinn shows in the public face, so that the same messages can run over TLS on TCP
//! where a network drops UDP.

mod backoff;
mod certificate;
mod closed;
mod connection;
mod endpoint;
mod fingerprint;
mod framing;
mod greeting;
pub mod https;
mod identity;
mod incoming;
mod join;
mod limits;
mod name;
mod packing;
mod pki;
mod private_key;
mod stream;
mod text;
mod tls;
mod validity;
mod verifier;

pub use backoff::Backoff;
pub use certificate::CertificateError;
pub use closed::Closed;
pub use connection::{Connection, DatagramError, MemberError};
pub use endpoint::{BindError, ConnectError, Endpoint, Guests, SHUTDOWN_WAIT};
pub use fingerprint::{Fingerprint, FingerprintError};
pub use framing::{FramingError, MESSAGE_VERSION, MESSAGE_VERSIONS};
pub use identity::{CA_FILE, CERTIFICATE_FILE, Identity, IdentityError, KEY_FILE};
pub use incoming::{AcceptError, Accepted, Incoming};
pub use join::{GUEST_MESSAGE_BYTES_MAX, GUEST_STREAMS_MAX, Guest, Joining, join_connect};
pub use limits::{IDLE_TIMEOUT_MS_MAX, Limits, LimitsError};
pub use name::{MEMBER_DOMAIN, NameError, PeerName};
pub use packing::WINDOW_BYTES;
pub use pki::{CertificateAuthority, HTTPS_NAMES_MAX, PkiError, SIGNING_REQUEST_BYTES_MAX};
pub use private_key::{KeyError, PrivateKey};
pub use stream::{FramedStream, MESSAGE_BYTES_MAX, RecvHalf, SendHalf, StreamError};
pub use tls::{JOIN_PROTOCOLS, MEMBER_PROTOCOLS, TlsError, install_crypto_provider};
pub use validity::{CA_VALIDITY, CLOCK_BEHIND_ALLOWED, LEAF_VALIDITY, Validity};
pub use verifier::Expect;

#[cfg(test)]
mod tests;
