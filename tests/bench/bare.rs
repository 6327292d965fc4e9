//! What the node is compared with: hyper 1 on tokio-rustls, one thread, the node's own certificate; it reads the body and
//! answers 200 with as many bytes as the node does. It runs as a child and ends when its standard input closes.

use std::{
    convert::Infallible,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::Arc,
};

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, header, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio::{io::AsyncReadExt, net::TcpListener, task::JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::cores::Cores;

/// The child's arguments.
#[derive(Debug, clap::Args)]
pub(crate) struct Bare {
    /// Where the certificate and its key lie.
    #[arg(long)]
    identity: PathBuf,
    /// How many bytes it answers.
    #[arg(long)]
    body_bytes: usize,
}

/// The child, from outside.
pub(crate) struct BareServer {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl BareServer {
    /// Starts one on the server's core.
    pub(crate) fn start(cores: Cores, identity: &Path, body_bytes: usize) -> Result<Self> {
        let mut child = cores
            .server_command(std::env::current_exe()?)
            .arg("serve-bare")
            .arg("--identity")
            .arg(identity)
            .args(["--body-bytes", &body_bytes.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the bare server cannot be started")?;
        let mut line = String::new();
        let words = child.stdout.take().context("the child has an output")?;
        BufReader::new(words).read_line(&mut line)?;
        let address = line.trim().parse().context("the bare server did not come up")?;
        Ok(Self { child, address })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for BareServer {
    fn drop(&mut self) {
        // It is our own child; when it has ended already there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Bare {
    /// Serves until the parent is gone.
    pub(crate) async fn serve(&self) -> Result<()> {
        let acceptor = self.acceptor()?;
        let body = Bytes::from(vec![b' '; self.body_bytes]);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        println!("{}", listener.local_addr()?);
        let mut connections = JoinSet::new();
        let mut parent = tokio::io::stdin();
        let mut rest = [0];
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    let (stream, _) = accepted?;
                    stream.set_nodelay(true)?;
                    connections.spawn(connection(acceptor.clone(), stream, body.clone()));
                }
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                _ = parent.read(&mut rest) => return Ok(()),
            }
        }
    }

    fn acceptor(&self) -> Result<TlsAcceptor> {
        let chain =
            CertificateDer::pem_file_iter(self.identity.join(node::http::listener::CERTIFICATE_FILE))?
                .collect::<Result<Vec<_>, _>>()?;
        let key = PrivateKeyDer::from_pem_file(self.identity.join(node::http::listener::KEY_FILE))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.ticketer = rustls::crypto::aws_lc_rs::Ticketer::new()?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

async fn connection(acceptor: TlsAcceptor, stream: tokio::net::TcpStream, body: Bytes) {
    let service = service_fn(move |request| answer(request, body.clone()));
    // A client that goes away is no error here: the client counts.
    if let Ok(stream) = acceptor.accept(stream).await {
        let _ = http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await;
    }
}

async fn answer(request: Request<Incoming>, body: Bytes) -> Result<Response<Full<Bytes>>, Infallible> {
    // Read to its end; what it says is nobody's business here.
    let _ = request.into_body().collect().await;
    let mut response = Response::new(Full::new(body));
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    Ok(response)
}
