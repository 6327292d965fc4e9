//! The life of one connection: its handshake, its requests, and its rest. One owned task each, spawned by the listener.
//!
//! A connection that rests is put aside: hyper, whose two buffers take 16 KB for as long as it lives, is taken away, and
//! the stream waits by itself until the client sends something; then hyper is built anew around what came. A candidate
//! thinks for half a minute between two answers, so most of 12,000 connections rest at any moment. Nothing that was read
//! is lost on the way, and the time that a connection may stand goes on while it rests.

use std::{convert::Infallible, io, mem::MaybeUninit, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use axum::body::Bytes;
use daemon::CancellationToken;
use hyper::{Request, body::Incoming, server::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
    sync::Semaphore,
    time::Instant,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{
    Settings,
    extract::PeerAddress,
    face::Face,
    served::Served,
    stream::{Activity, Watched},
};

/// A request's head: method, path, headers. A token takes 500 bytes of it.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// What is read of a connection that rests when it wakes: most requests are smaller, and of others the rest waits.
const WAKING_BYTES: usize = 4096;

/// Who has begun a handshake may hold a place for this part of the time that is given to it, so that who waits behind
/// others that never end theirs gets one in its own time.
const PLACE_PART: u32 = 3;

/// How long the last words to a client may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// Who has connected.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer {
    /// From where.
    pub(super) address: SocketAddr,
    /// How it is met.
    pub(super) welcome: Welcome,
}

/// Whether there is room for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Welcome {
    /// There is.
    Served,
    /// There is none: its first request is told so, and it is closed.
    TurnedAway,
}

/// What every connection needs.
pub(super) struct Terms {
    face: Face,
    served: Served,
    settings: Settings,
    handshakes: Semaphore,
    shutdown: CancellationToken,
}

/// A connection between two requests.
struct Resting<S> {
    stream: S,
    /// What was read of the next request.
    read: Bytes,
    /// Until when it may stand without a whole request.
    until: Instant,
}

/// How a connection is watched while it is served.
struct Watch {
    /// Until when it may stand without a whole request.
    until: Instant,
    /// Not before a whole request was there: half of one would only be carried to and fro.
    may_rest: bool,
}

/// What a look at a connection says.
enum Look {
    GoOn,
    Rest,
    Close,
}

// === impl Watch ===

impl Watch {
    fn look(&mut self, activity: &Activity, now: Instant, idle_until: Instant) -> Look {
        if activity.take() {
            (self.until, self.may_rest) = (idle_until, true);
            Look::GoOn
        } else if now >= self.until {
            Look::Close
        } else if self.may_rest && !activity.is_blocked() {
            Look::Rest
        } else {
            Look::GoOn
        }
    }
}

// === impl Terms ===

impl Terms {
    /// What connections to these parts of a node need, until `shutdown`.
    pub(super) fn new(served: Served, settings: Settings, shutdown: CancellationToken) -> Self {
        Self {
            face: Face::new(served.clone()),
            served,
            handshakes: Semaphore::new(settings.handshakes_max.max(1)),
            settings,
            shutdown,
        }
    }

    /// Serves one connection until it ends.
    pub(super) async fn connection(
        self: Arc<Self>,
        stream: TcpStream,
        peer: Peer,
        acceptor: Option<TlsAcceptor>,
    ) {
        let Some(acceptor) = acceptor else {
            return self.requests(Box::new(stream), peer).await;
        };
        // Boxed: what a handshake needs is given back when it is over.
        if let Some(stream) = Box::pin(self.handshake(stream, peer, acceptor)).await {
            self.requests(stream, peer).await;
        }
    }

    /// A client that says nothing takes a socket and this task; a place and the state of a handshake are only for who has
    /// begun one.
    async fn handshake(
        &self,
        stream: TcpStream,
        Peer { address, .. }: Peer,
        acceptor: TlsAcceptor,
    ) -> Option<Box<TlsStream<TcpStream>>> {
        let limit = Duration::from_secs(self.settings.handshake_seconds);
        let handshake = async {
            stream.readable().await?;
            let _place = self.handshakes.acquire().await.map_err(io::Error::other)?;
            let _counted = self.served.measured().handshake();
            // Boxed once more, so that who waits for a place does not take the space.
            let accepted = Box::pin(acceptor.accept(stream));
            tokio::time::timeout(limit / PLACE_PART, accepted)
                .await?
                .map(Box::new)
        };
        let ended = tokio::select! {
            ended = tokio::time::timeout(limit, handshake) => ended,
            () = self.shutdown.cancelled() => return None,
        };
        match ended {
            Ok(Ok(stream)) => return Some(stream),
            Ok(Err(error)) => tracing::debug!(%address, %error, "a TLS handshake failed"),
            Err(_) => tracing::debug!(%address, "a TLS handshake took too long"),
        }
        None
    }

