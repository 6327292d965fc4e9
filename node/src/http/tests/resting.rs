//! Connections that rest between two requests: nothing is lost, limits go on, and a stop ends them.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout},
};

use super::node::{Node, documents};
use crate::http::Settings;

/// Long enough for a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(20);

const REQUEST: &str = "GET /api/openapi.json HTTP/1.1\r\nhost: node\r\n\r\n";
const LAST: &str = "GET /api/v1/nothing HTTP/1.1\r\nhost: node\r\nconnection: close\r\n\r\n";

async fn node(directory: &tempfile::TempDir, idle_seconds: u64) -> Node {
    let settings = Settings {
        rest_seconds: 1,
        idle_seconds,
        ..Settings::default()
    };
    Node::start(directory.path().to_owned(), settings, documents()).await
}

async fn connect(node: &Node) -> TcpStream {
    TcpStream::connect(node.url.trim_start_matches("http://"))
        .await
        .unwrap()
}

/// Sends a request and reads its answer whole; gives its status line.
async fn ask(stream: &mut TcpStream) -> String {
    stream.write_all(REQUEST.as_bytes()).await.unwrap();
    answer(stream).await
}

async fn answer(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let whole = async {
        loop {
            assert_ne!(
                stream.read_buf(&mut read).await.unwrap(),
                0,
                "closed within an answer"
            );
            let text = String::from_utf8_lossy(&read);
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            if body.len() == length.unwrap().parse::<usize>().unwrap() {
                return head.lines().next().unwrap().to_owned();
            }
        }
    };
    timeout(PATIENCE, whole).await.expect("an answer comes")
}

/// Waits until so many connections rest.
async fn until_resting(node: &Node, count: usize) {
    let line = format!("test_http_connections_resting {count}");
    let rests = async {
        while !node.metrics.encode().lines().any(|each| each == line) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, rests).await.expect("the connections rest");
}

#[tokio::test]
async fn a_connection_that_rested_is_served_as_before() {
    let directory = tempfile::tempdir().unwrap();
    let node = node(&directory, 75).await;
    let mut stream = connect(&node).await;
    for _ in 0..2 {
        assert_eq!(ask(&mut stream).await, "HTTP/1.1 200 OK");
        until_resting(&node, 1).await;
    }
    // In three pieces, with a rest of the node's patience between them, and two requests at once.
    let (first, second) = REQUEST.split_at(30);
    stream.write_all(first.as_bytes()).await.unwrap();
    until_resting(&node, 0).await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    stream.write_all(second.as_bytes()).await.unwrap();
    assert_eq!(answer(&mut stream).await, "HTTP/1.1 200 OK");
    until_resting(&node, 1).await;
    stream
        .write_all(format!("{REQUEST}{LAST}").as_bytes())
        .await
        .unwrap();
    let mut both = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut both))
        .await
        .unwrap()
        .unwrap();
    assert!(both.starts_with("HTTP/1.1 200 OK") && both.contains("HTTP/1.1 404 Not Found"));
    node.stop().await;
}

#[tokio::test]
async fn a_body_that_follows_after_a_rest_arrives_whole() {
    let directory = tempfile::tempdir().unwrap();
    let node = node(&directory, 75).await;
    let mut stream = connect(&node).await;
    ask(&mut stream).await;
    until_resting(&node, 1).await;
    // Larger than what is read of a connection that wakes.
    let body = format!(
        "{{\"candidate\":27001,\"access_code\":\"{}\"}}",
        "A".repeat(20_000)
    );
    let head = format!(
        "POST /api/v1/sign-in HTTP/1.1\r\nhost: node\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream
        .write_all(format!("{head}{body}").as_bytes())
        .await
        .unwrap();
    assert_eq!(answer(&mut stream).await, "HTTP/1.1 401 Unauthorized");
    assert_eq!(
        ask(&mut stream).await,
        "HTTP/1.1 200 OK",
        "nothing of the body was left over"
    );
    node.stop().await;
}

#[tokio::test]
async fn a_client_that_asks_nothing_is_closed_whether_it_rests_or_keeps_half_a_request() {
    let directory = tempfile::tempdir().unwrap();
    let node = node(&directory, 2).await;
    let begun = Instant::now();
    let mut silent = connect(&node).await;
    let mut halfway = connect(&node).await;
    let mut slow = connect(&node).await;
    ask(&mut slow).await;
    halfway.write_all(&REQUEST.as_bytes()[..30]).await.unwrap();
    let closed = |stream: TcpStream| async move {
        let (mut read, mut write) = stream.into_split();
        let drips = async {
            // One header after another, never the end of them.
            while write.write_all(b"x: y\r\n").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let mut rest = Vec::new();
        tokio::select! {
            read = read.read_to_end(&mut rest) => drop(read),
            () = drips => {}
        }
    };
    slow.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    timeout(PATIENCE, closed(slow))
        .await
        .expect("one that drips is closed");
    let mut none = Vec::new();
    for stream in [&mut silent, &mut halfway] {
        let read = timeout(PATIENCE, stream.read_to_end(&mut none)).await;
        let _ = read.expect("one that says nothing is closed");
    }
    assert!(begun.elapsed() >= Duration::from_secs(2), "not before its time");
    node.stop().await;
}

#[tokio::test]
async fn a_stop_does_not_wait_for_connections_that_rest() {
    let directory = tempfile::tempdir().unwrap();
    let node = node(&directory, 75).await;
    let mut streams = Vec::new();
    for _ in 0..10 {
        let mut stream = connect(&node).await;
        ask(&mut stream).await;
        streams.push(stream);
    }
    until_resting(&node, 10).await;
    let metrics = node.metrics.clone();
    node.stop().await;
    assert!(metrics.encode().contains("test_http_connections_resting 0"));
    for mut stream in streams {
        assert_eq!(
            stream.read(&mut [0; 8]).await.unwrap(),
            0,
            "closed, not broken off"
        );
    }
}
