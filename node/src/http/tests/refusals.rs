//! What candidates are told when something is not right.

use protocol::{feed::Document, time::Instant};
use reqwest::Method;
use serde_json::json;

use super::node::{CANDIDATE, CODE, HOUR_MS, KEY, Node, OPENS, documents, send};
use crate::{
    attempts::NotUnlocked,
    http::{Settings, limiter},
};

#[tokio::test]
async fn a_wrong_number_and_a_wrong_code_are_told_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let wrong_code = node.sign_in(CANDIDATE, "AAAA-AAAA-AAAA-AAAA").await;
    let wrong_number = node.sign_in(1, CODE).await;
    assert_eq!(wrong_code.problem(401), "sign-in-refused");
    assert_eq!(wrong_code.body, wrong_number.body);
    node.stop().await;
}

#[tokio::test]
async fn a_missing_a_forged_an_expired_and_a_sign_ins_token_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let bare = send(node.request(Method::GET, "/api/v1/sittings")).await;
    assert_eq!(bare.problem(401), "not-signed-in");
    assert_eq!(bare.headers["www-authenticate"], "Bearer");
    assert_eq!(
        node.get("sittings", "v4.local.AAAA").await.problem(401),
        "token-invalid"
    );
    let signed_in = node.sign_in(CANDIDATE, CODE).await.ok();
    let token = signed_in["token"].as_str().unwrap();
    assert_eq!(node.get("attempt", token).await.problem(401), "token-invalid");
    node.clock
        .advance(std::time::Duration::from_millis(13 * HOUR_MS as u64));
    assert_eq!(node.get("sittings", token).await.problem(401), "token-expired");
    node.stop().await;
}

#[tokio::test]
async fn a_start_waits_for_the_window_and_the_release() {
    let directory = tempfile::tempdir().unwrap();
    let sealed = documents()
        .into_iter()
        .filter(|document| !matches!(document, Document::Release(_)));
    let node = Node::start(directory.path().to_owned(), Settings::default(), sealed.collect()).await;
    let signed_in = node.sign_in(CANDIDATE, CODE).await.ok();
    let token = signed_in["token"].as_str().unwrap();
    let refused = node.post("sittings/1/start", token, &json!({})).await;
    assert_eq!(refused.problem(409), "not-released");
    assert_eq!(refused.body["retry_after_ms"], 3000);
    assert_eq!(refused.headers["retry-after"], "3");
    assert_eq!(
        node.post("sittings/9/start", token, &json!({}))
            .await
            .problem(404),
        "no-such-sitting"
    );
    node.stop().await;
}

#[tokio::test]
async fn a_second_device_moves_once_the_invigilator_unlocked_it_and_the_first_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let first = node.started().await;
    let body = json!({ "candidate": CANDIDATE, "access_code": CODE, "device": 88 });
    let signed_in = node.post("sign-in", "", &body).await.ok();
    let token = signed_in["token"].as_str().unwrap();
    assert_eq!(
        node.post("sittings/1/start", token, &json!({}))
            .await
            .problem(409),
        "open-elsewhere"
    );
    let moves = json!({ "move": true });
    let locked = node.post("sittings/1/start", token, &moves).await;
    assert_eq!(locked.problem(409), "unlock-needed");
    assert_eq!(locked.body["retry_after_ms"], 6000);
    let words = locked.body["detail"].as_str().unwrap();
    assert!(words.ends_with("pariksha-node attempt unlock 27001"), "{words}");
    let until = node.attempts.unlock(KEY).unwrap();
    assert_eq!(until, Instant(OPENS + 600_000));
    let moved = node.post("sittings/1/start", token, &moves).await.ok();
    assert_eq!(moved["epoch"], json!({ "number": 2, "device": 88 }));
    let old = json!({ "responses": [{ "item": 1, "seq": 1, "response": { "choice": 1 } }] });
    let saved = node.post("attempt/responses", &first, &old).await.ok();
    assert_eq!(saved["epoch_current"], false);
    assert_eq!(saved["acknowledged"][0]["state"], "saved", "it is kept");
    node.stop().await;
}

#[tokio::test]
async fn what_is_unlocked_serves_one_move_for_ten_minutes_and_is_not_needed_where_nothing_moves() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    assert_eq!(node.attempts.unlock(KEY), Err(NotUnlocked::NotBegun));
    let moves = json!({ "move": true });
    let sign_in = async |device: u32| {
        let body = json!({ "candidate": CANDIDATE, "access_code": CODE, "device": device });
        let signed_in = node.post("sign-in", "", &body).await.ok();
        signed_in["token"].as_str().unwrap().to_owned()
    };
    let (first, second, third) = (sign_in(77).await, sign_in(88).await, sign_in(99).await);
    let start = async |token: &str| node.post("sittings/1/start", token, &moves).await;
    start(&first).await.ok();
    node.attempts.unlock(KEY).unwrap();
    start(&first).await.ok();
    start(&second).await.ok();
    start(&second).await.ok();
    assert_eq!(start(&third).await.problem(409), "unlock-needed", "one move");
    assert_eq!(start(&first).await.problem(409), "unlock-needed", "nor back");
    node.attempts.unlock(KEY).unwrap();
    node.clock.advance(std::time::Duration::from_secs(600));
    assert_eq!(start(&third).await.problem(409), "unlock-needed", "ten minutes");
    node.attempts.unlock(KEY).unwrap();
    let (one, other) = tokio::join!(start(&third), start(&first));
    let moved = [&one, &other].map(|answer| answer.status.as_u16());
    assert!(
        moved == [200, 409] || moved == [409, 200],
        "one of two: {moved:?}"
    );
    node.clock
        .advance(std::time::Duration::from_millis(HOUR_MS as u64));
    assert!(node.attempts.unlock(KEY).is_err(), "its time is over");
    node.stop().await;
}

