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
async fn the_page_is_served_in_the_candidates_language_with_a_strict_policy() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let page = send(node.request(Method::GET, "/").header("accept-encoding", "gzip")).await;
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
    assert_eq!(page.headers["cache-control"], "no-cache");
    for (asked, told) in [
        ("mr-IN, en;q=0.5", "lang=\"mr\""),
        ("fr, hi;q=0.8", "lang=\"hi\""),
        ("fr", "lang=\"en\""),
    ] {
        let page = send(node.request(Method::GET, "/").header("accept-language", asked)).await;
        assert!(page.body.as_str().unwrap().contains(told), "{asked}");
    }
    let again = node
        .request(Method::GET, "/")
        .header("if-none-match", &page.headers["etag"]);
    assert_eq!(send(again).await.status, StatusCode::NOT_MODIFIED);
    node.stop().await;
}

#[tokio::test]
async fn files_of_the_page_are_compressed_and_never_asked_for_again() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let page = send(node.request(Method::GET, "/")).await;
    let text = page.body.as_str().unwrap();
    let start = text.split('"').find(|part| part.ends_with("/js/app.js")).unwrap();
    let home = start.strip_suffix("js/app.js").unwrap();
    for (accepted, coding) in [("gzip, br", Some("br")), ("gzip", Some("gzip")), ("br;q=0", None)] {
        let module = send(
            node.request(Method::GET, start)
                .header("accept-encoding", accepted),
        )
        .await;
        let told = module
            .headers
            .get("content-encoding")
            .map(|value| value.to_str().unwrap());
        assert_eq!(told, coding, "{accepted}");
        assert!(
            module.headers["cache-control"]
                .to_str()
                .unwrap()
                .contains("immutable")
        );
        assert_eq!(module.headers["x-content-type-options"], "nosniff");
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
    }
    let module = send(node.request(Method::GET, &format!("{home}js/district/timer.js"))).await;
    let lines: Vec<&str> = module.body.as_str().unwrap().lines().collect();
    let source = include_str!("../../../web/js/district/timer.js");
    assert!(source.starts_with("//"), "the module has comments");
    for (served, written) in lines.iter().zip(source.lines()) {
        assert!(served.is_empty() || *served == written.trim(), "{served}");
    }
    assert_eq!(
        lines.len(),
        source.lines().count(),
        "every line stays where it is"
    );
    assert!(!lines.iter().any(|line| line.trim_start().starts_with("//")));
    for missing in [
        "/js/app.js",
        "/v/000000000000/js/app.js",
        &format!("{home}js/none.js"),
    ] {
        assert_eq!(
            send(node.request(Method::GET, missing)).await.status,
            StatusCode::NOT_FOUND,
            "{missing}"
        );
    }
    let posted = send(node.request(Method::POST, start)).await;
    assert_eq!(posted.status, StatusCode::METHOD_NOT_ALLOWED);
    node.stop().await;
}

#[tokio::test]
async fn the_service_worker_knows_its_version_and_files() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let page = send(node.request(Method::GET, "/")).await;
    let text = page.body.as_str().unwrap();
    let start = text.split('"').find(|part| part.ends_with("/js/app.js")).unwrap();
    let version = start.split('/').nth(2).unwrap();
    let worker = send(node.request(Method::GET, "/sw.js")).await;
    let source = worker.body.as_str().unwrap();
    assert!(
        source.contains(&format!("\"{version}\"")) && source.contains("js/app.js"),
        "{source}"
    );
    assert!(!source.contains("%VERSION%") && !source.contains("%FILES%"));
    assert_eq!(worker.headers["cache-control"], "no-cache");
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
