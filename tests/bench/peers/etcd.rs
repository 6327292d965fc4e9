//! A single etcd member; puts over HTTP by its JSON gateway, which costs it a second call inside its process.

use std::{net::SocketAddr, path::Path, process::Command, time::Duration};

use anyhow::{Result, ensure};

use crate::{
    connection::Dialler,
    cores::Cores,
    load::{self, Expect, Lane},
    server::{Server, free_address},
    session::Session,
};

/// The server and the connections to it.
pub(crate) struct Etcd {
    lanes: Vec<Lane>,
    server: Server,
    address: SocketAddr,
    answers: u64,
}

impl Etcd {
    /// Starts it, or says that it is not installed.
    pub(crate) async fn start(
        cores: Cores,
        directory: &Path,
        sessions: &[Session],
        clients: usize,
    ) -> Result<Option<Self>> {
        if Command::new("etcd").arg("--version").output().is_err() {
            eprintln!("NOTICE: etcd is not installed; its row is left out");
            return Ok(None);
        }
        let (address, peers) = (free_address()?, free_address()?);
        let (client_url, peer_url) = (format!("http://{address}"), format!("http://{peers}"));
        let mut command = cores.server_command("etcd");
        command
            .arg("--data-dir")
            .arg(directory.join("etcd"))
            .args([
                "--listen-client-urls",
                &client_url,
                "--advertise-client-urls",
                &client_url,
            ])
            .args([
                "--listen-peer-urls",
                &peer_url,
                "--initial-advertise-peer-urls",
                &peer_url,
            ])
            .args([
                "--initial-cluster",
                &format!("default={peer_url}"),
                "--log-level",
                "error",
            ]);
        let mut server = Server::start("etcd", &mut command, directory)?;
        server.accepts(address).await?;
        let sessions: Vec<Session> = sessions.iter().map(Session::as_puts).collect();
        let lanes = load::lanes(&Dialler::plain(address), clients, &sessions).await?;
        Ok(Some(Self {
            lanes,
            server,
            address,
            answers: 0,
        }))
    }

    pub(crate) async fn turn(&mut self, time: Duration) -> Result<f64> {
        let turn = load::turn(&mut self.lanes, self.server.pid(), time, Expect::Ok).await?;
        self.answers += turn.answers;
        Ok(turn.rate)
    }

    /// Counts the keys.
    pub(crate) async fn verify(&self) -> Result<()> {
        let mut connection = Dialler::plain(self.address).dial().await?;
        // All keys, and only their number: a zero byte to a zero byte is everything.
        let all = r#"{"key":"AA==","range_end":"AA==","count_only":true}"#;
        let counted = connection.post("/v3/kv/range", None, all).await?;
        let held: u64 = counted["count"].as_str().unwrap_or("0").parse()?;
        ensure!(
            held >= self.answers,
            "etcd acknowledged {} and holds {held}",
            self.answers
        );
        Ok(())
    }
}
