//! What the centre decided about papers, as candidates see it: withdrawals, officers' shares, and two exams at once.

use protocol::{
    feed::{Document, FeedEntry, KeyCheck, Withdrawal},
    ids::{Revision, SittingId},
    shares,
};
use serde_json::json;

use super::node::{CANDIDATE, CODE, Node, PAPER_KEY, documents, paper};
use crate::{
    feed::{UnlockError, Unlocking},
    http::Settings,
};

fn told(node: &Node, document: Document) {
    let revision = Revision(node.feed.catalogue().revision.0 + 1);
    node.feed.store(vec![FeedEntry { revision, document }]).unwrap();
}

fn withdrawal() -> Document {
    Document::Withdrawal(Withdrawal {
        paper: paper(),
        reason: "item 3 is misprinted".into(),
    })
}

#[tokio::test]
async fn a_withdrawn_paper_is_given_out_no_more_and_answers_stay() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let token = node.started().await;
    let save = |seq: u32| json!({ "responses": [{ "item": 1, "seq": seq, "response": { "choice": 2 } }] });
    let saved = node.post("attempt/responses", &token, &save(1)).await.ok();
    assert!(saved.get("withdrawn").is_none(), "{saved}");
    told(&node, withdrawal());
    let saved = node.post("attempt/responses", &token, &save(2)).await.ok();
    assert_eq!(saved["withdrawn"], "item 3 is misprinted");
    assert_eq!(saved["acknowledged"][0]["state"], "saved");
    let attempt = node.get("attempt", &token).await.ok();
    assert_eq!(attempt["responses"].as_array().unwrap().len(), 1);
    assert_eq!(attempt["withdrawn"], "item 3 is misprinted");
    let signed_in = node.sign_in(CANDIDATE, CODE).await.ok();
    assert_eq!(signed_in["sittings"][0]["state"], "withdrawn");
    assert_eq!(signed_in["sittings"][0]["released"], false);
    let token = signed_in["token"].as_str().unwrap();
    let refused = node.post("sittings/1/start", token, &json!({})).await;
    assert_eq!(refused.problem(410), "withdrawn");
    assert_eq!(node.get("papers/1/1", token).await.problem(410), "withdrawn");
    node.stop().await;
}

#[tokio::test]
async fn another_exam_is_not_begun_while_one_is_open() {
    let directory = tempfile::tempdir().unwrap();
    let mut documents = documents();
    let second = documents.iter().find_map(|document| match document {
        Document::Sitting(sitting) => Some(sitting.clone()),
        _ => None,
    });
    let mut second = second.unwrap();
    (second.id, second.title) = (SittingId(2), "Other".into());
    documents.push(Document::Sitting(second));
    let node = Node::start(directory.path().to_owned(), Settings::default(), documents).await;
    let token = node.started().await;
    let signed_in = node.sign_in(CANDIDATE, CODE).await.ok();
    let lobby = signed_in["token"].as_str().unwrap();
    let refused = node.post("sittings/2/start", lobby, &json!({})).await;
    assert_eq!(refused.problem(409), "other-exam-open");
    assert!(refused.body["detail"].as_str().unwrap().contains("\"Morning\""));
    node.post("sittings/1/start", lobby, &json!({})).await.ok();
    let empty = protocol::hash::Hash::sha256(b"").to_string();
    let submission = json!({ "submission": "0123456789abcdef0123456789abcdef", "digest": empty });
    node.post("attempt/submit", &token, &submission).await.ok();
    node.post("sittings/2/start", lobby, &json!({})).await.ok();
    node.stop().await;
}

#[tokio::test]
async fn shares_open_a_paper_over_a_restart_and_never_a_withdrawn_one() {
    let directory = tempfile::tempdir().unwrap();
    let sealed = || {
        let documents = documents().into_iter();
        documents
            .filter(|document| !matches!(document, Document::Release(_)))
            .collect::<Vec<_>>()
    };
    let dealt = shares::deal(&PAPER_KEY, paper(), 3, 5, &[[9; 32]]).unwrap();
    let node = Node::start(directory.path().to_owned(), Settings::default(), sealed()).await;
    let unchecked = node.feed.unlock(paper(), &dealt);
    assert!(matches!(unchecked, Err(UnlockError::NoCheck(_))), "{unchecked:?}");
    told(
        &node,
        Document::Check(KeyCheck {
            paper: paper(),
            commitment: shares::commitment(paper(), &PAPER_KEY),
        }),
    );
    let few = node.feed.unlock(paper(), &dealt[..1]);
    assert!(matches!(few, Err(UnlockError::Shares(_))), "{few:?}");
    assert!(node.feed.catalogue().releases.is_empty());
    let forged = shares::deal(&[1; 32], paper(), 3, 5, &[[9; 32]]).unwrap();
    let wrong = node.feed.unlock(paper(), &[dealt[0].clone(), forged[1].clone()]);
    assert!(matches!(wrong, Err(UnlockError::Shares(_))), "{wrong:?}");
    assert_eq!(node.feed.unlock(paper(), &dealt[1..]).unwrap(), Unlocking::Done);
    assert_eq!(
        node.feed.unlock(paper(), &dealt[..2]).unwrap(),
        Unlocking::Already
    );
    node.started().await;
    node.stop().await;
    let again = crate::feed::Feed::open(directory.path()).unwrap();
    assert_eq!(again.catalogue().releases.get(&paper()), Some(&PAPER_KEY));
    let revision = Revision(again.catalogue().revision.0 + 1);
    let document = withdrawal();
    again.store(vec![FeedEntry { revision, document }]).unwrap();
    assert!(again.catalogue().releases.is_empty());
    let withdrawn = again.unlock(paper(), &dealt);
    assert!(
        matches!(withdrawn, Err(UnlockError::Withdrawn(_))),
        "{withdrawn:?}"
    );
}

#[tokio::test]
async fn a_node_that_holds_something_else_than_its_gate_says_which() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let catalogue = node.feed.catalogue();
    let (sitting, notice) = (&catalogue.sittings[&SittingId(1)], &catalogue.papers[&paper()]);
    let district = catalogue.district.as_ref().unwrap().id;
    let gate = protocol::gate::SittingGate {
        sitting: SittingId(1),
        blob: notice.blob,
        outline: protocol::gate::outline_hash(&notice.outline),
        accommodations: protocol::gate::accommodations_hash(sitting, district, catalogue.candidates.values()),
        versions: protocol::gate::VersionRange::default(),
    };
    let before = sitting.opens;
    let says = |gate: &protocol::gate::SittingGate| {
        told(&node, Document::Gate(gate.clone()));
        node.feed.not_ready("1.2.0", before).join("; ")
    };
    assert_eq!(says(&gate), "");
    let zero = protocol::hash::Hash::ZERO;
    let other = |change: fn(&mut protocol::gate::SittingGate, protocol::hash::Hash)| {
        let mut gate = gate.clone();
        change(&mut gate, zero);
        gate
    };
    assert!(says(&other(|gate, hash| gate.blob = hash)).contains("its paper is not"));
    assert!(says(&other(|gate, hash| gate.outline = hash)).contains("outline is not"));
    assert!(says(&other(|gate, hash| gate.accommodations = hash)).contains("extra time"));
    let newer = other(|gate, _| gate.versions.min = "1.3.0".into());
    assert!(says(&newer).contains("sitting 1: this program is 1.2.0, 1.3.0 or newer"));
    assert_eq!(
        node.feed.not_ready("1.2.0", sitting.closes),
        [""; 0],
        "it is over"
    );
    node.stop().await;
}
