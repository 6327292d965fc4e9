//! Real endpoints on 127.0.0.1 talking to each other.

mod guests;
mod members;
mod streams;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, SystemTime};

use rustls_pki_types::UnixTime;

use crate::{
    AcceptError, Accepted, CertificateAuthority, Closed, ConnectError, Connection, Endpoint, Expect, Guests,
    Identity, Limits, PeerName, PrivateKey, Validity,
};

const COORDINATOR: PeerName = PeerName::Coordinator(1);
const NODE: PeerName = PeerName::Node(12);

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(UnixTime::now().as_secs())
}

fn authority() -> CertificateAuthority {
    CertificateAuthority::generate("test", now()).unwrap()
}

fn identity(authority: &CertificateAuthority, name: PeerName) -> Identity {
    identity_for(authority, name, Validity::leaf(now()))
}

fn identity_for(authority: &CertificateAuthority, name: PeerName, validity: Validity) -> Identity {
    let key = PrivateKey::generate().unwrap();
    let pem = authority
        .issue(name, &key.signing_request().unwrap(), validity)
        .unwrap();
    Identity::new(&pem, key, authority.certificate_pem()).unwrap()
}

fn quick() -> Limits {
    Limits {
        keep_alive_ms: 500,
        idle_timeout_ms: 2000,
        handshake_timeout_ms: 3000,
        ..Limits::default()
    }
}

fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn bind(identity: &Identity, guests: Guests) -> Endpoint {
    Endpoint::bind(local(0), identity, guests, quick()).unwrap()
}

/// Answers one peer.
async fn answer(endpoint: &Endpoint) -> Result<Accepted, AcceptError> {
    endpoint
        .accept()
        .await
        .expect("the endpoint is open")
        .establish()
        .await
}

/// Both sides of an attempt to link.
async fn attempt(
    from: &Endpoint,
    to: &Endpoint,
    expected: Expect,
) -> (Result<Connection, ConnectError>, Result<Accepted, AcceptError>) {
    tokio::join!(from.connect(to.local_addr().unwrap(), expected), answer(to))
}

/// Why the dialling side has no link.
fn refused_to_dialler(dialled: Result<Connection, ConnectError>) -> Closed {
    match dialled {
        Err(ConnectError::Refused { reason, .. }) => reason,
        other => panic!("it was to be refused: {other:?}"),
    }
}

/// Why the answering side has none.
fn refused_to_answerer(answered: Result<Accepted, AcceptError>) -> Closed {
    match answered {
        Err(AcceptError::Handshake { reason, .. }) => reason,
        other => panic!("it was to be refused: {other:?}"),
    }
}

/// A link that stands, as its dialling and its answering side see it.
async fn linked(from: &Endpoint, to: &Endpoint) -> (Connection, Connection) {
    let (dialled, answered) = attempt(from, to, Expect::Exactly(to.name())).await;
    match answered.unwrap() {
        Accepted::Member(member) => (dialled.unwrap(), member),
        Accepted::Guest(guest) => panic!("{guest:?} is a member"),
    }
}

/// A coordinator and a node of one cluster.
struct Two {
    authority: CertificateAuthority,
    coordinator: Endpoint,
    node: Endpoint,
}

impl Two {
    fn bound() -> Self {
        let authority = authority();
        Self {
            coordinator: bind(&identity(&authority, COORDINATOR), Guests::Refused),
            node: bind(&identity(&authority, NODE), Guests::Refused),
            authority,
        }
    }

    /// The node dials the coordinator.
    async fn linked(&self) -> (Connection, Connection) {
        linked(&self.node, &self.coordinator).await
    }
}
