//! Answers that were never sent and come in a file: from the key that the start gives to what the node holds afterwards.

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use protocol::{
    answers_file::{self, AnswersFile, AnswersFileError, KeptResponse},
    hash::Hash,
    ids::{AttemptKey, CandidateId, ItemNo, OptionId, ResponseSeq, SittingId},
    response::Response,
};
use serde_json::{Value, json};

use super::node::{CANDIDATE, HOUR_MS, KEY, Node};
use crate::import::{HandedIn, ImportError, Imported, Importer};

const DAY: Duration = Duration::from_secs(24 * 3_600);

fn kept(epoch: u16, item: u16, seq: u32, response: Response) -> KeptResponse {
    KeptResponse {
        epoch,
        item: ItemNo(item),
        seq: ResponseSeq(seq),
        response: Some(response),
        marked: false,
    }
}

/// One option, several, a number: what fits the three items.
fn three() -> Vec<KeptResponse> {
    vec![
        kept(1, 1, 1, Response::Choice(OptionId(2))),
        kept(1, 2, 2, Response::Choices([OptionId(1), OptionId(3)].into())),
        kept(1, 3, 3, Response::Number("3.5".into())),
    ]
}

fn digest() -> Hash {
    Hash::sha256(b"1:c2\n2:m1,3\n3:n3.5\n")
}

/// What the page would write after this start.
fn file(started: &Value, responses: Vec<KeptResponse>) -> AnswersFile {
    let epoch = u16::try_from(started["epoch"]["number"].as_u64().unwrap()).unwrap();
    AnswersFile {
        version: 1,
        tokens: BTreeMap::from([(epoch, started["token"].as_str().unwrap().to_owned())]),
        responses,
        submission: None,
        digest: None,
        made_at: None,
    }
}

fn handed_in(file: AnswersFile) -> AnswersFile {
    AnswersFile {
        submission: Some([9; 16]),
        digest: Some(digest()),
        ..file
    }
}

fn sealed(started: &Value, file: &AnswersFile) -> Bytes {
    let key = STANDARD.decode(started["file_key"].as_str().unwrap()).unwrap();
    answers_file::seal(&key.try_into().unwrap(), KEY, [1; 12], file)
        .unwrap()
        .into()
}

async fn import(node: &Node, bytes: Bytes) -> Result<Imported, ImportError> {
    Importer::new(node.attempts.clone(), node.feed.clone())
        .import(bytes)
        .await
}

/// Saved, late, held already, superseded, refused.
fn counts(imported: &Imported) -> [usize; 5] {
    let refused = imported.refused.len();
    [
        imported.saved,
        imported.late,
        imported.already,
        imported.superseded,
        refused,
    ]
}

#[tokio::test]
async fn what_was_never_sent_is_saved_from_a_file_once() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let started = node.start_at(77).await;
    let sent = json!({ "responses": [{ "item": 1, "seq": 1, "response": { "choice": 2 } }] });
    let token = started["token"].as_str().unwrap();
    node.post("attempt/responses", token, &sent).await.ok();

    let bytes = sealed(&started, &file(&started, three()));
    let first = import(&node, bytes.clone()).await.unwrap();
    assert_eq!(counts(&first), [2, 0, 1, 0, 0]);
    assert_eq!((first.candidate, first.sitting), (KEY.candidate, KEY.sitting));
    assert_eq!(first.handed_in, HandedIn::NotAsked);
    let attempt = node.get("attempt", token).await.ok();
    assert_eq!(attempt["responses"][2]["response"], json!({ "number": "3.5" }));
    let head = node.attempts.log().head().borrow().sequence;
    let second = import(&node, bytes).await.unwrap();
    assert_eq!(counts(&second), [0, 0, 3, 0, 0]);
    assert_eq!(
        node.attempts.log().head().borrow().sequence,
        head,
        "nothing was written"
    );
    // The device is found and sends what it has: the same, and a change.
    let late_page = json!({ "responses": [
        { "item": 3, "seq": 3, "response": { "number": "3.5" } },
        { "item": 1, "seq": 4, "response": { "choice": 1 } }
    ] });
    let saved = node.post("attempt/responses", token, &late_page).await.ok();
    assert_eq!(saved["acknowledged"][0]["state"], "already-saved");
    assert_eq!(saved["acknowledged"][1]["state"], "saved");
    let third = import(&node, sealed(&started, &file(&started, three())))
        .await
        .unwrap();
    assert_eq!(counts(&third), [0, 0, 2, 1, 0]);
    node.stop().await;
}

#[tokio::test]
async fn a_submission_in_a_file_hands_in_and_a_second_one_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let started = node.start_at(77).await;
    let bytes = sealed(&started, &handed_in(file(&started, three())));
    let first = import(&node, bytes.clone()).await.unwrap();
    let HandedIn::Now { reference } = &first.handed_in else {
        panic!("{first:?}")
    };
    assert_eq!(counts(&first), [3, 0, 0, 0, 0]);
    let second = import(&node, bytes).await.unwrap();
    let reference = reference.clone();
    assert_eq!(
        second.handed_in,
        HandedIn::Already {
            reference: reference.clone()
        }
    );
    assert_eq!(counts(&second), [0, 0, 3, 0, 0]);
    assert!(second.is_complete() && !second.has_changed_anything());
    let token = started["token"].as_str().unwrap();
    let attempt = node.get("attempt", token).await.ok();
    assert_eq!(attempt["submitted"]["reference"], reference.as_str());
    assert_eq!(attempt["submitted"]["receipt"]["receipt"]["by"], "candidate");

    let mut changed = three();
    changed.push(kept(1, 1, 9, Response::Choice(OptionId(4))));
    let third = import(&node, sealed(&started, &file(&started, changed)))
        .await
        .unwrap();
    assert_eq!(counts(&third), [0, 0, 3, 0, 1]);
    assert!(third.refused[0].why.contains("was submitted"), "{third:?}");
    node.stop().await;
}

