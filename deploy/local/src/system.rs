//! The running system: checks the ground, starts everything in order, carries out commands, stops everything.

use std::{
    collections::BTreeMap,
    fs, io,
    net::{TcpListener, UdpSocket},
    os::unix::fs::PermissionsExt,
    path::Path,
    time::Duration,
};

use anyhow::{Context, bail};
use daemon::{CancellationToken, Tasks};
use tokio::sync::mpsc;

use crate::{
    control::{self, Answer, Asked, Command},
    line::LineName,
    plan::{DISTRICTS, Plan, Transport},
    process::{Job, Life, Processes},
    relay::{self, Line, Lines},
    role::Role,
    setup::Ctl,
};

/// Free space that is needed to start, in bytes.
const SPACE_MIN: u64 = 1 << 30;

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
    pub ctl: Ctl,
    processes: Processes,
    lines: Lines,
    /// Owns relays, control socket and simulation.
    pub tasks: Tasks,
    asked: mpsc::Receiver<Asked>,
}

impl System {
    /// Checks the ground and starts relays and the control socket; no process yet.
    pub async fn prepare(plan: Plan, stop: CancellationToken) -> anyhow::Result<Self> {
        make_private_directory(&plan.data)?;
        enough_space(&plan.data)?;
        let (listener, sender, asked) = control::listen(&plan.control_socket()).await?;
        ports_are_free(&plan)?;
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

    /// Carries out commands until asked to stop; says at once when a child ended by itself.
    pub async fn run(&mut self, stop: &CancellationToken) {
        let mut look = tokio::time::interval(Duration::from_secs(1));
        let mut reported = BTreeMap::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                Some((command, back)) = self.asked.recv() => {
                    let answer = self.carry_out(command).await.unwrap_or_else(|error| Answer::Failed(format!("{error:#}")));
                    let _ = back.send(answer);
                }
                _ = look.tick() => self.report_ended(&mut reported),
            }
        }
    }

    fn report_ended(&mut self, reported: &mut BTreeMap<String, String>) {
        for (name, life) in self.processes.lives() {
            match life {
                Life::Ended(how) if reported.get(&name) != Some(&how) => {
                    eprintln!(
                        "{name} ended by itself ({how}); its last words are in {}; start it again with: start {name}",
                        self.plan.log_of(&name).display()
                    );
                    reported.insert(name, how);
                }
                Life::Running(_) => drop(reported.remove(&name)),
                _ => {}
            }
        }
    }

    async fn carry_out(&mut self, command: Command) -> anyhow::Result<Answer> {
        match command {
            Command::Wan { district, line } => self.set_wan(&district, line),
            Command::Peer { district, line } => self.set_peers(&district, line),
            Command::Kill(name) => {
                self.processes.kill(&name).await?;
                Ok(Answer::Done(format!("{name} was killed (kill -9)")))
            }
            Command::Start(name) => {
                self.processes.start_again(&name)?;
                Ok(Answer::Done(format!("{name} was started")))
            }
            Command::Wipe(name) => self.wipe(&name).await,
            Command::Status => Ok(Answer::Status {
                processes: self.processes.lives(),
                wan: DISTRICTS
                    .iter()
                    .map(|(name, _)| ((*name).to_owned(), self.lines.get(LineName::Wan(name))))
                    .collect(),
                port_base: self.plan.port_base,
            }),
        }
    }

    fn set_wan(&self, district: &str, line: Line) -> anyhow::Result<Answer> {
        let names: Vec<&str> = DISTRICTS.iter().map(|(name, _)| *name).collect();
        let meant = if district == "all" {
            names.clone()
        } else {
            vec![district]
        };
        if !meant.iter().all(|name| self.lines.set_wan(name, line)) {
            bail!(
                "there is no district {district}; there are: all, {}",
                names.join(", ")
            );
        }
        Ok(Answer::Done(format!("the WAN of {} is {line}", meant.join(", "))))
    }

    fn set_peers(&self, district: &str, line: Line) -> anyhow::Result<Answer> {
        if !self.lines.set_peers(district, line) {
            bail!("there is no district {district} with several nodes; there is: mumbai");
        }
        Ok(Answer::Done(format!(
            "the link between the nodes of {district} is {line}"
        )))
    }

    async fn wipe(&mut self, name: &str) -> anyhow::Result<Answer> {
        let Some(coordinator) = self
            .plan
            .coordinators()
            .into_iter()
            .find(|coordinator| coordinator.name == name)
        else {
            bail!("only a coordinator can be wiped here (coordinator-1 to coordinator-3), not {name}");
        };
        let id = crate::setup::coordinator_id(self, &coordinator).await?;
        self.processes.stop(name).await?;
        fs::remove_dir_all(&coordinator.data).context("its data directory cannot be removed")?;
        self.ask(&["coordinator", "remove", &id.to_string()]).await?;
        crate::setup::join_coordinator(self, &coordinator).await?;
        let new = crate::setup::coordinator_id(self, &coordinator).await?;
        Ok(Answer::Done(format!(
            "{name} lost its disk as id {id} and joined again as id {new}"
        )))
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

fn make_private_directory(path: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(path)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(0o700)))
        .with_context(|| {
            format!(
                "the data directory {} cannot be made; choose another with --data, or ask for permission",
                path.display()
            )
        })
}

fn enough_space(path: &Path) -> anyhow::Result<()> {
    let Ok(stat) = rustix::fs::statvfs(path) else {
        return Ok(());
    };
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    if free < SPACE_MIN {
        bail!(
            "{} has only {} MiB free; at least {} MiB are needed: free some space or choose another place with --data",
            path.display(),
            free >> 20,
            SPACE_MIN >> 20
        );
    }
    Ok(())
}

fn ports_are_free(plan: &Plan) -> anyhow::Result<()> {
    for (address, transport, purpose) in plan.addresses() {
        let bound = match transport {
            Transport::Udp => UdpSocket::bind(address).map(drop),
            Transport::Tcp => TcpListener::bind(address).map(drop),
        };
        if let Err(error) = bound {
            let hint = if error.kind() == io::ErrorKind::AddrInUse {
                "is in use by another program"
            } else {
                "cannot be used"
            };
            bail!(
                "port {} ({purpose}) {hint}: {error}; choose another range with --port-base, e.g. --port-base 17400",
                address.port()
            );
        }
    }
    Ok(())
}
