//! An identity on disk.

use std::time::Duration;

use rustls_pki_types::UnixTime;

use super::*;
use crate::pki::CertificateAuthority;

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(UnixTime::now().as_secs())
}

fn identity(authority: &CertificateAuthority) -> Identity {
    let key = PrivateKey::generate().unwrap();
    let request = key.signing_request().unwrap();
    let pem = authority
        .issue(PeerName::Node(12), &request, Validity::leaf(now()))
        .unwrap();
    Identity::new(&pem, key, authority.certificate_pem()).unwrap()
}

#[test]
fn an_identity_survives_its_directory_and_its_key_is_private() {
    let authority = CertificateAuthority::generate("test", now()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("identity");
    let made = identity(&authority);
    made.save(&place).unwrap();
    made.save(&place).unwrap();
    let read = Identity::load(&place).unwrap();
    assert_eq!(read.name(), PeerName::Node(12));
    assert_eq!(read.authority_fingerprint(), authority.fingerprint());
    let mode = fs::metadata(place.join(KEY_FILE)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, SECRET_MODE);
    assert_eq!(
        fs::read_dir(&place).unwrap().count(),
        3,
        "nothing is left beside the three files"
    );
}

#[test]
fn a_machine_that_never_joined_is_told_so() {
    let directory = tempfile::tempdir().unwrap();
    let refusal = Identity::load(directory.path()).unwrap_err();
    assert!(matches!(refusal, IdentityError::Missing(_)));
    assert!(refusal.to_string().contains("join"));
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let authority = CertificateAuthority::generate("one", now()).unwrap();
    let other = CertificateAuthority::generate("two", now()).unwrap();
    let made = identity(&authority);
    let foreign = Identity::new(&made.certificate_pem, made.key.clone(), other.certificate_pem());
    assert!(matches!(foreign, Err(IdentityError::Certificate(_))));
    let key = PrivateKey::generate().unwrap();
    let mixed = Identity::new(&made.certificate_pem, key, authority.certificate_pem());
    assert!(matches!(
        mixed,
        Err(IdentityError::KeyMismatch(PeerName::Node(12)))
    ));
}
