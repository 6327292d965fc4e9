//! What the authority issues, and what it refuses.

use std::time::Duration;

use rustls_pki_types::UnixTime;

use super::*;

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(UnixTime::now().as_secs())
}

fn authority() -> CertificateAuthority {
    CertificateAuthority::generate("test", now()).unwrap()
}

#[test]
fn an_authority_survives_its_pem() {
    let made = authority();
    let read = CertificateAuthority::from_pem(made.certificate_pem(), &made.key_pem()).unwrap();
    assert_eq!(read.fingerprint(), made.fingerprint());
    let request = PrivateKey::generate().unwrap().signing_request().unwrap();
    let pem = read
        .issue(PeerName::Node(1), &request, Validity::leaf(now()))
        .unwrap();
    let leaf = certificate::from_pem(&pem).unwrap();
    certificate::verify(&leaf, &made.certificate, Usage::Client, UnixTime::now()).unwrap();
    certificate::verify(&leaf, &made.certificate, Usage::Server, UnixTime::now()).unwrap();
}

#[test]
fn a_key_of_another_authority_is_refused() {
    let refusal = CertificateAuthority::from_pem(authority().certificate_pem(), &authority().key_pem());
    assert!(matches!(refusal, Err(PkiError::KeyMismatch)));
}

#[test]
fn the_authority_decides_the_name_and_the_times() {
    let now = now();
    let request = PrivateKey::generate().unwrap().signing_request().unwrap();
    let authority = authority();
    let pem = authority
        .issue(PeerName::Coordinator(3), &request, Validity::leaf(now))
        .unwrap();
    let leaf = certificate::from_pem(&pem).unwrap();
    assert_eq!(certificate::member_name(&leaf).unwrap(), PeerName::Coordinator(3));
    let validity = certificate::validity(&leaf).unwrap();
    assert_eq!(validity.not_after, now + crate::validity::LEAF_VALIDITY);
    assert!(validity.contains(now) && !validity.needs_renewal(now));
    let again = authority
        .issue(PeerName::Coordinator(3), &request, Validity::leaf(now))
        .unwrap();
    assert_ne!(again, pem, "serial numbers are random");
}

#[test]
fn an_https_certificate_is_for_servers_only_and_names_no_member() {
    let authority = authority();
    let request = PrivateKey::generate().unwrap().signing_request().unwrap();
    let issue = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        authority.issue_https(&names, &request, Validity::leaf(now()))
    };
    let leaf = certificate::from_pem(&issue(&["exam.pune.example", "192.168.4.2", "::1"]).unwrap()).unwrap();
    certificate::verify(&leaf, &authority.certificate, Usage::Server, UnixTime::now()).unwrap();
    assert!(certificate::verify(&leaf, &authority.certificate, Usage::Client, UnixTime::now()).is_err());
    assert!(certificate::member_name(&leaf).is_err());
    for name in [
        "n1.node.pariksha.internal",
        "N1.NODE.Pariksha.Internal.",
        "*.example",
        "a b",
        "",
    ] {
        assert!(
            matches!(issue(&[name]), Err(PkiError::HttpsName { .. })),
            "{name} was accepted"
        );
    }
    assert!(issue(&[]).is_err());
}

#[test]
fn a_request_with_a_broken_signature_or_too_long_is_refused() {
    let authority = authority();
    let issue = |request: &str| authority.issue(PeerName::Node(1), request, Validity::leaf(now()));
    assert!(matches!(issue("nothing"), Err(PkiError::BadRequest(_))));
    assert!(matches!(
        issue(&"x".repeat(SIGNING_REQUEST_BYTES_MAX + 1)),
        Err(PkiError::BadRequest(_))
    ));
    let honest = PrivateKey::generate().unwrap().signing_request().unwrap();
    let mut lines: Vec<String> = honest.lines().map(str::to_owned).collect();
    let place = lines.len() - 2;
    let last = lines[place].clone();
    // The last line ends in the signature; one letter of it is changed.
    let changed = if last.as_bytes()[0] == b'A' { "B" } else { "A" };
    lines[place] = format!("{changed}{}", &last[1..]);
    assert!(matches!(issue(&lines.join("\n")), Err(PkiError::BadRequest(_))));
}
