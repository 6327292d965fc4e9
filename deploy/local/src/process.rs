//! The child processes: started, killed, stopped, each with its log file. Only processes started here are ever ended.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{File, OpenOptions},
    path::PathBuf,
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, bail};
use tokio::process::{Child, Command};

use crate::role::{PIPE_VARIABLE, Role};

/// How long a child may take to stop when asked, before it is killed.
const STOP_GRACE: Duration = Duration::from_secs(15);

/// What to run under a name.
#[derive(Debug, Clone)]
pub struct Job {
    /// `mumbai-1`.
    pub name: String,
    /// As what.
    pub role: Role,
    /// With which arguments.
    pub arguments: Vec<OsString>,
    /// Where its output goes.
    pub log: PathBuf,
}

/// All children by name.
#[derive(Debug, Default)]
pub struct Processes {
    jobs: BTreeMap<String, Job>,
    running: BTreeMap<String, Child>,
}

/// Whether a child runs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Life {
    /// It runs under this process id.
    Running(u32),
    /// It was killed or stopped on purpose.
    Stopped,
    /// It ended by itself.
    Ended(String),
}

impl Processes {
    /// Starts a job, or says that its name runs already.
    pub fn start(&mut self, job: Job) -> anyhow::Result<()> {
        if matches!(self.life(&job.name), Life::Running(_)) {
            bail!("{} runs already", job.name);
        }
        let log = log_file(&job.log)?;
        let child = Command::new(std::env::current_exe().context("this program cannot find its own file")?)
            .arg(job.role.argument())
            .args(&job.arguments)
            .env(PIPE_VARIABLE, "1")
            .envs(own_clock(&job.log))
            .stdin(Stdio::piped())
            .stdout(log.try_clone().context("the log file cannot be shared")?)
            .stderr(log)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} cannot be started", job.name))?;
        self.running.insert(job.name.clone(), child);
        self.jobs.insert(job.name.clone(), job);
        Ok(())
    }

    /// Starts again what was started before under this name.
    pub fn start_again(&mut self, name: &str) -> anyhow::Result<()> {
        let job = self.jobs.get(name).cloned().with_context(|| self.unknown(name))?;
        self.start(job)
    }

    /// kill -9, as a power cut does to a process.
    pub async fn kill(&mut self, name: &str) -> anyhow::Result<()> {
        let unknown = self.unknown(name);
        let mut child = self.running.remove(name).with_context(|| unknown)?;
        child
            .kill()
            .await
            .with_context(|| format!("{name} cannot be killed"))
    }

    /// Asks a child to stop and waits for it; kills it after [`STOP_GRACE`].
    pub async fn stop(&mut self, name: &str) -> anyhow::Result<()> {
        let Some(mut child) = self.running.remove(name) else {
            return Ok(());
        };
        terminate(&child);
        if tokio::time::timeout(STOP_GRACE, child.wait()).await.is_err() {
            child
                .kill()
                .await
                .with_context(|| format!("{name} did not stop and cannot be killed"))?;
        }
        Ok(())
    }

    /// Stops all, together.
    pub async fn stop_all(&mut self) {
        self.running.values().for_each(terminate);
        let names: Vec<String> = self.running.keys().cloned().collect();
        for name in names {
            if let Err(error) = self.stop(&name).await {
                eprintln!("{error:#}");
            }
        }
    }

    /// How a child is.
    pub fn life(&mut self, name: &str) -> Life {
        match self.running.get_mut(name) {
            None => Life::Stopped,
            Some(child) => match child.try_wait() {
                Ok(Some(status)) => Life::Ended(status.to_string()),
                Ok(None) => child.id().map_or(Life::Stopped, Life::Running),
                Err(error) => Life::Ended(error.to_string()),
            },
        }
    }

    /// All names with how they are.
    pub fn lives(&mut self) -> BTreeMap<String, Life> {
        let names: Vec<String> = self.jobs.keys().cloned().collect();
        names
            .into_iter()
            .map(|name| (name.clone(), self.life(&name)))
            .collect()
    }

    fn unknown(&self, name: &str) -> String {
        let known: Vec<&str> = self.jobs.keys().map(String::as_str).collect();
        format!("there is no running {name} here; there are: {}", known.join(", "))
    }
}

/// With `PARIKSHA_LOCAL_FAKETIME` (the path of libfaketime, for tests) each child has a wall clock of its own, set by
/// the file `<name>.clock` beside its log; time that passes is measured as ever.
fn own_clock(log: &std::path::Path) -> Vec<(&'static str, OsString)> {
    let Some(library) = std::env::var_os("PARIKSHA_LOCAL_FAKETIME") else {
        return Vec::new();
    };
    vec![
        ("LD_PRELOAD", library),
        ("FAKETIME_TIMESTAMP_FILE", log.with_extension("clock").into()),
        ("FAKETIME_CACHE_DURATION", "1".into()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
        ("NO_FAKE_STAT", "1".into()),
    ]
}

fn terminate(child: &Child) {
    let pid = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        // It may have ended just now; then there is nothing to stop.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
}

fn log_file(path: &PathBuf) -> anyhow::Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .with_context(|| {
            format!(
                "the log file {} cannot be written; check space and permissions",
                path.display()
            )
        })
}