#[tokio::test]
async fn a_submission_of_other_answers_than_those_held_is_not_taken() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let started = node.start_at(77).await;
    let mut fewer = handed_in(file(&started, three()));
    fewer.responses.truncate(2);
    let imported = import(&node, sealed(&started, &fewer)).await.unwrap();
    assert!(matches!(&imported.handed_in, HandedIn::Refused { why } if why.contains("other answers")));
    assert_eq!(counts(&imported), [2, 0, 0, 0, 0], "what is there is kept");
    let whole = handed_in(file(&started, three()));
    let imported = import(&node, sealed(&started, &whole)).await.unwrap();
    assert!(matches!(imported.handed_in, HandedIn::Now { .. }), "{imported:?}");
    node.stop().await;
}

#[tokio::test]
async fn a_file_that_comes_after_the_deadline_is_kept_as_late_until_its_token_is_a_week_old() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let started = node.start_at(77).await;
    node.clock
        .advance(Duration::from_millis(HOUR_MS as u64) + 6 * DAY);
    while node
        .get("attempt", started["token"].as_str().unwrap())
        .await
        .status
        .is_success()
    {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let bytes = sealed(&started, &handed_in(file(&started, three())));
    let imported = import(&node, bytes.clone()).await.unwrap();
    assert_eq!(counts(&imported), [3, 3, 0, 0, 0]);
    node.clock.advance(2 * DAY);
    let mut more = three();
    more.push(kept(1, 1, 9, Response::Choice(OptionId(4))));
    let imported = import(&node, sealed(&started, &file(&started, more)))
        .await
        .unwrap();
    assert_eq!(counts(&imported), [0, 0, 0, 0, 4]);
    assert!(
        imported.refused[0].why.contains("expired more than 7 days ago"),
        "{imported:?}"
    );
    node.stop().await;
}

#[tokio::test]
async fn what_a_device_was_told_of_the_one_before_does_not_become_a_later_response() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let first = node.start_at(77).await;
    import(&node, sealed(&first, &file(&first, three())))
        .await
        .unwrap();
    let second = node.start_at(78).await;
    assert_eq!(second["epoch"]["number"], 2);
    let mut all = three();
    for one in &mut all {
        one.epoch = 2;
    }
    all.push(kept(2, 1, 4, Response::Choice(OptionId(4))));
    let imported = import(&node, sealed(&second, &file(&second, all))).await.unwrap();
    assert_eq!(counts(&imported), [1, 0, 3, 0, 0]);
    // Of the first device's stay this file has no token.
    let older = file(
        &second,
        vec![kept(1, 2, 9, Response::Choices([OptionId(2)].into()))],
    );
    let imported = import(&node, sealed(&second, &older)).await.unwrap();
    assert!(
        imported.refused[0]
            .why
            .contains("stay 1 of the attempt: its token is missing"),
        "{imported:?}"
    );
    node.stop().await;
}

#[tokio::test]
async fn a_node_that_does_not_know_the_start_keeps_the_answers_and_does_not_hand_in() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let node = Node::open(&one).await;
    let started = node.start_at(77).await;
    node.stop().await;
    let node = Node::open(&other).await;
    let bytes = sealed(&started, &handed_in(file(&started, three())));
    let imported = import(&node, bytes).await.unwrap();
    assert_eq!(counts(&imported), [3, 0, 0, 0, 0]);
    assert!(matches!(&imported.handed_in, HandedIn::Refused { why } if why.contains("cannot hand it in")));
    node.stop().await;
}

#[tokio::test]
async fn files_that_are_altered_of_nothing_known_or_proved_by_anothers_token_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(&directory).await;
    let started = node.start_at(77).await;
    let good = sealed(&started, &file(&started, three()));
    let mut altered = good.to_vec();
    altered[100] ^= 1;
    let refused = import(&node, altered.into()).await;
    assert_eq!(refused, Err(ImportError::File(AnswersFileError::DoesNotOpen)));
    let refused = import(&node, Bytes::from_static(b"%PDF-1.7 and so on, and on, and on")).await;
    assert_eq!(refused, Err(ImportError::File(AnswersFileError::NotOne)));

    let token_key = node.feed.catalogue().district.clone().unwrap().token_key;
    let seal_as = |key: AttemptKey| {
        let made = file(&started, three());
        Bytes::from(answers_file::seal(&answers_file::key(&token_key, key), key, [1; 12], &made).unwrap())
    };
    let elsewhere = AttemptKey {
        sitting: SittingId(2),
        ..KEY
    };
    assert_eq!(
        import(&node, seal_as(elsewhere)).await,
        Err(ImportError::NoSitting(SittingId(2)))
    );
    let another = AttemptKey {
        candidate: CandidateId(CANDIDATE + 1),
        ..KEY
    };
    let imported = import(&node, seal_as(another)).await.unwrap();
    assert_eq!(counts(&imported), [0, 0, 0, 0, 3]);
    assert!(
        imported.refused[0].why.contains("not one of this attempt"),
        "{imported:?}"
    );

    let mut unfit = file(&started, vec![kept(1, 1, 1, Response::Number("3".into()))]);
    unfit.responses.push(kept(1, 9, 2, Response::Choice(OptionId(1))));
    unfit.responses.push(kept(1, 3, 3, Response::Number("4".into())));
    let imported = import(&node, sealed(&started, &unfit)).await.unwrap();
    assert_eq!(counts(&imported), [1, 0, 0, 0, 2], "the others are taken");
    node.stop().await;
}
