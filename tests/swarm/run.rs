//! One run from an empty system to the report.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context, bail, ensure};
use daemon::Clock;
use protocol::ids::SittingId;
use tests::{cluster::Cluster, exam::Exam};
use tokio::{
    signal::unix::{SignalKind, signal},
    time::Instant,
};

use crate::{
    arguments::Arguments,
    events,
    figures::Figures,
    ground,
    machine::{Group, Watch, Watched, parent_of},
    message::Outcome,
    progress::Progress,
    report::Report,
    scenario::Scenario,
    shares::{self, Shares},
    stage::{self, Enrolled, Stages},
    verdict,
};

/// From the first command about the paper to the beginning, where the system is quick.
const LEAD: Duration = Duration::from_secs(6);

/// What the load processes need to come up.
const UP: Duration = Duration::from_secs(2);

/// The same for each thousand teachers.
const UP_PER_THOUSAND: Duration = Duration::from_millis(200);

/// How often processes are looked up anew, in seconds: one that was killed comes back under another id.
const LOOK_UP_EVERY: u64 = 5;

/// Runs the program.
pub(crate) fn main(arguments: &Arguments) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&anyhow::Error::new(error).context("no runtime can be started")),
    };
    let ran = runtime.block_on(async {
        // Whoever ends the swarm ends the system that it started.
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            ran = run(arguments) => ran,
            _ = tokio::signal::ctrl_c() => bail!("stopped"),
            _ = terminate.recv() => bail!("stopped"),
        }
    });
    match ran {
        Ok(report) if report.verdict.failures.is_empty() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => failed(&error),
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("swarm: {error:#}");
    ExitCode::FAILURE
}

fn scenario(arguments: &Arguments) -> anyhow::Result<Scenario> {
    let mut scenario = Scenario::read(&arguments.scenario)?;
    let scaled = arguments
        .scale
        .map(|scale| (f64::from(scenario.candidates()) * scale).round() as u32);
    if let Some(candidates) = arguments.candidates.or(scaled) {
        scenario = scenario.scaled_to(candidates)?;
    }
    if let Some(factor) = arguments.faster {
        ensure!(factor > 0.0, "--faster is greater than zero");
        scenario.compression *= factor;
    }
    Ok(scenario)
}

/// A run under way.
struct Run<'a> {
    cluster: &'a Cluster,
    scenario: &'a Scenario,
    enrolled: &'a [Enrolled],
    sittings: &'a [SittingId],
    exam: &'a Exam,
    seed: u64,
    processes: usize,
    begins: Instant,
}

async fn run(arguments: &Arguments) -> anyhow::Result<Report> {
    let scenario = scenario(arguments)?;
    let raised = ground::take_descriptors()?;
    let mut spread = ground::spread(&scenario, arguments.processes)?;
    spread.words.extend(raised);
    let seed = arguments.seed.unwrap_or_else(rand::random);
    eprintln!("{}; seed {seed}", scenario.title);
    spread.words.iter().for_each(|words| eprintln!("{words}"));
    let mut stages = Stages::default();
    let begun = Instant::now();
    let mut cluster = match &arguments.against {
        Some(data) => Cluster::running_in(data).await?,
        None => Cluster::start().await?,
    };
    stages.done("system up", begun);
    let sat = sit(&cluster, &scenario, &mut stages, seed, spread.processes).await;
    if arguments.keep
        || sat.as_ref().is_err()
        || sat
            .as_ref()
            .is_ok_and(|(_, verdict, _)| !verdict.failures.is_empty())
    {
        keep(&mut cluster);
    }
    let (figures, mut verdict, usage) = sat?;
    verdict.hold_to(&scenario.limits, &figures, arguments.strict);
    let report = Report::of(
        arguments.scenario.clone(),
        scenario,
        seed,
        stages,
        &spread,
        figures,
        verdict,
        usage,
    );
    report.show();
    report.write(&html_path(arguments), arguments.json.as_deref())?;
    Ok(report)
}

fn keep(cluster: &mut Cluster) {
    if let Some(kept) = cluster.keep_directory() {
        eprintln!("data and logs are in {}", kept.display());
    }
}

fn html_path(arguments: &Arguments) -> PathBuf {
    arguments.html.clone().unwrap_or_else(|| {
        let name = std::path::Path::new(&arguments.scenario)
            .file_stem()
            .unwrap_or_default()
            .to_owned();
        tests::binary::workspace()
            .join("target/swarm")
            .join(name)
            .with_extension("html")
    })
}

type Usages = std::collections::BTreeMap<String, crate::machine::Usage>;

