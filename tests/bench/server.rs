//! A server that a bench started, whichever it is: it has a log file, comes up within a time, and ends with the bench, by
//! its process id alone.

use std::{
    fs::OpenOptions,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::Instant;

/// How long a server may take to come up or to stop on a noisy machine.
const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(20);

/// One running server.
#[derive(Debug)]
pub(crate) struct Server {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Server {
    /// Starts it; what it says goes to a file in the directory.
    pub(crate) fn start(name: &'static str, command: &mut Command, directory: &Path) -> Result<Self> {
        let log = directory.join(format!("{name}.log"));
        let words = OpenOptions::new().create(true).append(true).open(&log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(words.try_clone()?)
            .stderr(words)
            .spawn()
            .with_context(|| format!("{name} cannot be started"))?;
        Ok(Self { name, child, log })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it accepts connections.
    pub(crate) async fn accepts(&mut self, address: SocketAddr) -> Result<()> {
        self.comes_up(|_| TcpStream::connect(address).is_ok().then_some(()))
            .await
    }

    /// Waits until something can be seen, perhaps in what it said.
    pub(crate) async fn comes_up<T>(&mut self, seen: impl Fn(&str) -> Option<T>) -> Result<T> {
        let begun = Instant::now();
        loop {
            let words = std::fs::read_to_string(&self.log)?;
            if let Some(value) = seen(&words) {
                return Ok(value);
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended with {status}: {words}", self.name);
            }
            ensure!(
                begun.elapsed() < PATIENCE,
                "{} is not up after {PATIENCE:?}: {words}",
                self.name
            );
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Stops it in order.
    pub(crate) fn stop(mut self) -> Result<()> {
        let status = self.end()?;
        ensure!(
            status,
            "{} did not stop in order; see {}",
            self.name,
            self.log.display()
        );
        Ok(())
    }

    /// Asks it to stop and waits; kills it when it does not. Says whether it ended well.
    fn end(&mut self) -> Result<bool> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(status.success());
        }
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // It may have ended just now.
            let _ = kill_process(pid, Signal::TERM);
        }
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status.success());
            }
            std::thread::sleep(PAUSE);
        }
        self.child.kill()?;
        self.child.wait()?;
        Ok(false)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            eprintln!("{} may still run: {error}", self.name);
        }
    }
}

/// A loopback address that is free now.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}
