//! A connection's bytes while hyper serves it: notes what moves and what stands, so that a connection that rests can be
//! told from one that works, and gives back first what was read before. Called by [`super::connection`].

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::body::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a connection has done lately. Only its own task touches it, so no order is asked of the memory.
#[derive(Debug, Default)]
pub(super) struct Activity {
    /// Something was written since this was last asked: each answer is.
    has_written: AtomicBool,
    /// A written byte still waits for the client to take it.
    is_blocked: AtomicBool,
    /// A request is with its handler.
    is_answering: AtomicBool,
}

/// A stream with its activity, and what was read of it before it came here.
#[derive(Debug)]
pub(super) struct Watched<S> {
    stream: S,
    before: Bytes,
    activity: Arc<Activity>,
}

// === impl Activity ===

impl Activity {
    /// Notes that a request is with its handler until this is dropped.
    pub(super) fn answering(&self) -> Answering<'_> {
        self.is_answering.store(true, Ordering::Relaxed);
        Answering(self)
    }

    /// Whether a request was answered, or an answer went on its way, since this was last asked; or one is worked on.
    pub(super) fn take(&self) -> bool {
        self.has_written.swap(false, Ordering::Relaxed) || self.is_answering.load(Ordering::Relaxed)
    }

    /// Whether an answer is not taken by the client.
    pub(super) fn is_blocked(&self) -> bool {
        self.is_blocked.load(Ordering::Relaxed)
    }
}

/// A request with its handler.
#[derive(Debug)]
pub(super) struct Answering<'a>(&'a Activity);

impl Drop for Answering<'_> {
    fn drop(&mut self) {
        self.0.is_answering.store(false, Ordering::Relaxed);
    }
}

// === impl Watched ===

impl<S> Watched<S> {
    /// `before` is what was read of the stream already.
    pub(super) fn new(stream: S, before: Bytes, activity: Arc<Activity>) -> Self {
        Self {
            stream,
            before,
            activity,
        }
    }

    /// The stream, and what was read before and nobody took.
    pub(super) fn into_parts(self) -> (S, Bytes) {
        (self.stream, self.before)
    }

    fn wrote(&self, polled: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if polled.is_ready() {
            self.activity.has_written.store(true, Ordering::Relaxed);
        }
        self.stands(polled)
    }

    fn stands<T>(&self, polled: Poll<T>) -> Poll<T> {
        self.activity
            .is_blocked
            .store(polled.is_pending(), Ordering::Relaxed);
        polled
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.before.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buffer);
        }
        let fits = self.before.len().min(buffer.remaining());
        buffer.put_slice(&self.before.split_to(fits));
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.wrote(polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.wrote(polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(cx);
        self.stands(polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.stands(polled)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn what_was_read_before_comes_first_in_pieces_of_any_size() {
        let (mut client, server) = tokio::io::duplex(64);
        client.write_all(b"efg").await.unwrap();
        client.shutdown().await.unwrap();
        let before = Bytes::from_static(b"abcd");
        let mut watched = Watched::new(server, before, Arc::default());
        let mut three = [0; 3];
        watched.read_exact(&mut three).await.unwrap();
        assert_eq!(&three, b"abc");
        let mut rest = String::new();
        watched.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, "defg");
    }

    #[tokio::test]
    async fn an_answer_that_the_client_does_not_take_stands() {
        let (mut client, server) = tokio::io::duplex(4);
        let activity = Arc::new(Activity::default());
        let mut watched = Watched::new(server, Bytes::new(), Arc::clone(&activity));
        assert!(!activity.take());
        watched.write_all(b"1234").await.unwrap();
        assert!(activity.take() && !activity.is_blocked());
        assert!(!activity.take(), "asked once, told once");
        let full = std::future::poll_fn(|cx| Poll::Ready(Pin::new(&mut watched).poll_write(cx, b"5"))).await;
        assert!(full.is_pending() && activity.is_blocked() && !activity.take());
        client.read_exact(&mut [0; 4]).await.unwrap();
        watched.write_all(b"5").await.unwrap();
        assert!(activity.take() && !activity.is_blocked());
        let answering = activity.answering();
        assert!(activity.take());
        drop(answering);
        assert!(!activity.take());
    }
}
