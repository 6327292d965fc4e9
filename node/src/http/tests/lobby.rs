//! The list of sittings while a candidate waits: told once, then only when it has changed, and when to look again.

use protocol::{
    feed::{Document, FeedEntry},
    ids::Revision,
    time::Instant,
};
use reqwest::{Method, StatusCode};

use super::node::{Answer, CANDIDATE, CODE, HOUR_MS, Node, OPENS, documents, send};
use crate::http::Settings;

async fn look(node: &Node, token: &str, tag: &str) -> Answer {
    let request = node.request(Method::GET, "/api/v1/sittings").bearer_auth(token);
    send(request.header("if-none-match", tag)).await
}

fn tag(answer: &Answer) -> String {
    answer.headers["etag"].to_str().unwrap().to_owned()
}

/// The sitting, opening then.
fn sitting(opens: i64) -> Document {
    let found = documents().into_iter().find_map(|document| match document {
        Document::Sitting(sitting) => Some(sitting),
        _ => None,
    });
    let mut sitting = found.unwrap();
    (sitting.opens, sitting.closes) = (Instant(opens), Instant(opens + 2 * HOUR_MS));
    Document::Sitting(sitting)
}

/// The centre sends a document.
fn told(node: &Node, document: Document) {
    let revision = Revision(node.feed.catalogue().revision.0 + 1);
    node.feed.store(vec![FeedEntry { revision, document }]).unwrap();
}

#[tokio::test]
async fn a_page_that_knows_the_list_is_told_only_what_has_changed() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let signed_in = node.sign_in(CANDIDATE, CODE).await.ok();
    let token = signed_in["token"].as_str().unwrap();
    // Open and released, but the sealed paper is not here: soon again.
    let wait_ms = signed_in["look_again_ms"].as_u64().unwrap();
    assert!((12_000..=15_000).contains(&wait_ms), "{wait_ms}");
    let first = look(&node, token, "").await;
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(first.body["sittings"][0]["state"], "open");
    let again = look(&node, token, &tag(&first)).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert_eq!(again.body, "");
    assert_eq!(again.headers["server-time-ms"], OPENS.to_string().as_str());
    let wait_ms: u64 = again.headers["look-again-ms"].to_str().unwrap().parse().unwrap();
    assert!((12_000..=15_000).contains(&wait_ms), "{wait_ms}");

    told(&node, sitting(OPENS + HOUR_MS));
    let postponed = look(&node, token, &tag(&first)).await;
    assert_eq!(postponed.status, StatusCode::OK);
    assert_eq!(postponed.body["sittings"][0]["opens"], OPENS + HOUR_MS);
    let wait_ms = postponed.body["look_again_ms"].as_u64().unwrap();
    assert!((48_000..=60_000).contains(&wait_ms), "{wait_ms}");
    told(&node, sitting(OPENS));
    let back = look(&node, token, &tag(&postponed)).await;
    assert_eq!(back.body["sittings"][0]["state"], "open");

    node.post("sittings/1/start", token, &serde_json::json!({}))
        .await
        .ok();
    let started = look(&node, token, &tag(&back)).await;
    assert_eq!(started.body["sittings"][0]["state"], "started");
    node.stop().await;
}

#[tokio::test]
async fn the_list_changes_when_the_time_has_come() {
    let directory = tempfile::tempdir().unwrap();
    let mut early = documents();
    early.push(sitting(OPENS + 60_000));
    let node = Node::start(directory.path().to_owned(), Settings::default(), early).await;
    let token = node.sign_in(CANDIDATE, CODE).await.ok()["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let waiting = look(&node, &token, "").await;
    assert_eq!(waiting.body["sittings"][0]["state"], "waiting");
    node.clock.advance(std::time::Duration::from_secs(61));
    let open = look(&node, &token, &tag(&waiting)).await;
    assert_eq!(open.body["sittings"][0]["state"], "open");
    node.stop().await;
}
