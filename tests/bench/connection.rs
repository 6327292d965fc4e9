//! One keep-alive connection of the load, TLS 1.3 but for peers that do none: a request's bytes out, an answer in, with the least work that this can
//! be, so that the client is not what is measured. Certificates are pinned, not chained to an authority.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use anyhow::{Context, Result, bail, ensure};
use rustls::{
    CipherSuite, ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs},
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpSocket,
};
use tokio_rustls::TlsConnector;

/// No answer of this load is larger.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Loopback addresses that connections come from.
const SOURCES: u32 = 200;

/// How connections are made.
#[derive(Clone)]
pub(crate) struct Dialler {
    address: SocketAddr,
    /// None for a server that does no TLS.
    tls: Option<TlsConnector>,
    dialled: Arc<AtomicU32>,
}

/// One connection.
pub(crate) struct Connection {
    stream: Box<dyn Stream>,
    buffer: Vec<u8>,
}

/// TLS, or plain TCP.
trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

/// An answer, as it lies in the connection's buffer.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
}

impl Dialler {
    /// Dials a server that shows the certificate in this file.
    pub(crate) fn new(address: SocketAddr, certificate: &Path) -> Result<Self> {
        let pem = std::fs::read(certificate)
            .with_context(|| format!("{} cannot be read", certificate.display()))?;
        let pinned = CertificateDer::from_pem_slice(&pem).context("the server's certificate is not PEM")?;
        let mut provider = aws_lc_rs::default_provider();
        // One cipher for everybody who is compared: the one that browsers ask for first.
        provider
            .cipher_suites
            .retain(|suite| suite.suite() == CipherSuite::TLS13_AES_128_GCM_SHA256);
        let schemes = provider.signature_verification_algorithms.supported_schemes();
        let mut config = ClientConfig::builder_with_provider(Arc::<CryptoProvider>::new(provider))
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Pinned { pinned, schemes }))
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // Every handshake is a full one.
        config.resumption = rustls::client::Resumption::disabled();
        Ok(Self {
            address,
            tls: Some(TlsConnector::from(Arc::new(config))),
            dialled: Arc::default(),
        })
    }

    /// Dials a server that does no TLS.
    pub(crate) fn plain(address: SocketAddr) -> Self {
        Self {
            address,
            tls: None,
            dialled: Arc::default(),
        }
    }

    /// A new connection, its handshake done.
    pub(crate) async fn dial(&self) -> Result<Connection> {
        let socket = TcpSocket::new_v4()?;
        // An ended connection keeps its port for a minute: thousands of them a second need more addresses than one.
        let source = self.dialled.fetch_add(1, Ordering::Relaxed) % SOURCES + 1;
        socket.bind((Ipv4Addr::new(127, 0, 1, source as u8), 0).into())?;
        let stream = socket
            .connect(self.address)
            .await
            .with_context(|| format!("{} does not accept", self.address))?;
        stream.set_nodelay(true)?;
        let stream: Box<dyn Stream> = match &self.tls {
            Some(tls) => Box::new(
                tls.connect(ServerName::try_from("localhost")?, stream)
                    .await
                    .context("the TLS handshake failed")?,
            ),
            None => Box::new(stream),
        };
        Ok(Connection {
            stream,
            buffer: Vec::with_capacity(2048),
        })
    }
}

impl Connection {
    /// Sends a request and waits for its answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.stream.flush().await?;
        self.buffer.clear();
        let mut expected = None;
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await?;
            ensure!(read > 0, "the server closed the connection instead of an answer");
            if expected.is_none() {
                expected = Head::parse(&self.buffer)?;
            }
            if let Some(head) = &expected
                && self.buffer.len() >= head.bytes + head.body_bytes
            {
                let (status, from) = (head.status, head.bytes);
                ensure!(
                    self.buffer.len() == from + head.body_bytes,
                    "bytes after an answer"
                );
                return Ok(Answer {
                    status,
                    body: &self.buffer[from..],
                });
            }
            ensure!(self.buffer.len() < ANSWER_BYTES_MAX, "an answer is too large");
        }
    }

    /// A JSON call, for what is done beside a measurement; an error unless it gives 200.
    pub(crate) async fn post(
        &mut self,
        path: &str,
        token: Option<&str>,
        body: &str,
    ) -> Result<serde_json::Value> {
        self.send("POST", path, token, body).await
    }

    /// A call without a body.
    pub(crate) async fn get(&mut self, path: &str, token: &str) -> Result<serde_json::Value> {
        self.send("GET", path, Some(token), "").await
    }

    async fn send(
        &mut self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: &str,
    ) -> Result<serde_json::Value> {
        let bearer = token
            .map(|token| format!("authorization: Bearer {token}\r\n"))
            .unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\n{bearer}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = self.exchange(request.as_bytes()).await?;
        if answer.status != 200 {
            bail!(
                "{path}: {} {}",
                answer.status,
                String::from_utf8_lossy(answer.body)
            );
        }
        Ok(serde_json::from_slice(answer.body)?)
    }
}

/// The head of an answer.
struct Head {
    status: u16,
    bytes: usize,
    body_bytes: usize,
}

impl Head {
    /// The head, once all of it is there.
    fn parse(bytes: &[u8]) -> Result<Option<Self>> {
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = std::str::from_utf8(&bytes[..end])?;
        let mut lines = head.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.get(9..12))
            .context("no status line")?;
        let length = lines.find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim())
        });
        Ok(Some(Self {
            status: status.parse()?,
            bytes: end + 4,
            body_bytes: length.context("an answer has no content-length")?.parse()?,
        }))
    }
}

/// Takes exactly one certificate and believes its signature: in a bench of handshakes the client, which has the dearer
/// half of them, would be what is measured.
#[derive(Debug)]
struct Pinned {
    pinned: CertificateDer<'static>,
    schemes: Vec<SignatureScheme>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if *end_entity == self.pinned {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::CertificateError::UnknownIssuer.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_measured_once_its_head_is_complete() {
        let answer = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: 5\r\n\r\nlater";
        assert!(Head::parse(&answer[..40]).unwrap().is_none());
        let head = Head::parse(answer).unwrap().unwrap();
        assert_eq!((head.status, head.body_bytes), (503, 5));
        assert_eq!(&answer[head.bytes..], b"later");
        assert!(Head::parse(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
