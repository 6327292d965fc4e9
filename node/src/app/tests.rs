//! The whole node, started and stopped: HTTPS under its own certificate, the operator port, its log over a restart.

use std::path::Path;

use daemon::SystemClock;
use link::{CertificateAuthority, PrivateKey, Validity};

use super::*;
use crate::testbed::now;

/// What `join` would have written.
fn joined(directory: &Path, authority: &CertificateAuthority) -> DataDirectory {
    let data = DataDirectory(directory.to_owned());
    let key = PrivateKey::generate().unwrap();
    let request = key.signing_request().unwrap();
    let pem = authority
        .issue(PeerName::Node(3), &request, Validity::leaf(now()))
        .unwrap();
    Identity::new(&pem, key, authority.certificate_pem())
        .unwrap()
        .save(&data.identity())
        .unwrap();
    let key = PrivateKey::generate().unwrap();
    let names = ["localhost".to_owned()];
    let request = key.signing_request().unwrap();
    let pem = authority
        .issue_https(&names, &request, Validity::leaf(now()))
        .unwrap();
    std::fs::write(data.identity().join("https.crt"), pem).unwrap();
    std::fs::write(data.identity().join("https.key"), key.to_pem()).unwrap();
    std::fs::write(data.identity().join("signing.key"), hex::encode([7; 32])).unwrap();
    data
}

fn settings() -> NodeSettings {
    let local = "127.0.0.1:0".parse().unwrap();
    let mut settings = NodeSettings::default();
    settings.http.https_address = local;
    settings.http.plain_address = Some(local);
    settings.operator.address = local;
    settings.link.address = local;
    settings
}

async fn start(data: &DataDirectory, settings: &NodeSettings) -> Result<App> {
    App::start(data, settings, Arc::new(SystemClock), CancellationToken::new()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_serves_https_and_its_operator_port_and_stops_cleanly() {
    let directory = tempfile::tempdir().unwrap();
    let authority = CertificateAuthority::generate("test", now()).unwrap();
    let data = joined(directory.path(), &authority);
    let app = start(&data, &settings()).await.unwrap();
    let addresses = app.addresses();
    let root = reqwest::Certificate::from_pem(authority.certificate_pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([root])
        .build()
        .unwrap();
    let url = format!(
        "https://localhost:{}/api/openapi.json",
        addresses.https.unwrap().port()
    );
    let description: serde_json::Value = client.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(description["openapi"], "3.1.0");
    let status = |path: &str| client.get(format!("http://{}/{path}", addresses.operator)).send();
    assert_eq!(status("healthz").await.unwrap().status(), 200);
    assert_eq!(
        status("readyz").await.unwrap().status(),
        503,
        "it never heard from the centre"
    );
    let report: status::Report = status("status").await.unwrap().json().await.unwrap();
    assert_eq!((report.node.id, report.log.head), (NodeId(3), Sequence(0)));
    assert!(
        status("metrics")
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
            .contains("pariksha_node_http_requests_total")
    );
    drop(client);
    app.tasks.shutdown_token().cancel();
    let outcome = app.run().await;
    assert!(outcome.is_clean(), "{outcome:?}");

    let app = start(&data, &settings()).await.unwrap();
    app.tasks.shutdown_token().cancel();
    assert!(app.run().await.is_clean());
    let entries = std::fs::read_dir(data.log()).unwrap();
    let lives = entries
        .filter(|entry| entry.as_ref().unwrap().path().is_dir())
        .count();
    assert_eq!(lives, 1, "the same life of the log goes on");
}

#[tokio::test]
async fn a_machine_that_never_joined_and_a_busy_port_are_told_in_a_sentence() {
    let directory = tempfile::tempdir().unwrap();
    let empty = DataDirectory(directory.path().join("empty"));
    let error = start(&empty, &settings()).await.err().unwrap();
    assert!(error.to_string().contains("has not joined"), "{error}");

    let authority = CertificateAuthority::generate("test", now()).unwrap();
    let data = joined(&directory.path().join("node"), &authority);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut busy = settings();
    busy.http.https_address = taken.local_addr().unwrap();
    let error = start(&data, &busy).await.err().unwrap();
    assert!(
        error.to_string().contains("another process may use it"),
        "{error}"
    );
}
