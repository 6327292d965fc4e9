//! Joining at a coordinator that issues real certificates.

use link::{Accepted, CertificateAuthority, Endpoint, Guests, Validity};
use protocol::hash::Hash;
use tokio::task::JoinSet;

use super::*;
use crate::testbed::{Cluster, local, now};

/// Answers one guest: welcomes the secret of sevens, refuses any other.
fn answer_one(cluster: &Cluster) -> (Endpoint, JoinSet<()>) {
    let identity = cluster.identity(PeerName::Coordinator(1));
    let endpoint = Endpoint::bind(local(0), &identity, Guests::Welcome, Limits::default()).unwrap();
    let authority =
        CertificateAuthority::from_pem(cluster.authority.certificate_pem(), &cluster.authority.key_pem())
            .unwrap();
    let mut tasks = JoinSet::new();
    let listener = endpoint.clone();
    tasks.spawn(async move {
        let Ok(Accepted::Guest(guest)) = listener.accept().await.unwrap().establish().await else {
            panic!("a guest was expected");
        };
        let mut stream = guest.accept_stream().await.unwrap();
        let request: JoinRequest = stream.recv_message().await.unwrap().unwrap();
        let answer = if request.secret == [7; 16] {
            welcome(&authority, &request)
        } else {
            refusal()
        };
        stream.send_message(&answer).await.unwrap();
        guest.closed().await;
    });
    (endpoint, tasks)
}

fn refusal() -> JoinAnswer {
    JoinAnswer::Refused("the token was used already".into())
}

fn welcome(authority: &CertificateAuthority, request: &JoinRequest) -> JoinAnswer {
    let pem = |der: &[u8]| {
        use base64::Engine;
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        format!("-----BEGIN CERTIFICATE REQUEST-----\n{text}\n-----END CERTIFICATE REQUEST-----\n")
    };
    let validity = Validity::leaf(now());
    JoinAnswer::Joined(Box::new(Joined {
        newcomer: request.newcomer,
        name: "pune-1".into(),
        district: DistrictId(3),
        link_certificate: authority
            .issue(PeerName::Node(12), &pem(&request.link_csr), validity)
            .unwrap(),
        https_certificate: authority
            .issue_https(&request.https_names, &pem(&request.https_csr), validity)
            .unwrap(),
        ca_certificate: authority.certificate_pem().to_owned(),
        coordinators: vec![(CoordinatorId(1), "c1.example:7400".into())],
        credentials: None,
    }))
}

fn request(data: &Path, token: &JoinToken, coordinators: Vec<String>) -> Request {
    Request {
        data: data.to_owned(),
        token: token.to_string(),
        coordinators,
        link_address: "127.0.0.1:7411".into(),
        public_url: "https://pune-1.example:8443".into(),
        https_names: vec!["pune-1.example".into(), "127.0.0.1".into()],
    }
}

fn token(cluster: &Cluster, secret: u8) -> JoinToken {
    let fingerprint = Hash(*cluster.authority.fingerprint().as_bytes());
    JoinToken {
        newcomer: Newcomer::Node(NodeId(12)),
        secret: [secret; 16],
        ca_fingerprint: fingerprint,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_joined_has_everything_that_it_needs() {
    let (cluster, directory) = (Cluster::new(), tempfile::tempdir().unwrap());
    let (endpoint, _tasks) = answer_one(&cluster);
    let addresses = vec![
        "127.0.0.1:9".to_owned(),
        endpoint.local_addr().unwrap().to_string(),
    ];
    let limits = Limits {
        handshake_timeout_ms: 300,
        ..Limits::default()
    };
    let request = request(directory.path(), &token(&cluster, 7), addresses);
    let joined = join(&request, &limits, |welcome| format!("# {}\n", welcome.name))
        .await
        .unwrap();
    assert_eq!(
        (joined.node, joined.name.as_str(), joined.district),
        (NodeId(12), "pune-1", DistrictId(3))
    );
    let identity = directory.path().join(IDENTITY_DIRECTORY);
    assert_eq!(Identity::load(&identity).unwrap().name(), PeerName::Node(12));
    load_signing_key(&identity).unwrap();
    let read = |name: &str| fs::read_to_string(identity.join(name)).unwrap();
    link::https::server_config(&read(HTTPS_CERTIFICATE_FILE), &read(HTTPS_KEY_FILE)).unwrap();
    assert_eq!(
        fs::read_to_string(directory.path().join(CONFIGURATION_FILE)).unwrap(),
        "# pune-1\n"
    );
    let again = join(&request, &limits, |_| String::new()).await;
    assert!(matches!(again, Err(JoinError::JoinedAlready(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_why_and_leaves_no_identity() {
    let (cluster, directory) = (Cluster::new(), tempfile::tempdir().unwrap());
    let (endpoint, _tasks) = answer_one(&cluster);
    let request = request(
        directory.path(),
        &token(&cluster, 8),
        vec![endpoint.local_addr().unwrap().to_string()],
    );
    let error = join(&request, &Limits::default(), |_| String::new())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("used already"), "{error}");
    assert!(Identity::load(&directory.path().join(IDENTITY_DIRECTORY)).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_clusters_coordinator_is_not_told_the_secret() {
    let (cluster, other, directory) = (Cluster::new(), Cluster::new(), tempfile::tempdir().unwrap());
    let (endpoint, _tasks) = answer_one(&other);
    let request = request(
        directory.path(),
        &token(&cluster, 7),
        vec![endpoint.local_addr().unwrap().to_string()],
    );
    let error = join(&request, &Limits::default(), |_| String::new())
        .await
        .unwrap_err();
    assert!(matches!(error, JoinError::Unreachable(_)), "{error}");
}