async fn sit(
    cluster: &Cluster,
    scenario: &Scenario,
    stages: &mut Stages,
    seed: u64,
    processes: usize,
) -> anyhow::Result<(Figures, verdict::Verdict, Usages)> {
    let exam = Exam::of_real_items(usize::from(scenario.exam.items))?;
    let enrolled = stage::enrol(cluster, scenario, stages).await?;
    stage::wait_for_feed(cluster, &enrolled, &[], "everybody known at every node", stages).await?;
    let planned = Instant::now() + LEAD;
    let sittings = stage::plan_sittings(cluster, scenario, &exam, planned, stages).await?;
    stage::wait_for_feed(
        cluster,
        &enrolled,
        &sittings,
        "papers and keys at every node",
        stages,
    )
    .await?;
    // Where that took longer the sittings open a little before the teachers think so, which hurts nobody.
    let up = UP + UP_PER_THOUSAND.mul_f64(enrolled.len() as f64 / 1000.0);
    let begins = planned.max(Instant::now() + up);
    let run = Run {
        cluster,
        scenario,
        enrolled: &enrolled,
        sittings: &sittings,
        exam: &exam,
        seed,
        processes,
        begins,
    };
    let (figures, usage, outcomes) = run.load().await?;
    let verdict = verdict::judge(cluster, &exam, &sittings, &outcomes, stages).await?;
    Ok((figures, verdict, usage))
}

impl Run<'_> {
    /// Lets everybody sit.
    async fn load(&self) -> anyhow::Result<(Figures, Usages, Vec<Outcome>)> {
        let mut shares = self.start_shares()?;
        let mut watch = Watch::begin(self.watched(&shares.pids()).await?);
        ensure!(
            Instant::now() < self.begins,
            "the load processes did not come up in time; the machine is too busy for a measurement"
        );
        let mut figures = Figures::default();
        // Both are polled at any time: either may be in the middle of a command to the system.
        let happening = async {
            events::happen(self.cluster, self.scenario, self.begins).await?;
            std::future::pending::<anyhow::Result<()>>().await
        };
        tokio::select! {
            happened = happening => happened.context("an event of the scenario")?,
            driven = self.drive(&mut shares, &mut watch, &mut figures) => driven?,
        }
        figures.finish();
        Ok((figures, watch.usage, shares.gather().await?))
    }

    /// Gathers figures until all shares are through.
    async fn drive(
        &self,
        shares: &mut Shares,
        watch: &mut Watch,
        figures: &mut Figures,
    ) -> anyhow::Result<()> {
        let mut progress = Progress::new(self.scenario.ends_seconds().ceil() as u64);
        let mut clock = tokio::time::interval_at(self.begins, Duration::from_secs(1));
        loop {
            tokio::select! {
                tick = shares.tick() => match tick {
                    Some((share, tick)) => figures.add(share, &tick)?,
                    None => break,
                },
                _ = clock.tick() => {
                    let second = self.begins.elapsed().as_secs();
                    figures.add_load(second, watch.look());
                    progress.show(second, figures);
                    if !self.scenario.events.is_empty() && second.is_multiple_of(LOOK_UP_EVERY) {
                        self.watch_anew(watch).await?;
                    }
                }
            }
        }
        progress.finish();
        Ok(())
    }

    fn start_shares(&self) -> anyhow::Result<Shares> {
        let wait = self.begins.saturating_duration_since(Instant::now());
        let common = shares::Common {
            scenario: self.scenario,
            sittings: self.sittings,
            exam: self.exam,
            begins_at_ms: daemon::SystemClock.wall_ms() + wait.as_millis() as i64,
            seed: self.seed,
        };
        Shares::start(self.cluster, &common, self.enrolled, self.processes)
    }

    /// Everybody who works here.
    async fn watched(&self, shares: &[u32]) -> anyhow::Result<Vec<Watched>> {
        let mut all = self.system().await?;
        let relays = all.first().and_then(|one| parent_of(one.pid));
        all.extend(relays.map(|pid| Watched {
            name: "relays".into(),
            group: Group::Relays,
            pid,
        }));
        let load = (1..).zip(shares).map(|(number, pid)| Watched {
            name: format!("swarm-{number}"),
            group: Group::Swarm,
            pid: *pid,
        });
        all.extend(load);
        all.push(Watched {
            name: "swarm".into(),
            group: Group::Swarm,
            pid: std::process::id(),
        });
        Ok(all)
    }

    async fn system(&self) -> anyhow::Result<Vec<Watched>> {
        let ids = self.cluster.process_ids().await?;
        let watched = ids.into_iter().map(|(name, pid)| Watched {
            group: if name.starts_with("coordinator") {
                Group::Coordinators
            } else {
                Group::Nodes
            },
            name,
            pid,
        });
        Ok(watched.collect())
    }

    async fn watch_anew(&self, watch: &mut Watch) -> anyhow::Result<()> {
        for process in self.system().await? {
            if !watch.knows(&process) {
                watch.add(process);
            }
        }
        Ok(())
    }
}
