//! The listener, the page's headers, other origins, and the API's own description.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::node::{CANDIDATE, CODE, Node, send};
use crate::http::{BindError, HttpServer, Settings};

#[tokio::test]
async fn only_the_districts_other_nodes_may_call_across_origins() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let preflight = |origin: &'static str| {
        node.request(Method::OPTIONS, "/api/v1/attempt/responses")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
    };
    let peer = send(preflight("https://mumbai-2.example:8443")).await;
    assert_eq!(peer.status, StatusCode::NO_CONTENT);
    assert_eq!(
        peer.headers["access-control-allow-origin"],
        "https://mumbai-2.example:8443"
    );
    assert_eq!(
        peer.headers["access-control-allow-headers"],
        "authorization, content-type, if-none-match"
    );
    for origin in [
        "https://mumbai-1.example.evil:8443",
        "https://mumbai-2.example",
        "null",
    ] {
        let stranger = send(preflight(origin)).await;
        assert!(
            !stranger.headers.contains_key("access-control-allow-origin"),
            "{origin}"
        );
    }
    let refused = send(
        node.request(Method::GET, "/api/v1/sittings")
            .header("origin", "https://mumbai-2.example:8443"),
    )
    .await;
    assert_eq!(refused.problem(401), "not-signed-in");
    assert_eq!(
        refused.headers["access-control-allow-origin"],
        "https://mumbai-2.example:8443"
    );
    node.stop().await;
}

#[tokio::test]
async fn the_description_names_every_path_and_unknown_ones_are_problems() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let description = send(node.request(Method::GET, "/api/openapi.json")).await.ok();
    for (path, methods) in description["paths"].as_object().unwrap() {
        let path = path
            .replace("{id}", "1")
            .replace("{paper}", "1")
            .replace("{version}", "1");
        for method in methods.as_object().unwrap().keys() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let answer = send(node.request(method.clone(), &format!("/api/v1{path}"))).await;
            let slug = answer.body["type"].as_str().unwrap_or_default().to_owned();
            assert!(
                !slug.ends_with("not-found") && !slug.ends_with("not-allowed"),
                "{method} {path}: {slug}"
            );
        }
    }
    assert_eq!(
        send(node.request(Method::GET, "/api/v1/nothing"))
            .await
            .problem(404),
        "not-found"
    );
    assert_eq!(
        send(node.request(Method::GET, "/api/v1/sign-in"))
            .await
            .problem(405),
        "method-not-allowed"
    );
    assert_eq!(
        send(node.request(Method::GET, "/nothing.js")).await.problem(404),
        "not-found"
    );
    node.stop().await;
}

#[tokio::test]
async fn answers_about_candidates_are_never_cached_and_types_never_guessed() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let answer = node.sign_in(CANDIDATE, CODE).await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers["referrer-policy"], "no-referrer");
    node.stop().await;
}

#[tokio::test]
async fn the_page_is_served_with_a_strict_policy_and_compressed() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let page = send(node.request(Method::GET, "/").header("accept-encoding", "gzip")).await;
    if page.status == StatusCode::NOT_FOUND {
        eprintln!("no page was embedded: node/web is empty");
        return node.stop().await;
    }
    assert_eq!(page.headers["content-encoding"], "gzip");
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("script-src 'self';"),
        "{policy}"
    );
    assert!(
        policy.contains("connect-src 'self' https://mumbai-1.example:8443 https://mumbai-2.example:8443;")
    );
    assert_eq!(page.headers["cross-origin-opener-policy"], "same-origin");
    let module = send(node.request(Method::GET, "/js/timer.js")).await;
    let lines: Vec<&str> = module.body.as_str().unwrap().lines().collect();
    let source = include_str!("../../../web/js/timer.js");
    assert!(source.starts_with("//"), "the module has comments");
    for (served, written) in lines.iter().zip(source.lines()) {
        assert!(served.is_empty() || *served == written, "{served}");
    }
    assert_eq!(
        lines.len(),
        source.lines().count(),
        "every line stays where it is"
    );
    assert!(!lines.iter().any(|line| line.trim_start().starts_with("//")));
    let about_documents = [
        "content-security-policy",
        "referrer-policy",
        "cross-origin-opener-policy",
    ];
    assert!(
        !about_documents
            .iter()
            .any(|name| module.headers.contains_key(*name))
    );
    assert_eq!(module.headers["x-content-type-options"], "nosniff");
    let again = node
        .request(Method::GET, "/")
        .header("if-none-match", &page.headers["etag"]);
    assert_eq!(send(again).await.status, StatusCode::NOT_MODIFIED);
    node.stop().await;
}

#[tokio::test]
async fn a_sealed_paper_that_is_not_here_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let token = node.started().await;
    assert_eq!(node.get("papers/1/1", &token).await.problem(404), "no-paper");
    let sittings = node.get("sittings", &token).await.ok();
    assert_eq!(sittings["sittings"][0]["sealed"], json!(null));
    assert_eq!(sittings["sittings"][0]["released"], true);
    assert_eq!(sittings["sittings"][0]["state"], "started");
    assert!(node.feed.catalogue().district.is_some());
    node.stop().await;
}

#[tokio::test]
async fn plain_http_is_refused_for_other_machines() {
    let settings = Settings {
        plain_address: Some("0.0.0.0:0".parse().unwrap()),
        ..Settings::default()
    };
    let refused = HttpServer::bind_plain(&settings).await.err().unwrap();
    assert!(matches!(refused, BindError::NotLoopback(_)), "{refused}");
}
