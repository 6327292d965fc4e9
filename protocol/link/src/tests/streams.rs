//! Messages on real streams: what is refused, and what a cancelled call leaves behind.

use std::time::Duration;

use super::*;
use crate::{FramedStream, FramingError, StreamError};

/// A stream as both ends see it, after one message to make it known; the endpoints live as long as it does.
async fn stream(bytes_max_out: usize, bytes_max_in: usize) -> (FramedStream, FramedStream, impl Sized) {
    let two = Two::bound();
    let links = two.linked().await;
    let mut out = links
        .0
        .open()
        .await
        .unwrap()
        .with_message_bytes_max(bytes_max_out);
    out.send(b"hello").await.unwrap();
    let mut back = links
        .1
        .accept_stream()
        .await
        .unwrap()
        .with_message_bytes_max(bytes_max_in);
    assert_eq!(back.recv().await.unwrap().unwrap(), "hello");
    (out, back, (two, links))
}

#[tokio::test]
async fn a_message_that_is_too_long_is_refused_on_both_ends() {
    let (mut out, mut back, _links) = stream(1000, 100).await;
    let refusal = out.send(&[0; 1001]).await.unwrap_err();
    assert!(matches!(
        refusal,
        StreamError::Framing(FramingError::TooLong {
            bytes: 1001,
            bytes_max: 1000
        })
    ));
    out.send(&[0; 101]).await.unwrap();
    for _ in 0..2 {
        let refusal = back.recv().await.unwrap_err();
        assert!(matches!(
            refusal,
            StreamError::Framing(FramingError::TooLong {
                bytes: 101,
                bytes_max: 100
            })
        ));
    }
    let stopped = out.delivered().await.unwrap_err();
    assert!(matches!(stopped, StreamError::StoppedByPeer(_)), "{stopped}");
}

#[tokio::test]
async fn an_unknown_version_is_refused_by_name() {
    let (out, mut back, _links) = stream(1000, 1000).await;
    let (mut out, _in) = out.split();
    out.raw().write_all(&[0, 0, 0, 3, 77, 1, 2]).await.unwrap();
    let refusal = back.recv().await.unwrap_err();
    assert!(matches!(
        refusal,
        StreamError::Framing(FramingError::UnknownVersion { version: 77 })
    ));
}

#[tokio::test]
async fn a_stream_that_ends_within_a_message_is_not_a_clean_end() {
    let (out, mut back, _links) = stream(1000, 1000).await;
    let (mut out, _in) = out.split();
    let raw = out.raw();
    raw.write_all(&[0, 0, 0, 9, 1, 2]).await.unwrap();
    raw.finish().unwrap();
    assert!(matches!(
        back.recv().await,
        Err(StreamError::Truncated { bytes: 6 })
    ));
}

#[tokio::test]
async fn receiving_can_be_cancelled_at_any_time_without_losing_bytes() {
    let (out, mut back, _links) = stream(1 << 20, 1 << 20).await;
    let (mut out, _in) = out.split();
    let long = vec![5; 1 << 20];
    let sending = async {
        for _ in 0..5 {
            out.send(&long).await.unwrap();
        }
        out.finish().unwrap();
    };
    let receiving = async {
        let mut messages = 0;
        loop {
            match tokio::time::timeout(Duration::from_micros(50), back.recv()).await {
                Ok(Ok(Some(message))) => {
                    assert_eq!(message, long);
                    messages += 1;
                }
                Ok(end) => break end.map(|_| messages).unwrap(),
                Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    assert_eq!(tokio::join!(sending, receiving).1, 5);
}

#[tokio::test]
async fn a_send_that_was_cancelled_half_way_tears_the_stream() {
    let (mut out, mut back, _links) = stream(64 << 20, 64 << 20).await;
    // More than every window, and nobody reads: it cannot end by itself.
    let long = vec![0; 32 << 20];
    assert!(
        tokio::time::timeout(Duration::from_millis(200), out.send(&long))
            .await
            .is_err()
    );
    assert!(matches!(out.send(b"next").await, Err(StreamError::Torn)));
    drop(out);
    let seen = back.recv().await.unwrap_err();
    assert!(matches!(seen, StreamError::AbandonedByPeer(_)), "{seen}");
}

#[tokio::test]
async fn values_arrive_as_they_were_sent_and_other_values_are_refused() {
    let (mut out, mut back, _links) = stream(1000, 1000).await;
    let sent = (7_u32, "नमस्ते".to_owned(), vec![1_u64, 2, 3]);
    out.send_message(&sent).await.unwrap();
    out.send_message(&(1_u8, 2_u8)).await.unwrap();
    out.finish().unwrap();
    let received: (u32, String, Vec<u64>) = back.recv_message().await.unwrap().unwrap();
    assert_eq!(received, sent);
    assert!(
        matches!(back.recv_message::<u8>().await, Err(StreamError::Codec(_))),
        "bytes are left over"
    );
    assert!(back.recv_message::<u8>().await.unwrap().is_none());
    out.delivered().await.unwrap();
}

#[tokio::test]
async fn a_packed_stream_carries_the_same_messages_in_fewer_bytes() {
    let (out, mut back, links) = stream(100_000, 100_000).await;
    let mut out = out.packed().unwrap();
    let message = |number: u8| [b"an answer like many others, by candidate ", &[number][..]].concat();
    for number in 0..100 {
        out.send(&message(number)).await.unwrap();
        assert_eq!(back.recv().await.unwrap().unwrap(), message(number));
    }
    out.send(&vec![1; 90_000]).await.unwrap();
    assert_eq!(back.recv().await.unwrap().unwrap(), vec![1; 90_000]);
    // The other half is as it was.
    back.send(b"plain").await.unwrap();
    assert_eq!(out.recv().await.unwrap().unwrap(), "plain");
    out.finish().unwrap();
    assert_eq!(back.recv().await.unwrap(), None);
    drop(links);
}

#[tokio::test]
async fn a_packed_message_that_cannot_be_unpacked_stops_the_stream() {
    let (out, mut back, _links) = stream(1000, 1000).await;
    let (mut out, _in) = out.split();
    out.raw()
        .write_all(&[0, 0, 0, 8, 2, 0, 0, 0, 9, 1, 2, 3])
        .await
        .unwrap();
    let refusal = back.recv().await.unwrap_err();
    assert!(
        matches!(refusal, StreamError::Framing(FramingError::NotPacked(_))),
        "{refusal}"
    );
    let stopped = out.delivered().await.unwrap_err();
    assert!(matches!(stopped, StreamError::StoppedByPeer(_)), "{stopped}");
}