    /// Requests and rests in turn.
    async fn requests<S>(&self, stream: S, peer: Peer)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let mut resting = Resting {
            stream,
            read: Bytes::new(),
            until: self.idle_until(),
        };
        // Boxed: what serving needs is given back when the connection rests.
        while let Some(rests) = Box::pin(self.serve(resting, peer)).await {
            match self.rest(rests).await {
                Some(woken) => resting = woken,
                None => return,
            }
        }
    }

    /// Serves requests until the connection ends, or has had none for a while.
    async fn serve<S>(&self, resting: Resting<S>, peer: Peer) -> Option<Resting<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (address, welcome) = (PeerAddress(peer.address.ip()), peer.welcome);
        let activity = Arc::new(Activity::default());
        let service = hyper::service::service_fn(|request: Request<Incoming>| {
            let activity = Arc::clone(&activity);
            async move {
                let _answering = activity.answering();
                Ok::<_, Infallible>(match welcome {
                    Welcome::Served => self.face.answer(address, request).await,
                    Welcome::TurnedAway => self.face.turn_away(&request),
                })
            }
        });
        let mut watch = Watch {
            until: resting.until,
            may_rest: resting.read.is_empty(),
        };
        let stream = Watched::new(resting.stream, resting.read, Arc::clone(&activity));
        let mut connection = http1::Builder::new()
            .keep_alive(welcome == Welcome::Served)
            // The look below watches over this time, without a timer for each request.
            .header_read_timeout(None)
            .max_buf_size(HEAD_BYTES_MAX.max(8192))
            .serve_connection(TokioIo::new(stream), service);
        let look_each = self.settings.rest_seconds.min(self.settings.idle_seconds);
        let look_each = Duration::from_secs(look_each.max(1));
        let mut look = std::pin::pin!(tokio::time::sleep(look_each));
        loop {
            tokio::select! {
                biased;
                ended = &mut connection => {
                    log_end(peer, ended);
                    return None;
                }
                () = &mut look => {}
                () = self.shutdown.cancelled() => {
                    Pin::new(&mut connection).graceful_shutdown();
                    log_end(peer, connection.await);
                    return None;
                }
            }
            let now = Instant::now();
            look.as_mut().reset(now + look_each);
            match watch.look(&activity, now, self.idle_until()) {
                Look::GoOn => {}
                Look::Rest => break,
                Look::Close => {
                    tracing::debug!(address = %peer.address, "a connection without a request is closed");
                    return None;
                }
            }
        }
        // Nothing is asked, worked on or on its way out: hyper ends at once and gives the stream back.
        Pin::new(&mut connection).graceful_shutdown();
        let parts = tokio::time::timeout(GOODBYE, connection.without_shutdown())
            .await
            .ok()?
            .ok()?;
        let (stream, before) = parts.io.into_inner().into_parts();
        let read = if before.is_empty() {
            parts.read_buf
        } else {
            [parts.read_buf, before].concat().into()
        };
        Some(Resting {
            stream,
            read,
            until: watch.until,
        })
    }

    /// Waits for the next request without holding a buffer.
    async fn rest<S>(&self, mut resting: Resting<S>) -> Option<Resting<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        if !resting.read.is_empty() {
            // Half a request is there: hyper waits for the other half.
            return Some(resting);
        }
        let _counted = self.served.measured().resting();
        let read = tokio::select! {
            read = wake(&mut resting.stream) => read.unwrap_or_default(),
            () = tokio::time::sleep_until(resting.until) => Bytes::new(),
            () = self.shutdown.cancelled() => Bytes::new(),
        };
        if read.is_empty() {
            let _ = tokio::time::timeout(GOODBYE, resting.stream.shutdown()).await;
            return None;
        }
        Some(Resting { read, ..resting })
    }

    fn idle_until(&self) -> Instant {
        Instant::now() + Duration::from_secs(self.settings.idle_seconds)
    }
}

/// The next bytes; none when the client has closed.
async fn wake<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<Bytes> {
    std::future::poll_fn(|cx| {
        // On the stack, and only while this is polled.
        let mut space = [const { MaybeUninit::uninit() }; WAKING_BYTES];
        let mut buffer = ReadBuf::uninit(&mut space);
        let polled = Pin::new(&mut *stream).poll_read(cx, &mut buffer);
        polled.map_ok(|()| Bytes::copy_from_slice(buffer.filled()))
    })
    .await
}

fn log_end(Peer { address, .. }: Peer, ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(%address, %error, "a connection broke off");
    }
}
