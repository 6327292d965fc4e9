//! Which program runs on which core. Everything that is compared is held on the same one, by util-linux's `taskset`.

use std::{
    ffi::OsStr,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

/// The two cores of a comparison.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cores {
    /// Whoever is measured.
    pub(crate) server: usize,
    /// Whoever asks.
    pub(crate) client: usize,
    /// Whether the measured one may use both: where the other only waits meanwhile.
    pub(crate) is_shared: bool,
}

impl Cores {
    /// The same with both cores for whoever is measured.
    pub(crate) fn shared(self) -> Self {
        Self {
            is_shared: true,
            ..self
        }
    }

    /// A command that runs on the server's core, with its process id.
    pub(crate) fn server_command(self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("taskset");
        let cores = if self.is_shared {
            format!("{},{}", self.server, self.client)
        } else {
            self.server.to_string()
        };
        command.args(["-c", &cores]).arg(program);
        command
    }

    /// A command that runs on the client's core, with its process id.
    pub(crate) fn client_command(self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("taskset");
        command.args(["-c", &self.client.to_string()]).arg(program);
        command
    }

    /// Holds this process, all of its threads, on the client's core.
    pub(crate) fn hold_client(self) -> Result<()> {
        ensure!(
            self.server != self.client,
            "server and client need a core each: --server-core and --client-core are both {}",
            self.client
        );
        let done = Command::new("taskset")
            .args(["-a", "-c", "-p", &self.client.to_string()])
            .arg(std::process::id().to_string())
            .stdout(Stdio::null())
            .status()
            .context("taskset cannot be started; install util-linux")?;
        ensure!(done.success(), "this machine has no core {}", self.client);
        Ok(())
    }
}
