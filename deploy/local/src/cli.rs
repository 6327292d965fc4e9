//! The command line of the local system.

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use daemon::{CancellationToken, LogSettings, Signals, stdout};

use crate::{
    commands,
    control::{self, Answer, Command as Control},
    line::DELAY_MS_MAX,
    plan::{PORT_BASE, Plan},
    relay::Line,
    role::Role,
    sample, setup, simulation, status,
    system::System,
};

/// Pariksha on one machine: three coordinators, six nodes in five districts, a WAN that can be cut.
///
/// Without a command it starts the whole system and stays until Ctrl-C. The other commands act on the running system
/// from another terminal.
#[derive(Debug, Parser)]
#[command(name = "pariksha", version)]
struct Arguments {
    /// Where the system's data stays; a second start goes on with it.
    #[arg(
        long,
        global = true,
        env = "PARIKSHA_LOCAL_DATA",
        default_value = "data/local"
    )]
    data: PathBuf,
    #[command(flatten)]
    up: Up,
    #[command(subcommand)]
    command: Option<Verb>,
}

#[derive(Debug, clap::Args)]
struct Up {
    /// The first of the 90 ports that the system takes on 127.0.0.1.
    #[arg(long, env = "PARIKSHA_LOCAL_PORT_BASE", default_value_t = PORT_BASE)]
    port_base: u16,
    /// Let this many simulated teachers sit the sample exam, so that something can be watched.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=5000))]
    candidates: u32,
    /// Start without the sample roster, paper and sitting.
    #[arg(long)]
    empty: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Start the system (the same as no command).
    Up,
    /// Spoil or heal the line between a district and the centre: `wan cut mumbai`, `wan loss mumbai 30`.
    Wan(LineArguments),
    /// Spoil or heal the link between the nodes of a district: `peer cut mumbai`.
    Peer(LineArguments),
    /// kill -9 a node or coordinator, as a power cut would.
    Kill {
        /// E.g. `mumbai-1` or `coordinator-2`.
        name: String,
    },
    /// Start a killed node or coordinator again.
    Start {
        /// E.g. `mumbai-1`.
        name: String,
    },
    /// Let a coordinator lose its disk and join again under a new id.
    Wipe {
        /// E.g. `coordinator-2`.
        name: String,
    },
    /// Show districts, nodes, coordinators and lines.
    Status {
        /// For machines.
        #[arg(long)]
        json: bool,
    },
    /// Run parikshactl against this system: `ctl result export 1 --format csv`.
    #[command(disable_help_flag = true)]
    Ctl {
        /// What parikshactl takes; `ctl --help` shows it.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

#[derive(Debug, clap::Args)]
struct LineArguments {
    /// `deaf`: the district (of a peer link: its first node) hears nothing; `mute`: it is not heard.
    action: Action,
    /// Which district; `all` for the WAN of every one.
    district: String,
    /// With `loss` in percent, with `delay` in milliseconds, each way.
    #[arg(required_if_eq_any([("action", "loss"), ("action", "delay")]), value_parser = clap::value_parser!(u16).range(0..=i64::from(DELAY_MS_MAX)))]
    amount: Option<u16>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Action {
    Cut,
    Heal,
    Deaf,
    Mute,
    Loss,
    Delay,
}

impl LineArguments {
    fn line(&self) -> anyhow::Result<Line> {
        let amount = self.amount.unwrap_or_default();
        Ok(match self.action {
            Action::Cut => Line::Cut,
            Action::Heal => Line::Whole,
            Action::Deaf => Line::Deaf,
            Action::Mute => Line::Mute,
            Action::Loss => match u8::try_from(amount) {
                Ok(percent @ 0..=100) => Line::Loss(percent),
                _ => bail!("a loss is 0 to 100 percent, not {amount}"),
            },
            Action::Delay => Line::Delay(amount),
        })
    }
}

/// Runs the program.
pub fn main_from(arguments: Vec<OsString>) -> ExitCode {
    let parsed = Arguments::parse_from(arguments);
    let plan = Plan::of_directory(&parsed.data, parsed.up.port_base);
    if let Some(Verb::Ctl { arguments }) = parsed.command {
        let context = ["--context".into(), plan.ops_context().into_os_string()];
        return Role::Ctl.play(context.into_iter().chain(arguments));
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failed(&anyhow::Error::new(error).context("no runtime can be started")),
    };
    let result = runtime.block_on(async {
        match parsed.command {
            None | Some(Verb::Up) => up(plan, &parsed.up).await,
            Some(Verb::Status { json }) => status::show(&plan, json).await,
            Some(verb) => command(&plan, verb).await,
        }
    });
    result.map_or_else(|error| failed(&error), |()| ExitCode::SUCCESS)
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("pariksha: {error:#}");
    ExitCode::FAILURE
}

async fn command(plan: &Plan, verb: Verb) -> anyhow::Result<()> {
    let command = match verb {
        Verb::Wan(what) => Control::Wan {
            line: what.line()?,
            district: what.district,
        },
        Verb::Peer(what) => Control::Peer {
            line: what.line()?,
            district: what.district,
        },
        Verb::Kill { name } => Control::Kill(name),
        Verb::Start { name } => Control::Start(name),
        Verb::Wipe { name } => Control::Wipe(name),
        Verb::Up | Verb::Status { .. } | Verb::Ctl { .. } => {
            bail!("this is not a command to a running system")
        }
    };
    match control::send(plan.control_socket(), &command).await? {
        Answer::Done(words) => stdout::line(words)?,
        Answer::Failed(why) => bail!(why),
        Answer::Status { .. } => bail!("the running system answered something else than was asked"),
    }
    Ok(())
}

async fn up(plan: Plan, options: &Up) -> anyhow::Result<()> {
    daemon::telemetry::init(&LogSettings {
        filter: "warn".into(),
        ..LogSettings::default()
    })?;
    let stop = CancellationToken::new();
    let _signals = Signals::install(stop.clone())?;
    let mut system = System::prepare(plan, stop.clone()).await?;
    let ready = tokio::select! {
        () = stop.cancelled() => Ok(()),
        done = start(&mut system, options) => done,
    };
    if ready.is_ok() && !stop.is_cancelled() {
        stdout::line(status::welcome(&system.plan)?)?;
        if options.candidates > 0 {
            simulation::start(&system.plan, options.candidates as usize, &system.tasks);
        }
        commands::serve(&mut system, &stop).await;
    }
    eprintln!("stopping");
    system.stop().await;
    ready.context("the system could not be started")
}

async fn start(system: &mut System, options: &Up) -> anyhow::Result<()> {
    let progress = indicatif::ProgressBar::new_spinner();
    progress.enable_steady_tick(std::time::Duration::from_millis(120));
    let say = |what: &str| {
        progress.set_message(what.to_owned());
        if progress.is_hidden() {
            eprintln!("{what}");
        }
    };
    setup::cluster(system, &say).await?;
    if !options.empty {
        let simulated = (options.candidates as usize).div_ceil(crate::plan::DISTRICTS.len());
        setup::sample(system, simulated.max(sample::CANDIDATES_PER_DISTRICT), &say).await?;
    }
    say("waiting for every node to be ready");
    status::wait_until_ready(&system.plan).await?;
    progress.finish_and_clear();
    Ok(())
}
