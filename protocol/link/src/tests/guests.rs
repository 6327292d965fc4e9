//! A machine without a certificate may join, and nothing else.

use super::*;
use crate::{Fingerprint, Joining, join_connect};

async fn attempt_join(
    to: &Endpoint,
    fingerprint: Fingerprint,
) -> (Result<Joining, ConnectError>, Result<Accepted, AcceptError>) {
    let limits = quick();
    let address = to.local_addr().unwrap();
    tokio::join!(join_connect(address, fingerprint, &limits), answer(to))
}

#[tokio::test]
async fn a_machine_with_the_right_fingerprint_joins_and_links_as_a_member() {
    let authority = authority();
    let coordinator = bind(&identity(&authority, COORDINATOR), Guests::Welcome);
    let (joining, guest) = attempt_join(&coordinator, authority.fingerprint()).await;
    let joining = joining.unwrap();
    let Accepted::Guest(guest) = guest.unwrap() else {
        panic!("a guest is no member")
    };

    let key = PrivateKey::generate().unwrap();
    let mut asking = joining.open().await.unwrap();
    asking
        .send(key.signing_request().unwrap().as_bytes())
        .await
        .unwrap();
    let mut answering = guest.accept_stream().await.unwrap();
    let request = answering.recv().await.unwrap().unwrap();
    let request = std::str::from_utf8(&request).unwrap();
    let certificate = authority.issue(NODE, request, Validity::leaf(now())).unwrap();
    answering.send(certificate.as_bytes()).await.unwrap();
    answering.finish().unwrap();
    let certificate = asking.recv().await.unwrap().unwrap();
    let certificate = std::str::from_utf8(&certificate).unwrap();
    let joined = Identity::new(certificate, key, joining.authority_pem()).unwrap();
    assert_eq!(joined.authority_fingerprint(), authority.fingerprint());
    joining.close("joined").await;
    assert_eq!(guest.closed().await, Closed::ByPeer("joined".to_owned()));

    let (_dialled, answered) = linked(&bind(&joined, Guests::Refused), &coordinator).await;
    assert_eq!(answered.peer(), NODE);
}

#[tokio::test]
async fn a_wrong_fingerprint_is_refused_before_anything_is_sent() {
    let authority = authority();
    let coordinator = bind(&identity(&authority, COORDINATOR), Guests::Welcome);
    let (joining, guest) = attempt_join(&coordinator, super::authority().fingerprint()).await;
    let refusal = joining.unwrap_err().to_string();
    assert!(refusal.contains("fingerprint"), "{refusal}");
    assert!(guest.is_err());
}

#[tokio::test]
async fn a_node_cannot_pose_as_a_coordinator_to_a_joining_machine() {
    let authority = authority();
    let node = bind(&identity(&authority, NODE), Guests::Welcome);
    let (joining, guest) = attempt_join(&node, authority.fingerprint()).await;
    let refusal = joining.unwrap_err().to_string();
    assert!(refusal.contains("a coordinator was expected"), "{refusal}");
    assert!(guest.is_err());
}

#[tokio::test]
async fn an_endpoint_for_members_only_speaks_to_no_guest() {
    let authority = authority();
    let coordinator = bind(&identity(&authority, COORDINATOR), Guests::Refused);
    let (joining, guest) = attempt_join(&coordinator, authority.fingerprint()).await;
    assert!(matches!(
        joining,
        Err(ConnectError::Refused {
            reason: Closed::NoCommonVersion,
            ..
        })
    ));
    assert_eq!(refused_to_answerer(guest), Closed::NoCommonVersion);
}

#[tokio::test]
async fn a_machine_without_a_certificate_is_told_why_it_cannot_link_as_a_member() {
    let authority = authority();
    let coordinator = bind(&identity(&authority, COORDINATOR), Guests::Welcome);
    let address = coordinator.local_addr().unwrap();
    let limits = quick();
    let (config, socket) = crate::tls::anonymous_member(&authority.fingerprint(), &limits);
    let dialled = crate::endpoint::dial(
        &socket,
        config,
        address,
        "c1.coordinator.pariksha.internal",
        &limits,
    );
    let (dialled, answered) = tokio::join!(dialled, answer(&coordinator));
    assert!(
        matches!(answered, Err(AcceptError::NotAMember { .. })),
        "{answered:?}"
    );
    let refusal = dialled.unwrap_err().to_string();
    assert!(refusal.contains("must join first"), "{refusal}");
}
