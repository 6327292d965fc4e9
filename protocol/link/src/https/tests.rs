//! A client that trusts the cluster's CA shakes hands with the HTTPS settings, in memory.

use std::time::{Duration, SystemTime};

use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConnection};
use rustls::{HandshakeKind, SupportedProtocolVersion};
use rustls_pki_types::{ServerName, UnixTime};

use super::*;
use crate::pki::CertificateAuthority;
use crate::private_key::PrivateKey;
use crate::validity::Validity;

fn served() -> (CertificateAuthority, Arc<ServerConfig>) {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(UnixTime::now().as_secs());
    let authority = CertificateAuthority::generate("https", now).unwrap();
    let key = PrivateKey::generate().unwrap();
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let request = key.signing_request().unwrap();
    let leaf = authority
        .issue_https(&names, &request, Validity::leaf(now))
        .unwrap();
    let chain = format!("{leaf}{}", authority.certificate_pem());
    let config = server_config(&chain, &key.to_pem()).unwrap();
    (authority, config)
}

fn browser(
    authority: &CertificateAuthority,
    version: &'static SupportedProtocolVersion,
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(authority.certificate_pem().as_bytes()).unwrap())
        .unwrap();
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Arc::new(config)
}

fn shake_hands(
    server: &Arc<ServerConfig>,
    client: &Arc<ClientConfig>,
    name: &'static str,
) -> Result<ClientConnection, rustls::Error> {
    let name = ServerName::try_from(name).unwrap();
    let mut client = ClientConnection::new(client.clone(), name)?;
    let mut server = ServerConnection::new(server.clone())?;
    while client.is_handshaking() || server.is_handshaking() || server.wants_write() {
        let mut bytes = Vec::new();
        client.write_tls(&mut bytes).unwrap();
        server.read_tls(&mut &bytes[..]).unwrap();
        server.process_new_packets()?;
        bytes.clear();
        while server.wants_write() {
            server.write_tls(&mut bytes).unwrap();
        }
        client.read_tls(&mut &bytes[..]).unwrap();
        client.process_new_packets()?;
    }
    Ok(client)
}

#[test]
fn both_tls_versions_are_served_with_http_1_1_and_a_second_visit_resumes() {
    let (authority, server) = served();
    for (version, name) in [(&TLS13, "localhost"), (&TLS12, "127.0.0.1")] {
        let client = browser(&authority, version);
        let first = shake_hands(&server, &client, name).unwrap();
        assert_eq!(first.protocol_version(), Some(version.version));
        assert_eq!(first.alpn_protocol(), Some(&b"http/1.1"[..]));
        let again = shake_hands(&server, &client, name).unwrap();
        assert_eq!(again.handshake_kind(), Some(HandshakeKind::Resumed));
    }
}

#[test]
fn a_name_that_the_certificate_lacks_is_not_accepted() {
    let (authority, server) = served();
    assert!(shake_hands(&server, &browser(&authority, &TLS13), "other.example").is_err());
}

#[test]
fn a_chain_and_key_that_do_not_fit_are_refused() {
    let (authority, _) = served();
    let key = PrivateKey::generate().unwrap().to_pem();
    assert!(matches!(
        server_config(authority.certificate_pem(), &key),
        Err(HttpsError::Rustls(_))
    ));
    assert!(matches!(server_config("", &key), Err(HttpsError::ChainLength(0))));
    assert!(matches!(
        server_config(authority.certificate_pem(), ""),
        Err(HttpsError::Key(_))
    ));
}
