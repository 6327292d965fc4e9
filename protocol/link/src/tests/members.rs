//! Members link, and nobody else does.

use std::time::Duration;

use bytes::Bytes;

use super::*;
use crate::{DatagramError, MEMBER_PROTOCOLS};

#[tokio::test]
async fn two_members_talk_and_know_each_other_by_certificate() {
    let two = Two::bound();
    let (dialled, answered) = two.linked().await;
    assert_eq!(dialled.peer(), COORDINATOR);
    assert_eq!(answered.peer(), NODE);
    assert_eq!(dialled.protocol_version(), 3);
    assert!(MEMBER_PROTOCOLS[0].ends_with("/3"));
    assert_eq!(answered.remote_address(), two.node.local_addr().unwrap());
    assert!(dialled.rtt() < Duration::from_secs(1));

    let mut asking = dialled.open().await.unwrap();
    asking.send(b"question").await.unwrap();
    let mut answering = answered.accept_stream().await.unwrap();
    assert_eq!(answering.recv().await.unwrap().unwrap(), "question");
    answering.send(b"answer").await.unwrap();
    answering.finish().unwrap();
    assert_eq!(asking.recv().await.unwrap().unwrap(), "answer");
    assert_eq!(asking.recv().await.unwrap(), None);

    // The answering side opens streams just as well.
    let mut back = answered.open().await.unwrap();
    back.send(b"news").await.unwrap();
    assert_eq!(
        dialled
            .accept_stream()
            .await
            .unwrap()
            .recv()
            .await
            .unwrap()
            .unwrap(),
        "news"
    );

    assert!(dialled.close_reason().is_none());
    dialled.close("enough");
    assert_eq!(answered.closed().await, Closed::ByPeer("enough".to_owned()));
    assert_eq!(dialled.close_reason(), Some(Closed::Here));
}

#[tokio::test]
async fn another_clusters_certificate_is_refused_by_the_dialling_side() {
    let (ours, theirs) = (authority(), authority());
    let node = bind(&identity(&ours, NODE), Guests::Refused);
    let foreign = bind(&identity(&theirs, COORDINATOR), Guests::Refused);
    let (dialled, answered) = attempt(&node, &foreign, Expect::Exactly(COORDINATOR)).await;
    assert!(matches!(refused_to_dialler(dialled), Closed::RefusedHere(_)));
    assert!(matches!(refused_to_answerer(answered), Closed::RefusedByPeer(_)));
}

#[tokio::test]
async fn another_clusters_certificate_is_refused_by_the_answering_side() {
    let (ours, theirs) = (authority(), authority());
    let coordinator = bind(&identity(&ours, COORDINATOR), Guests::Refused);
    // It trusts our CA, as an attacker would, but its certificate is signed by another.
    let foreign = identity(&theirs, NODE).trusting(ours.certificate_pem());
    let intruder = bind(&foreign, Guests::Refused);
    let (dialled, answered) = attempt(&intruder, &coordinator, Expect::Exactly(COORDINATOR)).await;
    assert!(matches!(refused_to_dialler(dialled), Closed::RefusedByPeer(_)));
    assert!(matches!(refused_to_answerer(answered), Closed::RefusedHere(_)));
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let authority = authority();
    let long_ago = now() - Duration::from_secs(500 * 24 * 3600);
    let old = Validity {
        not_before: long_ago,
        not_after: now() - Duration::from_secs(60),
    };
    let expired = identity_for(&authority, NODE, old);
    let coordinator = bind(&identity(&authority, COORDINATOR), Guests::Refused);
    let node = bind(&expired, Guests::Refused);
    let (dialled, answered) = attempt(&node, &coordinator, Expect::AnyCoordinator).await;
    assert!(dialled.is_err());
    let refusal = answered.unwrap_err().to_string();
    assert!(refusal.contains("expired"), "{refusal}");
}

#[tokio::test]
async fn a_member_that_was_not_expected_is_refused_by_name() {
    let Two {
        node, coordinator, ..
    } = Two::bound();
    for expected in [
        Expect::Exactly(PeerName::Coordinator(2)),
        Expect::Exactly(PeerName::Node(1)),
        Expect::AnyNode,
    ] {
        let (dialled, answered) = attempt(&node, &coordinator, expected).await;
        let refusal = dialled.unwrap_err().to_string();
        assert!(
            refusal.contains("c1.coordinator.pariksha.internal answered"),
            "{refusal}"
        );
        assert!(answered.is_err());
    }
    let (dialled, _answered) = attempt(&node, &coordinator, Expect::AnyCoordinator).await;
    assert_eq!(dialled.unwrap().peer(), COORDINATOR);
    let (dialled, _answered) = attempt(&coordinator, &node, Expect::AnyNode).await;
    assert_eq!(dialled.unwrap().peer(), NODE);
}

#[tokio::test]
async fn nobody_at_the_address_is_reported_within_the_handshake_timeout() {
    let authority = authority();
    let limits = Limits {
        handshake_timeout_ms: 300,
        ..quick()
    };
    let node = Endpoint::bind(local(0), &identity(&authority, NODE), Guests::Refused, limits).unwrap();
    // Bound and never answering, so that no one else can take the port.
    let silent = std::net::UdpSocket::bind(local(0)).unwrap();
    let refusal = node
        .connect(silent.local_addr().unwrap(), Expect::AnyCoordinator)
        .await
        .unwrap_err();
    assert!(
        matches!(
            refusal,
            ConnectError::Unanswered {
                milliseconds: 300,
                ..
            }
        ),
        "{refusal}"
    );
}

