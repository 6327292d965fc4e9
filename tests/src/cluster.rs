//! A real cluster on this machine: the program that a newcomer starts, in a directory and on ports of the test's own,
//! commanded through its control socket and `parikshactl`. It ends with the test.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use anyhow::{Context, bail};
use local::{
    control::{self, Answer, Command as Control},
    plan::{NodePlan, PORTS, Plan},
    process::Life,
    relay::Line,
};
use protocol::ids::CandidateId;
use serde_json::Value;
use tokio::time::Instant;

use crate::binary::pariksha;

/// How long a cluster may take to come up on a noisy machine.
const START_TIMEOUT: Duration = Duration::from_secs(180);

/// Ports below the range from which the kernel gives ephemeral ones.
const PORT_FIRST: u16 = 10_000;
const PORT_SLOTS: u16 = 220;

/// A running cluster.
pub struct Cluster {
    /// None where somebody else started it.
    child: Option<Child>,
    /// Who there is.
    pub plan: Plan,
    settings: Vec<(String, String)>,
    /// Removed with everything in it when the test passes; kept when it fails, for a look.
    directory: Option<tempfile::TempDir>,
}

impl Cluster {
    /// Starts an empty cluster.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with(&["--empty"], &[]).await
    }

    /// Starts a cluster with arguments and settings (environment variables) of its own.
    pub async fn start_with(arguments: &[&str], settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::start_prepared(arguments, settings, |_| Ok(())).await
    }

    /// The same, with something done first in the directory that the cluster will use.
    pub async fn start_prepared(
        arguments: &[&str],
        settings: &[(&str, &str)],
        prepare: impl FnOnce(&Path) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        let directory = tempfile::Builder::new().prefix("pariksha-test-").tempdir()?;
        prepare(directory.path())?;
        let settings: Vec<(String, String)> = settings
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into()))
            .collect();
        for attempt in 0..8 {
            let slot = std::process::id().wrapping_mul(31).wrapping_add(attempt * 97) % u32::from(PORT_SLOTS);
            let plan = Plan::of_directory(directory.path(), PORT_FIRST + slot as u16 * (PORTS + 10));
            let mut child = spawn(&plan, arguments, &settings)?;
            match wait_until_up(&mut child, &plan).await {
                Ok(()) => {
                    return Ok(Self {
                        child: Some(child),
                        plan,
                        settings,
                        directory: Some(directory),
                    });
                }
                Err(error) if format!("{error:#}").contains("is in use") => {}
                Err(error) => {
                    let _ = child.kill();
                    let _ = child.wait();
                    let kept = directory.keep();
                    return Err(error.context(format!(
                        "the cluster did not come up; its logs are in {}",
                        kept.display()
                    )));
                }
            }
        }
        bail!("no free range of ports was found")
    }

    /// The cluster that somebody else started in `data`; it goes on when this value is dropped.
    pub async fn running_in(data: &Path) -> anyhow::Result<Self> {
        let socket = Plan::of_directory(data, 0).control_socket();
        let Answer::Status { port_base, .. } = control::send(socket, &Control::Status).await? else {
            bail!("the system in {} did not say where its ports are", data.display())
        };
        Ok(Self {
            child: None,
            plan: Plan::of_directory(data, port_base),
            settings: Vec::new(),
            directory: None,
        })
    }

    /// Stops the whole cluster and starts it again on the same directory.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.stop()?;
        let mut child = spawn(&self.plan, &["--empty"], &self.settings)?;
        let up = wait_until_up(&mut child, &self.plan).await;
        self.child = Some(child);
        up
    }

    fn stop(&mut self) -> anyhow::Result<()> {
        let mut child = self
            .child
            .take()
            .context("only who started a system may stop it")?;
        terminate(&child);
        let status = child.wait()?;
        anyhow::ensure!(status.success(), "the system ended with {status}");
        Ok(())
    }

    /// Sends a command to the running system.
    pub async fn control(&self, command: Control) -> anyhow::Result<String> {
        match control::send(self.plan.control_socket(), &command).await? {
            Answer::Done(words) => Ok(words),
            Answer::Failed(why) => bail!(why),
            Answer::Status { .. } => Ok(String::new()),
        }
    }

    /// Cuts or heals the WAN of a district, or of `all`.
    pub async fn wan(&self, district: &str, line: Line) -> anyhow::Result<()> {
        self.control(Control::Wan {
            district: district.to_owned(),
            line,
        })
        .await
        .map(drop)
    }

    /// Spoils or heals the link between a district's nodes.
    pub async fn peers(&self, district: &str, line: Line) -> anyhow::Result<()> {
        self.control(Control::Peer {
            district: district.to_owned(),
            line,
        })
        .await
        .map(drop)
    }

    /// The process ids of those that run.
    pub async fn process_ids(&self) -> anyhow::Result<BTreeMap<String, u32>> {
        let Answer::Status { processes, .. } =
            control::send(self.plan.control_socket(), &Control::Status).await?
        else {
            bail!("the system did not say which processes run")
        };
        let running = |(name, life)| match life {
            Life::Running(pid) => Some((name, pid)),
            Life::Stopped | Life::Ended(_) => None,
        };
        Ok(processes.into_iter().filter_map(running).collect())
    }

    /// Sends a signal to one of the system's processes.
    pub async fn signal(&self, name: &str, signal: rustix::process::Signal) -> anyhow::Result<()> {
        let pid = self.process_ids().await?.get(name).copied();
        let pid = pid
            .and_then(|pid| rustix::process::Pid::from_raw(i32::try_from(pid).ok()?))
            .with_context(|| format!("{name} does not run"))?;
        Ok(rustix::process::kill_process(pid, signal)?)
    }

    /// kill -9.
    pub async fn kill(&self, name: &str) -> anyhow::Result<()> {
        self.control(Control::Kill(name.to_owned())).await.map(drop)
    }

    /// Starts again what was killed.
    pub async fn start_again(&self, name: &str) -> anyhow::Result<()> {
        self.control(Control::Start(name.to_owned())).await.map(drop)
    }

    /// The nodes of a district.
    pub fn nodes_of(&self, district: &str) -> Vec<NodePlan> {
        self.plan
            .nodes()
            .into_iter()
            .filter(|node| node.district == district)
            .collect()
    }

    /// Runs `parikshactl --json` and gives its answer; fails when it fails.
    pub async fn ctl(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let output = self.ctl_output(arguments).await?;
        anyhow::ensure!(
            output.status.success(),
            "`parikshactl {}` ended with {}: {}",
            arguments.join(" "),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).with_context(|| {
            format!(
                "`parikshactl {}` printed no JSON: {}",
                arguments.join(" "),
                String::from_utf8_lossy(&output.stdout)
            )
        })
    }

    /// Runs `parikshactl --json` and gives all that it said.
    pub async fn ctl_output(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        let mut command = tokio::process::Command::new(pariksha());
        command
            .arg("--data")
            .arg(&self.plan.data)
            .args(["ctl", "--json"])
            .args(arguments)
            .stdin(Stdio::null());
        Ok(command.output().await?)
    }

    /// Runs `pariksha` itself against this system.
    pub async fn local(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        let mut command = tokio::process::Command::new(pariksha());
        command
            .arg("--data")
            .arg(&self.plan.data)
            .args(arguments)
            .stdin(Stdio::null());
        Ok(command.output().await?)
    }

    /// What a node says of itself on its operator port.
    pub async fn node_status(&self, node: &NodePlan) -> anyhow::Result<Value> {
        let url = format!("http://{}/status", node.operator);
        Ok(reqwest::Client::new()
            .get(url)
            .timeout(Duration::from_secs(5))
            .send()
            .await?
            .json()
            .await?)
    }

    /// An invigilator at a node lets another device go on with a candidate's exam; gives what the command printed.
    pub async fn unlock(&self, node: &NodePlan, candidate: CandidateId) -> anyhow::Result<String> {
        let mut command = tokio::process::Command::new(pariksha());
        command
            .args(["as-node", "attempt", "unlock", "--data"])
            .arg(&node.data)
            .args(["--operator-address", &node.operator.to_string()])
            .arg(candidate.to_string())
            .stdin(Stdio::null());
        let output = command.output().await?;
        anyhow::ensure!(
            output.status.success(),
            "candidate {candidate} was not unlocked: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// A file of the test's in the cluster's directory.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> anyhow::Result<String> {
        let path = self.plan.data.join(name);
        std::fs::write(&path, content)?;
        Ok(path.to_string_lossy().into_owned())
    }

    /// Keeps the data and logs of a cluster that was started here, for a look, and says where they are.
    pub fn keep_directory(&mut self) -> Option<PathBuf> {
        self.directory.take().map(tempfile::TempDir::keep)
    }

    /// A path in the cluster's directory.
    pub fn path(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.plan.data.join(Path::new(name.as_ref()))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            terminate(child);
            // Nothing to be done when it is gone already.
            let _ = child.wait();
        }
        let is_wanted = std::env::var_os("PARIKSHA_KEEP").is_some();
        if (std::thread::panicking() || is_wanted)
            && let Some(directory) = self.directory.take()
        {
            eprintln!(
                "the logs and data of the test are in {}",
                directory.keep().display()
            );
        }
    }
}

