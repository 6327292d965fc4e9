//! The benches of speed and memory: one program, one table, one JSON. `tests/bench/run` builds and calls it; every
//! comparison is a ratio of turns that alternate in one run, with the server on one core and the client on another.
//! It prints and writes files, and never judges but in `short`, which CI runs.

#![allow(clippy::print_stdout, reason = "the tables are what it is for")]

#[allow(dead_code, reason = "the bench of catch-up uses more of it")]
#[path = "catchup/backlog.rs"]
mod backlog;
mod bare;
mod connection;
mod connections;
mod cores;
mod ground;
mod growth;
mod http;
mod load;
mod logged;
mod markdown;
mod overload;
mod peers;
mod report;
mod server;
mod session;
mod short;
mod sign_in;
mod start_up;
mod usage;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

use cores::Cores;
use report::Report;

/// Benches of Pariksha: ratios in one run on one machine; absolute figures are a record, never a promise.
#[derive(Debug, Parser)]
#[command(name = "tests/bench/run")]
struct Arguments {
    #[command(subcommand)]
    bench: Bench,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Clone, clap::Args)]
struct Options {
    /// Turns of each program, after one that does not count; an odd number has a median.
    #[arg(long, global = true, default_value_t = 5)]
    turns: usize,
    /// Seconds of each turn.
    #[arg(long, global = true, default_value_t = 3)]
    seconds: u64,
    /// The core of every server.
    #[arg(long, global = true, default_value_t = 0)]
    server_core: usize,
    /// The core of every client.
    #[arg(long, global = true, default_value_t = 1)]
    client_core: usize,
    /// A file for the figures, for machines.
    #[arg(long, global = true, value_name = "FILE")]
    json: Option<PathBuf>,
    /// A Markdown file in which the figures between the marks of each bench are replaced.
    #[arg(long, global = true, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

/// For so long it is watched what others do on the machine.
const OTHERS_WINDOW: Duration = Duration::from_secs(3);

#[derive(Debug, Subcommand)]
enum Bench {
    /// Durable answers a second over HTTPS, against a bare hyper + rustls server that reads the body and answers 200.
    Http(http::Http),
    /// The same durable work done by Express + pg, PostgreSQL, Redis, etcd and NATS JetStream.
    Peers(peers::Peers),
    /// Memory for each idle signed-in TLS connection at the node.
    Connections(connections::Connections),
    /// Full TLS handshakes and sign-ins a second.
    SignIn(sign_in::SignIns),
    /// The start of a node with two million answers in its log.
    StartUp(start_up::StartUp),
    /// Time per answer with 1, 10, 100 thousand attempts in one node.
    Growth(growth::Growth),
    /// Answers saved at twice the sustainable load, against the peak.
    Overload(overload::Overload),
    /// A short version for CI; fails when a ratio is under 80 % of the recorded one.
    Short(short::Short),
    /// The bare server, as a child of `http`.
    #[command(hide = true)]
    ServeBare(bare::Bare),
}

impl Options {
    fn turn(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    fn cores(&self) -> Cores {
        Cores {
            server: self.server_core,
            client: self.client_core,
            is_shared: false,
        }
    }
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tests/bench/run: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("no runtime can be started")?;
    let options = &arguments.options;
    usage::many_files()?;
    let place = std::env::temp_dir();
    if usage::is_in_memory(&place)? {
        eprintln!(
            "NOTICE: {} is no disk: nothing is durable there and the figures mean nothing; set PARIKSHA_BENCH_DIRECTORY",
            place.display()
        );
    }
    let reports = runtime.block_on(measure(&arguments.bench, options))?;
    for report in &reports {
        println!("{report}");
    }
    if let Some(file) = &options.json {
        report::write(file, &reports)?;
    }
    if let Some(file) = &options.markdown {
        markdown::write(file, &reports)?;
    }
    match arguments.bench {
        Bench::Short(short) => short.judge(&reports, runtime.block_on(usage::machine(OTHERS_WINDOW))?),
        _ => Ok(()),
    }
}

async fn measure(bench: &Bench, options: &Options) -> Result<Vec<Report>> {
    Ok(match bench {
        Bench::ServeBare(bare) => {
            bare.serve().await?;
            Vec::new()
        }
        Bench::Short(short) => short.run(options).await?,
        Bench::Http(http) => vec![http.run(options).await?],
        Bench::Peers(peers) => vec![peers.run(options).await?],
        Bench::Connections(connections) => vec![connections.run(options).await?],
        Bench::SignIn(sign_in) => vec![sign_in.run(options).await?],
        Bench::StartUp(start_up) => vec![start_up.run(options).await?],
        Bench::Growth(growth) => vec![growth.run(options).await?],
        Bench::Overload(overload) => vec![overload.run(options).await?],
    })
}