#[tokio::test]
async fn a_busy_port_gets_a_sentence_that_says_so() {
    let authority = authority();
    let node = bind(&identity(&authority, NODE), Guests::Refused);
    let taken = node.local_addr().unwrap();
    let refusal = Endpoint::bind(taken, &identity(&authority, NODE), Guests::Refused, quick());
    assert!(
        refusal
            .unwrap_err()
            .to_string()
            .contains("another process may use it")
    );
}

#[tokio::test]
async fn datagrams_arrive_and_those_that_do_not_fit_are_refused() {
    let two = Two::bound();
    let (dialled, answered) = two.linked().await;
    let size = dialled.max_datagram_size().unwrap();
    assert!(size >= 1000, "gossip needs room: {size}");
    dialled.send_datagram(Bytes::from(vec![7; 1000])).unwrap();
    assert_eq!(answered.read_datagram().await.unwrap(), vec![7; 1000]);
    answered.send_datagram(Bytes::from_static(b"pong")).unwrap();
    assert_eq!(dialled.read_datagram().await.unwrap(), "pong");
    let refusal = dialled.send_datagram(Bytes::from(vec![0; 100_000])).unwrap_err();
    assert!(matches!(refusal, DatagramError::TooLarge { bytes: 100_000, .. }));
    dialled.close("enough");
    assert!(answered.read_datagram().await.is_err());
}

#[tokio::test]
async fn a_member_links_again_after_its_peer_restarted() {
    let Two {
        authority,
        coordinator: first,
        node,
    } = Two::bound();
    let address = first.local_addr().unwrap();
    let (dialled, answered) = linked(&node, &first).await;
    first.shutdown().await;
    assert!(matches!(dialled.closed().await, Closed::ByPeer(_)));
    assert!(first.accept().await.is_none());
    drop((answered, first));

    let name = identity(&authority, COORDINATOR);
    let mut backoff = crate::Backoff::default();
    let second = loop {
        // The socket closes when its driver has noticed that nobody holds it.
        match Endpoint::bind(address, &name, Guests::Refused, quick()) {
            Ok(endpoint) => break endpoint,
            Err(_) => tokio::time::sleep(backoff.next(0)).await,
        }
        assert!(backoff.failures() < 100, "the port was never freed");
    };
    let (dialled, _answered) = linked(&node, &second).await;
    assert_eq!(dialled.peer(), COORDINATOR);
}

#[tokio::test]
async fn an_idle_link_is_kept_alive() {
    let two = Two::bound();
    let (dialled, _answered) = two.linked().await;
    // Longer than the idle timeout of two seconds: the keep-alive holds the link.
    let idle = tokio::time::timeout(Duration::from_secs(3), dialled.closed()).await;
    assert!(idle.is_err(), "an idle link ended: {idle:?}");
}

#[tokio::test]
async fn a_peer_that_fell_silent_is_noticed_within_the_idle_timeout() {
    let authority = authority();
    let name = identity(&authority, COORDINATOR);
    let node = bind(&identity(&authority, NODE), Guests::Refused);
    let (tell_address, address) = tokio::sync::oneshot::channel();
    let (release, wait) = std::sync::mpsc::sync_channel::<()>(1);
    let peer = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let _held = runtime.block_on(async {
            let coordinator = bind(&name, Guests::Refused);
            tell_address.send(coordinator.local_addr().unwrap()).unwrap();
            let accepted = answer(&coordinator).await.unwrap();
            // The word of admission leaves before the runtime stands still.
            let Accepted::Member(member) = &accepted else {
                panic!("a member dials")
            };
            member.accept_stream().await.unwrap();
            (coordinator, accepted)
        });
        // Nothing runs from here on, like a process under SIGSTOP; the socket stays open.
        wait.recv().unwrap();
    });
    let dialled = node
        .connect(address.await.unwrap(), Expect::AnyCoordinator)
        .await
        .unwrap();
    dialled.open().await.unwrap().send(b"stop").await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(20), dialled.closed()).await;
    assert_eq!(ended, Ok(Closed::TimedOut));
    release.send(()).unwrap();
    peer.join().unwrap();
}

#[tokio::test]
async fn a_renewed_identity_is_used_for_new_links_while_open_ones_stay() {
    let two = Two::bound();
    let (old, _old_answered) = two.linked().await;
    two.coordinator
        .renew(&identity(&two.authority, COORDINATOR))
        .unwrap();
    two.node.renew(&identity(&two.authority, NODE)).unwrap();
    let (new, _new_answered) = two.linked().await;
    assert_eq!(new.peer(), COORDINATOR);
    assert!(old.close_reason().is_none());
}

#[tokio::test]
async fn links_beyond_the_limit_are_refused() {
    let authority = authority();
    let limits = Limits {
        connections_max: 2,
        ..quick()
    };
    let name = identity(&authority, COORDINATOR);
    let coordinator = Endpoint::bind(local(0), &name, Guests::Refused, limits).unwrap();
    let node = bind(&identity(&authority, NODE), Guests::Refused);
    let first = linked(&node, &coordinator).await;
    let second = linked(&node, &coordinator).await;
    let third = tokio::select! {
        outcome = node.connect(coordinator.local_addr().unwrap(), Expect::AnyCoordinator) => outcome,
        _ = answer(&coordinator) => panic!("a link too many was accepted"),
    };
    assert!(matches!(third, Err(ConnectError::Refused { .. })), "{third:?}");
    drop((first, second));
}
