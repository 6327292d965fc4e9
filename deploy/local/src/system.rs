//! The running system: owns the children, the lines and the control socket, from the first bind to the last exit. What
//! is done with it stands in [`crate::setup`] and [`crate::commands`].

use std::{fs, time::Duration};

use anyhow::bail;
use daemon::{CancellationToken, Tasks};
use tokio::sync::mpsc;

use crate::{
    control::{self, Asked},
    ctl::Ctl,
    ground,
    plan::Plan,
    process::{Job, Life, Processes},
    relay::{self, Lines},
    role::Role,
};

/// How long the centre may take to answer while it starts.
const ASK_TRIES: usize = 240;
const ASK_PAUSE: Duration = Duration::from_millis(250);

/// How long relays and the control socket may take to stop.
const STOP_GRACE: Duration = Duration::from_secs(5);

/// A running system.
pub struct System {
    /// Who there is.
    pub plan: Plan,
    /// Speaks to the centre as `parikshactl`.
    ctl: Ctl,
    pub(crate) processes: Processes,
    pub(crate) lines: Lines,
    /// Owns relays, control socket and simulation.
    pub tasks: Tasks,
    pub(crate) asked: mpsc::Receiver<Asked>,
}

impl System {
    /// Checks the ground and starts relays and the control socket; no process yet.
    pub async fn prepare(plan: Plan, stop: CancellationToken) -> anyhow::Result<Self> {
        ground::make_private_directory(&plan.data)?;
        ground::enough_space(&plan.data)?;
        let (listener, sender, asked) = control::listen(&plan.control_socket()).await?;
        ground::ports_are_free(&plan)?;
        let tasks = Tasks::new(stop);
        let lines = Lines::default();
        for node in plan.nodes() {
            for way in plan.relays(&node).into_iter().chain(plan.peer_relay(&node)) {
                relay::start(way, &lines, &tasks).await?;
            }
        }
        tasks.spawn("control", control::serve(listener, sender, tasks.child_token()));
        let ctl = Ctl::new(plan.ops_context());
        Ok(Self {
            plan,
            ctl,
            processes: Processes::default(),
            lines,
            tasks,
            asked,
        })
    }

    /// Starts a coordinator that has its identity.
    pub fn start_coordinator(&mut self, name: &str) -> anyhow::Result<()> {
        self.start_role(name, Role::Coordinator)
    }

    /// Starts a node that has its identity.
    pub fn start_node(&mut self, name: &str) -> anyhow::Result<()> {
        self.start_role(name, Role::Node)
    }

    fn start_role(&mut self, name: &str, role: Role) -> anyhow::Result<()> {
        let data = self.plan.data.join(name);
        let arguments = vec!["run".into(), "--data".into(), data.into()];
        self.processes.start(Job {
            name: name.to_owned(),
            role,
            arguments,
            log: self.plan.log_of(name),
        })
    }

    /// Runs a `parikshactl` command and gives its JSON. Waits for a centre that is not up yet, but not for one whose
    /// processes ended.
    pub async fn ask(&mut self, arguments: &[&str]) -> anyhow::Result<serde_json::Value> {
        for _ in 0..ASK_TRIES {
            if let Some(answer) = self.ctl.ask_once(arguments).await? {
                return Ok(answer);
            }
            self.none_has_ended()?;
            tokio::time::sleep(ASK_PAUSE).await;
        }
        bail!(
            "no coordinator answered `{}`; see the coordinators' log files",
            arguments.join(" ")
        )
    }

    fn none_has_ended(&mut self) -> anyhow::Result<()> {
        for (name, life) in self.processes.lives() {
            if let Life::Ended(how) = life {
                let words = fs::read_to_string(self.plan.log_of(&name)).unwrap_or_default();
                bail!(
                    "{name} ended by itself ({how}): {}",
                    words.lines().last().unwrap_or("it said nothing")
                );
            }
        }
        Ok(())
    }

    /// Stops children, then relays and control.
    pub async fn stop(mut self) {
        self.processes.stop_all().await;
        let outcome = self.tasks.stop(STOP_GRACE).await;
        if !outcome.is_clean() {
            tracing::warn!(?outcome, "not everything stopped in order");
        }
        // Gone already when the directory was removed.
        let _ = fs::remove_file(self.plan.control_socket());
    }
}