fn spawn(plan: &Plan, arguments: &[&str], settings: &[(String, String)]) -> anyhow::Result<Child> {
    let words = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(plan.data.join("system.log"))?;
    Command::new(pariksha())
        .arg("--data")
        .arg(&plan.data)
        .args(["--port-base", &plan.port_base.to_string()])
        .args(arguments)
        .envs(settings.iter().map(|(key, value)| (key, value)))
        .stdin(Stdio::null())
        .stdout(words.try_clone()?)
        .stderr(words)
        .spawn()
        .context("the program under test cannot be started")
}

async fn wait_until_up(child: &mut Child, plan: &Plan) -> anyhow::Result<()> {
    let begun = Instant::now();
    loop {
        // Answered only once everything is up: commands wait until then.
        let asked = control::send(plan.control_socket(), &Control::Status);
        if let Ok(Ok(Answer::Status { .. })) = tokio::time::timeout(START_TIMEOUT, asked).await {
            return Ok(());
        }
        if child.try_wait()?.is_some() {
            bail!(
                "{}",
                std::fs::read_to_string(plan.data.join("system.log")).unwrap_or_default()
            );
        }
        anyhow::ensure!(begun.elapsed() < START_TIMEOUT, "not up after {START_TIMEOUT:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn terminate(child: &Child) {
    let pid = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
}

/// Waits until a condition holds; fails with what was seen last.
pub async fn eventually<F, Fut>(what: &str, limit: Duration, mut condition: F) -> anyhow::Result<()>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<(), String>>,
{
    let begun = Instant::now();
    loop {
        let Err(seen) = condition().await else {
            return Ok(());
        };
        anyhow::ensure!(
            begun.elapsed() < limit,
            "{what} did not come true within {limit:?}; seen last: {seen}"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
