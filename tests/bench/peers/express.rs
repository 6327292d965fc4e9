//! Express and pg, as the replaced system was built: `npm ci` in a copy of its folder, one process, a pool of 20.

use std::{net::SocketAddr, path::Path, process::Command, time::Duration};

use anyhow::{Result, ensure};

use super::postgres::Database;
use crate::{
    connection::Dialler,
    cores::Cores,
    ground::Ground,
    load::{self, Expect, Lane},
    server::Server,
    session::Session,
};

/// Connections to it.
const CLIENTS: usize = super::CLIENTS;

/// The server and the connections to it.
pub(crate) struct Express {
    lanes: Vec<Lane>,
    server: Server,
    database: Database,
    answers: u64,
    rows_before: u64,
}

impl Express {
    /// Starts it, or says that it cannot be installed.
    pub(crate) async fn start(
        cores: Cores,
        directory: &Path,
        database: &Database,
        ground: &Ground,
        sessions: &[Session],
    ) -> Result<Option<Self>> {
        let home = directory.join("express");
        if !install(&home)? {
            eprintln!(
                "NOTICE: Express cannot be installed (node, npm or the registry is missing); its row is left out"
            );
            return Ok(None);
        }
        let mut command = cores.server_command("node");
        command
            .arg("server.mjs")
            .current_dir(&home)
            .env("NODE_ENV", "production")
            .env("IDENTITY", ground.identity())
            .env("PGHOST", &database.socket)
            .env("PGUSER", &database.user);
        let mut server = Server::start("express", &mut command, directory)?;
        let address: SocketAddr = server
            .comes_up(|words| words.lines().next()?.parse().ok())
            .await?;
        let dialler = Dialler::new(address, &ground.certificate())?;
        let sessions: Vec<Session> = sessions.iter().map(Session::with_bare_number).collect();
        Ok(Some(Self {
            lanes: load::lanes(&dialler, CLIENTS, &sessions).await?,
            server,
            database: database.clone(),
            answers: 0,
            rows_before: database.rows()?,
        }))
    }

    pub(crate) async fn turn(&mut self, time: Duration) -> Result<f64> {
        let turn = load::turn(&mut self.lanes, self.server.pid(), time, Expect::Saved).await?;
        self.answers += turn.answers;
        Ok(turn.rate)
    }

    pub(crate) fn verify(&self) -> Result<()> {
        let rows = self.database.rows()? - self.rows_before;
        ensure!(
            rows >= self.answers,
            "Express acknowledged {} and {rows} rows are there",
            self.answers
        );
        Ok(())
    }
}

/// Copies the folder and installs what its lock names.
fn install(home: &Path) -> Result<bool> {
    let source = tests::binary::workspace().join("tests/bench/peers/express");
    std::fs::create_dir(home)?;
    for file in ["package.json", "package-lock.json", "server.mjs", ".npmrc"] {
        std::fs::copy(source.join(file), home.join(file))?;
    }
    let installed = Command::new("npm")
        .args(["ci", "--silent", "--no-audit", "--no-fund"])
        .current_dir(home)
        .output();
    match installed {
        Ok(output) if output.status.success() => Ok(true),
        Ok(output) => {
            eprintln!("{}", String::from_utf8_lossy(&output.stderr));
            Ok(false)
        }
        Err(_) => Ok(false),
    }
}
