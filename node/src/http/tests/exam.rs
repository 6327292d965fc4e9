//! The way of one exam: sign in, start, save, read back, submit, receipt; over a restart, and past the deadline.

use std::sync::atomic::Ordering;

use base64::{Engine, engine::general_purpose::STANDARD};
use protocol::hash::Hash;
use serde_json::{Value, json};

use super::node::{CANDIDATE, HOUR_MS, Node, OPENS, PAPER_KEY};

fn responses() -> Value {
    json!({ "responses": [
        { "item": 1, "seq": 1, "response": { "choice": 2 }, "marked": false },
        { "item": 2, "seq": 2, "response": { "choices": [1, 3] }, "marked": true },
        { "item": 3, "seq": 3, "response": { "number": "3.5" } },
        { "item": 1, "seq": 4, "response": null }
    ] })
}

fn digest() -> String {
    Hash::sha256(b"2:m1,3\n3:n3.5\n").to_string()
}

/// The items of an attempt, and whether the centre has what was given for them.
fn delivered(attempt: &Value) -> Vec<(u64, bool)> {
    let responses = attempt["responses"].as_array().unwrap().iter();
    responses
        .map(|one| (one["item"].as_u64().unwrap(), one["delivered"].as_bool().unwrap()))
        .collect()
}

#[tokio::test]
async fn a_candidate_sits_an_exam_and_keeps_a_receipt() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let signed_in = node.sign_in(CANDIDATE, "abcd efgh jklm npqr").await.ok();
    assert_eq!(signed_in["candidate"]["name"], "Kolhapur Satara");
    assert_eq!(signed_in["nodes"][1]["url"], "https://mumbai-2.example:8443");
    assert_eq!(signed_in["sittings"][0]["state"], "open");
    assert_eq!(signed_in["server_time"], OPENS);
    let token = signed_in["token"].as_str().unwrap();
    let started = node.post("sittings/1/start", token, &json!({})).await.ok();
    assert_eq!(started["deadline"], OPENS + HOUR_MS);
    assert_eq!(started["epoch"], json!({ "number": 1, "device": 77 }));
    assert_eq!(started["order"].as_array().unwrap().len(), 3);
    let key = STANDARD.decode(started["key"].as_str().unwrap()).unwrap();
    assert_eq!(key, PAPER_KEY);

    let token = started["token"].as_str().unwrap();
    let saved = node.post("attempt/responses", token, &responses()).await.ok();
    assert_eq!(saved["durability"], "node");
    let acknowledged = saved["acknowledged"].as_array().unwrap();
    let sequences: Vec<u64> = acknowledged
        .iter()
        .map(|one| one["sequence"].as_u64().unwrap())
        .collect();
    assert_eq!(sequences, [3, 4, 5, 6], "after the sign-in and the start");
    assert_eq!(acknowledged[0]["log"], "1-00000000000000ab");
    assert_eq!(acknowledged[0]["state"], "saved");
    let repeated = node.post("attempt/responses", token, &responses()).await.ok();
    let again = &repeated["acknowledged"];
    assert_eq!(again[3]["state"], "already-saved");
    assert_eq!(again[3]["sequence"], 6);
    assert_eq!(again[0]["state"], "superseded");

    let attempt = node.get("attempt", token).await.ok();
    assert_eq!(attempt["responses"].as_array().unwrap().len(), 3);
    assert_eq!(delivered(&attempt), [(1, false), (2, false), (3, false)]);
    node.delivered.store(5, Ordering::Relaxed);
    let attempt = node.get("attempt", token).await.ok();
    assert_eq!(
        delivered(&attempt),
        [(1, false), (2, true), (3, true)],
        "item 1 was cleared by record 6"
    );
    assert_eq!(attempt["next_seq"], 5);
    assert_eq!(attempt["submitted"], Value::Null);
    let submission = json!({ "submission": "0123456789abcdef0123456789abcdef", "digest": digest() });
    let receipt = node.post("attempt/submit", token, &submission).await.ok();
    assert_eq!(receipt["answered"], 2);
    assert_eq!(receipt["reference"].as_str().unwrap().len(), 9);
    assert_eq!(
        node.post("attempt/submit", token, &submission).await.ok(),
        receipt,
        "idempotent"
    );
    let checked = node
        .post("receipts/check", "", &json!({ "receipt": receipt["receipt"] }))
        .await
        .ok();
    assert_eq!(
        (&checked["signature"], &checked["held"]),
        (&json!("valid"), &json!(true))
    );
    let counts = node.attempts.book().counts();
    assert_eq!(
        (
            counts.signed_in,
            counts.open,
            counts.submitted,
            counts.acknowledged
        ),
        (1, 0, 1, 4)
    );
    node.stop().await;
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let token = node.started().await;
    node.post("attempt/responses", &token, &responses()).await.ok();
    node.delivered.store(4, Ordering::Relaxed);
    let before = node.get("attempt", &token).await.ok();
    assert_eq!(delivered(&before), [(1, false), (2, true), (3, false)]);
    node.stop().await;

    let node = Node::open(&directory).await;
    node.delivered.store(4, Ordering::Relaxed);
    let after = node.get("attempt", &token).await.ok();
    assert_eq!(after, before);
    let submission = json!({ "submission": "00000000000000000000000000000001", "digest": digest() });
    let receipt = node.post("attempt/submit", &token, &submission).await.ok();
    let other = json!({ "submission": "00000000000000000000000000000002", "digest": digest() });
    let standing = node.post("attempt/submit", &token, &other).await.ok();
    assert_eq!(standing["already"], true);
    assert_eq!(standing["receipt"], receipt["receipt"]);
    let changed = json!({ "responses": [{ "item": 1, "seq": 9, "response": null }] });
    assert_eq!(
        node.post("attempt/responses", &token, &changed)
            .await
            .problem(409),
        "submitted"
    );
    node.stop().await;
}

#[tokio::test]
async fn an_attempt_whose_time_is_over_is_handed_in_and_later_responses_are_kept_as_late() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let token = node.started().await;
    node.post("attempt/responses", &token, &responses()).await.ok();
    node.clock
        .advance(std::time::Duration::from_millis(HOUR_MS as u64 + 10_001));
    let submitted = loop {
        let attempt = node.get("attempt", &token).await.ok();
        if attempt["submitted"] != Value::Null {
            break attempt["submitted"].clone();
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    };
    assert_eq!(submitted["receipt"]["receipt"]["by"], "deadline");
    assert_eq!(submitted["digest"], digest());
    let late = json!({ "responses": [{ "item": 1, "seq": 9, "response": { "choice": 1 } }] });
    let saved = node.post("attempt/responses", &token, &late).await.ok();
    assert_eq!(saved["acknowledged"][0]["late"], true);
    assert_eq!(saved["acknowledged"][0]["state"], "saved");
    node.stop().await;
}