#[tokio::test]
async fn each_response_that_does_not_fit_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let token = node.started().await;
    let body = json!({ "responses": [
        { "item": 9, "seq": 1, "response": { "choice": 1 } },
        { "item": 1, "seq": 2, "response": { "choice": 5 } }
    ] });
    let refused = node.post("attempt/responses", &token, &body).await;
    assert_eq!(refused.problem(422), "responses-refused");
    assert_eq!(refused.body["refused"][0]["problem"], "unknown-item");
    assert_eq!(refused.body["refused"][1]["problem"], "invalid-response");
    assert_eq!(
        refused.body["refused"][1]["detail"],
        "item 1 has no option 5; its options are 1 to 4"
    );
    let mixed = json!({ "responses": [
        { "item": 1, "seq": 3, "response": { "choice": 4 } },
        { "item": 1, "seq": 3, "response": { "choice": 3 } }
    ] });
    let saved = node.post("attempt/responses", &token, &mixed).await.ok();
    assert_eq!(saved["acknowledged"].as_array().unwrap().len(), 1);
    assert_eq!(saved["refused"][0]["problem"], "sequence-reused");
    for body in [json!({ "responses": [] }), json!({}), json!("x")] {
        assert_eq!(
            node.post("attempt/responses", &token, &body).await.problem(400),
            "bad-request"
        );
    }
    node.stop().await;
}

#[tokio::test]
async fn a_digest_that_differs_gets_what_the_node_holds() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let token = node.started().await;
    let body = json!({ "responses": [{ "item": 1, "seq": 1, "response": { "choice": 1 } }] });
    node.post("attempt/responses", &token, &body).await.ok();
    let submission = json!({ "submission": "00000000000000000000000000000001", "digest": "00".repeat(32) });
    let refused = node.post("attempt/submit", &token, &submission).await;
    assert_eq!(refused.problem(409), "digest-differs");
    assert_eq!(refused.body["responses"][0]["response"], json!({ "choice": 1 }));
    assert_eq!(refused.body["expected"].as_str().unwrap().len(), 64);
    node.stop().await;
}

#[tokio::test]
async fn an_altered_receipt_is_not_valid() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let token = node.started().await;
    let digest = protocol::hash::Hash::sha256(b"").to_string();
    let submission = json!({ "submission": "00000000000000000000000000000001", "digest": digest });
    let mut receipt = node.post("attempt/submit", &token, &submission).await.ok()["receipt"].clone();
    receipt["receipt"]["answered"] = json!(3);
    let checked = node
        .post("receipts/check", "", &json!({ "receipt": receipt }))
        .await
        .ok();
    assert_eq!(checked["signature"], "invalid");
    receipt["receipt"]["log"] = json!("nonsense");
    let refused = node
        .post("receipts/check", "", &json!({ "receipt": receipt }))
        .await;
    assert_eq!(refused.problem(400), "bad-request");
    node.stop().await;
}

#[tokio::test]
async fn bodies_and_rates_are_bounded() {
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings {
        rates: limiter::Settings {
            sign_in_per_candidate: 2,
            start: 1,
            ..limiter::Settings::default()
        },
        ..Settings::default()
    };
    let node = Node::start(directory.path().to_owned(), settings, documents()).await;
    let token = node.started().await;
    let refused = node.post("sittings/1/start", &token, &json!({})).await;
    assert_eq!(refused.problem(429), "too-many-requests");
    assert!(
        refused.headers["retry-after"]
            .to_str()
            .unwrap()
            .parse::<u64>()
            .unwrap()
            >= 50
    );
    node.sign_in(CANDIDATE, CODE).await.ok();
    assert_eq!(
        node.sign_in(CANDIDATE, CODE).await.problem(429),
        "too-many-requests"
    );
    let huge = json!({ "responses": [], "filler": "x".repeat(64 * 1024) });
    assert_eq!(
        node.post("attempt/responses", &token, &huge).await.problem(413),
        "too-large"
    );
    node.stop().await;
}

#[tokio::test]
async fn a_node_that_never_heard_from_the_centre_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::start(directory.path().to_owned(), Settings::default(), vec![]).await;
    assert_eq!(node.sign_in(CANDIDATE, CODE).await.problem(503), "not-ready");
    assert_eq!(node.attempts.when().at.0, OPENS);
    node.stop().await;
}
