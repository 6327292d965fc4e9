//! A node that has more to do than it can: it says so at once, names another node, and goes on serving what it took.

use std::time::Duration;

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::node::{CANDIDATE, CODE, ELSEWHERE, Node, documents};
use crate::http::{Settings, tests::node::Answer};

/// Long enough for a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(20);

async fn node(directory: &tempfile::TempDir, settings: Settings) -> Node {
    Node::start(directory.path().to_owned(), settings, documents()).await
}

/// A save whose body has not come yet: the place that it has taken stays taken.
async fn unfinished_save(node: &Node, token: &str, body_bytes: usize) -> TcpStream {
    let mut stream = TcpStream::connect(node.url.trim_start_matches("http://"))
        .await
        .unwrap();
    let head = format!(
        "POST /api/v1/attempt/responses HTTP/1.1\r\nhost: node\r\nauthorization: Bearer {token}\r\ncontent-length: {body_bytes}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

fn assert_sent_elsewhere(answer: &Answer) {
    assert_eq!(answer.problem(503), "busy");
    assert_eq!(answer.body["nodes"], json!([ELSEWHERE]));
    let wait_ms = answer.body["retry_after_ms"].as_u64().unwrap();
    assert!((500..2_500).contains(&wait_ms), "{wait_ms}");
    let seconds: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert_eq!(seconds, wait_ms.div_ceil(1000));
}

#[tokio::test]
async fn a_node_over_its_limit_says_so_before_the_body_and_serves_what_it_took() {
    let directory = tempfile::tempdir().unwrap();
    let node = node(
        &directory,
        Settings {
            requests_max: 4,
            ..Settings::default()
        },
    )
    .await;
    let token = node.started().await;
    let body = json!({ "responses": [{ "item": 1, "seq": 1, "response": { "choice": 1 } }] }).to_string();
    let mut taken = Vec::new();
    for _ in 0..3 {
        taken.push(unfinished_save(&node, &token, body.len()).await);
    }
    let refused = timeout(PATIENCE, async {
        loop {
            let answer = node.sign_in(CANDIDATE, "WRONG").await;
            // Until all three have taken their places, the code is judged.
            if answer.status != 401 {
                return answer;
            }
        }
    });
    assert_sent_elsewhere(&refused.await.unwrap());
    let save = json!({ "responses": [{ "item": 2, "seq": 2, "response": { "choices": [1] } }] });
    let saved = node.post("attempt/responses", &token, &save).await.ok();
    assert_eq!(
        saved["acknowledged"][0]["state"], "saved",
        "the last place is for saves"
    );
    let mut first = taken.remove(0);
    first.write_all(body.as_bytes()).await.unwrap();
    let mut answer = vec![0; 15];
    timeout(PATIENCE, first.read_exact(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(answer, b"HTTP/1.1 200 OK", "what was taken is served");
    node.sign_in(CANDIDATE, CODE).await.ok();
    drop((first, taken));
    node.stop().await;
}

#[tokio::test]
async fn a_connection_for_which_there_is_no_room_is_told_so_and_closed() {
    let directory = tempfile::tempdir().unwrap();
    let node = node(
        &directory,
        Settings {
            connections_max: 1,
            ..Settings::default()
        },
    )
    .await;
    let held = TcpStream::connect(node.url.trim_start_matches("http://"))
        .await
        .unwrap();
    let refused = timeout(PATIENCE, async {
        loop {
            let answer = node.sign_in(CANDIDATE, CODE).await;
            if answer.status != 200 {
                return answer;
            }
        }
    });
    let refused = refused.await.unwrap();
    assert_sent_elsewhere(&refused);
    assert_eq!(refused.headers["connection"], "close");
    drop(held);
    let served = timeout(PATIENCE, async {
        while node.sign_in(CANDIDATE, CODE).await.status != 200 {}
    });
    served.await.expect("there is room again");
    node.stop().await;
}
