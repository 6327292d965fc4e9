//! Redis with an append-only file that is synced before each answer, loaded by its own `redis-benchmark`: no HTTP, no TLS,
//! no JSON, no rules.

use std::{net::SocketAddr, path::Path, process::Command, rc::Rc, time::Duration};

use anyhow::{Context, Result, ensure};

use crate::{
    cores::Cores,
    server::{Server, free_address},
};

/// Requests of the first turn, when its rate is not known.
const REQUESTS_FIRST: u64 = 50_000;

/// The server.
pub(crate) struct Redis {
    address: SocketAddr,
    server: Rc<Server>,
}

/// Its benchmark with so many clients, and a stream of its own.
pub(crate) struct Clients {
    address: SocketAddr,
    cores: Cores,
    count: usize,
    stream: String,
    added: u64,
    rate: Option<f64>,
    /// Ends when the last that needs it does.
    server: Rc<Server>,
}

impl Redis {
    /// Starts it, or says that it is not installed.
    pub(crate) async fn start(cores: Cores, directory: &Path) -> Result<Option<Self>> {
        let is_here = |program: &str| Command::new(program).arg("--version").output().is_ok();
        if !is_here("redis-server") || !is_here("redis-benchmark") {
            eprintln!("NOTICE: Redis is not installed; its rows are left out");
            return Ok(None);
        }
        let home = directory.join("redis");
        std::fs::create_dir(&home)?;
        let address = free_address()?;
        let mut command = cores.server_command("redis-server");
        command
            .args([
                "--port",
                &address.port().to_string(),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
            ])
            .args(["--appendonly", "yes", "--appendfsync", "always", "--dir"])
            .arg(&home);
        let mut server = Server::start("redis", &mut command, directory)?;
        server.accepts(address).await?;
        Ok(Some(Self {
            address,
            server: Rc::new(server),
        }))
    }

    pub(crate) fn clients(&self, cores: Cores, count: usize) -> Clients {
        Clients {
            address: self.address,
            cores,
            count,
            stream: format!("answers-{count}"),
            added: 0,
            rate: None,
            server: Rc::clone(&self.server),
        }
    }
}

impl Clients {
    pub(crate) fn turn(&mut self, time: Duration) -> Result<f64> {
        let requests = self
            .rate
            .map_or(REQUESTS_FIRST, |rate| (rate * time.as_secs_f64()) as u64);
        let fields = "candidate 200001 item 7 seq __rand_int__ response {\"choice\":2} marked 0";
        let output = self
            .cores
            .client_command("redis-benchmark")
            .args(["-h", "127.0.0.1", "-p", &self.address.port().to_string(), "--csv"])
            .args([
                "-c",
                &self.count.to_string(),
                "-n",
                &requests.to_string(),
                "-r",
                "1000000",
            ])
            .args(["XADD", &self.stream, "*"])
            .args(fields.split(' '))
            .output()?;
        ensure!(
            output.status.success(),
            "redis-benchmark: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let words = String::from_utf8(output.stdout)?;
        // "name","rate",…; the name is the command and holds no such separator.
        let last = words.lines().last().context("redis-benchmark said nothing")?;
        let rate = last
            .split("\",\"")
            .nth(1)
            .context("redis-benchmark said no rate")?;
        let rate: f64 = rate.trim_matches('"').parse()?;
        self.added += requests;
        self.rate = Some(rate);
        Ok(rate)
    }

    pub(crate) fn verify(&self) -> Result<()> {
        let output = Command::new("redis-cli")
            .args(["-p", &self.address.port().to_string(), "XLEN", &self.stream])
            .output()?;
        let held: u64 = String::from_utf8(output.stdout)?.trim().parse()?;
        ensure!(
            held >= self.added,
            "Redis (process {}) acknowledged {} and holds {held}",
            self.server.pid(),
            self.added
        );
        Ok(())
    }
}
