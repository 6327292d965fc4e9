//! One keep-alive HTTPS connection: a request out, its answer in. HTTP/1.1 by hand, as a browser that sends one request
//! at a time, because thousands of these share a core with what they measure: no buffer is held while nothing comes.

use std::{
    cell::RefCell,
    future::poll_fn,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Poll, ready},
};

use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWriteExt, ReadBuf},
    net::{TcpSocket, TcpStream},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::trouble::Trouble;

/// What is read at once; the whole share has one such buffer.
const READ_BYTES: usize = 16 * 1024;

/// The longest answer: a sealed paper of a hundred items in three languages is far below it.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Header lines of an answer.
const HEADERS_MAX: usize = 32;

thread_local! {
    static INPUT: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BYTES].into());
}

/// An open connection.
pub(crate) struct Connection {
    stream: TlsStream<TcpStream>,
    /// Whether it has carried an answer: the node may have closed it since.
    pub was_used: bool,
}

/// An answer.
pub(crate) struct Answer {
    /// The HTTP status.
    pub status: u16,
    bytes: Vec<u8>,
    body_from: usize,
    is_last: bool,
}

struct Head {
    status: u16,
    bytes: usize,
    body_bytes: usize,
    is_last: bool,
}

// === impl Answer ===

impl Answer {
    /// The body.
    pub(crate) fn body(&self) -> &[u8] {
        &self.bytes[self.body_from..]
    }

    /// Whether the node will close the connection.
    pub(crate) fn is_last(&self) -> bool {
        self.is_last
    }
}

// === impl Connection ===

impl Connection {
    /// Connects from an address of this machine.
    pub(crate) async fn open(from: IpAddr, to: SocketAddr, tls: Arc<ClientConfig>) -> Result<Self, Trouble> {
        let socket = TcpSocket::new_v4().map_err(Trouble::Exhausted)?;
        socket
            .bind(SocketAddr::new(from, 0))
            .map_err(Trouble::Exhausted)?;
        let stream = socket.connect(to).await.map_err(|error| match error.kind() {
            io::ErrorKind::AddrNotAvailable | io::ErrorKind::AddrInUse => Trouble::Exhausted(error),
            _ => Trouble::Unreachable(error),
        })?;
        // Small requests go out at once.
        stream.set_nodelay(true).map_err(Trouble::Unreachable)?;
        let name = ServerName::try_from("localhost").expect("localhost is a name");
        let connecting = TlsConnector::from(tls).connect(name, stream);
        Ok(Self {
            stream: connecting.await.map_err(Trouble::Handshake)?,
            was_used: false,
        })
    }

    /// Whether the handshake resumed an earlier session.
    pub(crate) fn is_resumed(&self) -> bool {
        self.stream.get_ref().1.handshake_kind() == Some(rustls::HandshakeKind::Resumed)
    }

    /// Sends a request and reads its answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Answer, Trouble> {
        self.stream
            .write_all(request)
            .await
            .map_err(|_| Trouble::Closed)?;
        self.stream.flush().await.map_err(|_| Trouble::Closed)?;
        let mut bytes = Vec::new();
        let mut head: Option<Head> = None;
        loop {
            let got = self.read_into(&mut bytes).await;
            match got {
                Ok(0) | Err(_) if bytes.is_empty() => return Err(Trouble::Closed),
                Ok(0) | Err(_) => return Err(Trouble::BrokenOff),
                Ok(_) => {}
            }
            if head.is_none() {
                head = parse_head(&bytes)?;
            }
            if let Some(head) = &head {
                let total = head.bytes + head.body_bytes;
                if bytes.len() > total {
                    return Err(Trouble::Unexpected("an answer longer than it says".into()));
                }
                if bytes.len() == total {
                    self.was_used = true;
                    return Ok(Answer {
                        status: head.status,
                        body_from: head.bytes,
                        is_last: head.is_last,
                        bytes,
                    });
                }
            }
        }
    }

    /// Adds what has come to `bytes`.
    async fn read_into(&mut self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        poll_fn(|context| {
            INPUT.with_borrow_mut(|input| {
                let mut input = ReadBuf::new(input);
                ready!(Pin::new(&mut self.stream).poll_read(context, &mut input))?;
                bytes.extend_from_slice(input.filled());
                Poll::Ready(Ok(input.filled().len()))
            })
        })
        .await
    }
}

/// The head of an answer, once it is whole.
fn parse_head(bytes: &[u8]) -> Result<Option<Head>, Trouble> {
    let unexpected = |what: &str| Trouble::Unexpected(what.to_owned());
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut answer = httparse::Response::new(&mut headers);
    let parsed = answer
        .parse(bytes)
        .map_err(|error| unexpected(&error.to_string()))?;
    let httparse::Status::Complete(head_bytes) = parsed else {
        return Ok(None);
    };
    let value = |name: &str| {
        let header = answer
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name));
        header.and_then(|header| std::str::from_utf8(header.value).ok())
    };
    let status = answer.code.unwrap_or_default();
    let body_bytes = match value("content-length") {
        Some(length) => length
            .parse()
            .map_err(|_| unexpected("a length that is no number"))?,
        None if matches!(status, 204 | 304) => 0,
        None => return Err(unexpected("an answer without a length")),
    };
    if body_bytes > ANSWER_BYTES_MAX {
        return Err(unexpected("an answer that is too long"));
    }
    let is_last = value("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    Ok(Some(Head {
        status,
        bytes: head_bytes,
        body_bytes,
        is_last,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_once_it_is_whole() {
        let text = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
        for cut in 0..text.len() - 5 {
            assert!(parse_head(&text[..cut]).unwrap().is_none(), "{cut}");
        }
        let head = parse_head(text).unwrap().unwrap();
        assert_eq!(
            (head.status, head.bytes + head.body_bytes, head.is_last),
            (200, text.len(), true)
        );
    }

    #[test]
    fn an_answer_without_an_end_or_without_measure_is_refused() {
        for text in [
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
            "SMTP\r\n\r\n",
        ] {
            assert!(parse_head(text.as_bytes()).is_err(), "{text}");
        }
    }
}
