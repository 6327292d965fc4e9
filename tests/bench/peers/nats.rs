//! NATS JetStream with a file store: publishes that wait for the stream's acknowledgement. It acknowledges before it
//! syncs, so its row is no durable one; it is here because it is often proposed.

use std::{net::SocketAddr, path::Path, process::Command, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::Instant,
};

use crate::{
    cores::Cores,
    server::{Server, free_address},
};

/// As large as an answer's record.
const PAYLOAD: &str =
    r#"{"candidate":200001,"item":7,"seq":12,"response":{"choice":2},"marked":false,"at":1795000000000}"#;

/// The server and the connections to it.
pub(crate) struct Nats {
    clients: Vec<Client>,
    published: u64,
    /// Ends with this value.
    _server: Server,
}

struct Client {
    stream: BufReader<TcpStream>,
    inbox: String,
}

impl Nats {
    /// Starts it, or says that it is not installed.
    pub(crate) async fn start(cores: Cores, directory: &Path, clients: usize) -> Result<Option<Self>> {
        let program = ["nats-server", "/usr/sbin/nats-server"]
            .into_iter()
            .find(|program| Command::new(program).arg("--version").output().is_ok());
        let Some(program) = program else {
            eprintln!("NOTICE: nats-server is not installed; its row is left out");
            return Ok(None);
        };
        let address = free_address()?;
        let mut command = cores.server_command(program);
        command
            .args(["-js", "-a", "127.0.0.1", "-p", &address.port().to_string(), "-sd"])
            .arg(directory.join("nats"));
        let mut server = Server::start("nats", &mut command, directory)?;
        server.accepts(address).await?;
        let mut all = Vec::with_capacity(clients);
        for index in 0..clients {
            all.push(Client::connect(address, index).await?);
        }
        let stream = r#"{"name":"ANSWERS","subjects":["answers"],"storage":"file","num_replicas":1}"#;
        let made = all[0].request("$JS.API.STREAM.CREATE.ANSWERS", stream).await?;
        ensure!(!made.contains("\"error\""), "NATS made no stream: {made}");
        Ok(Some(Self {
            clients: all,
            published: 0,
            _server: server,
        }))
    }

    pub(crate) async fn turn(&mut self, time: Duration) -> Result<f64> {
        let begun = Instant::now();
        let loops = self
            .clients
            .iter_mut()
            .map(|client| client.publish_until(begun + time));
        let published: u64 = futures::future::try_join_all(loops).await?.iter().sum();
        self.published += published;
        Ok(published as f64 / begun.elapsed().as_secs_f64())
    }

    pub(crate) async fn verify(&mut self) -> Result<()> {
        let info = self.clients[0].request("$JS.API.STREAM.INFO.ANSWERS", "").await?;
        let info: serde_json::Value = serde_json::from_str(&info)?;
        let held = info["state"]["messages"].as_u64().context("NATS says no count")?;
        ensure!(
            held >= self.published,
            "NATS acknowledged {} and holds {held}",
            self.published
        );
        Ok(())
    }
}

impl Client {
    async fn connect(address: SocketAddr, index: usize) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut client = Self {
            stream: BufReader::new(stream),
            inbox: format!("_INBOX.{index}"),
        };
        let hello = format!(
            "CONNECT {{\"verbose\":false,\"pedantic\":false}}\r\nSUB {} 1\r\n",
            client.inbox
        );
        client.stream.write_all(hello.as_bytes()).await?;
        Ok(client)
    }

    async fn publish_until(&mut self, until: Instant) -> Result<u64> {
        let mut published = 0;
        while Instant::now() < until {
            let acknowledged = self.request("answers", PAYLOAD).await?;
            ensure!(acknowledged.contains("\"seq\""), "NATS refused: {acknowledged}");
            published += 1;
        }
        Ok(published)
    }

    /// Publishes, and waits for the answer in the inbox.
    async fn request(&mut self, subject: &str, payload: &str) -> Result<String> {
        let publish = format!("PUB {subject} {} {}\r\n{payload}\r\n", self.inbox, payload.len());
        self.stream.write_all(publish.as_bytes()).await?;
        let mut line = String::new();
        loop {
            line.clear();
            ensure!(
                self.stream.read_line(&mut line).await? > 0,
                "NATS closed the connection"
            );
            match line.split_whitespace().next() {
                Some("MSG") => break,
                Some("PING") => self.stream.write_all(b"PONG\r\n").await?,
                Some("-ERR") => bail!("NATS: {line}"),
                _ => {}
            }
        }
        let bytes: usize = line
            .split_whitespace()
            .last()
            .context("MSG has a length")?
            .parse()?;
        // The payload ends with a line's end of its own.
        let mut answer = vec![0; bytes + 2];
        self.stream.read_exact(&mut answer).await?;
        answer.truncate(bytes);
        Ok(String::from_utf8(answer)?)
    }
}
