//! The centre's speed, on a real system of processes: how fast the backlog of a district that was cut off becomes part of
//! the merged store on all three coordinators, what each answer costs on the WAN (counted by the relay, headers of IP and
//! UDP included) in catch-up and at the pace of an exam, how fast a sitting is scored; and, in this process alone, the
//! merge and the scoring themselves.
//!
//! `tests/bench/run catchup` builds and runs it.

#![allow(clippy::print_stdout, reason = "the tables are what it is for")]

#[path = "catchup/backlog.rs"]
mod backlog;
#[path = "catchup/centre.rs"]
mod centre;
#[path = "catchup/district.rs"]
mod district;
#[path = "catchup/meter.rs"]
mod meter;
#[path = "catchup/rates.rs"]
mod rates;
#[path = "catchup/steady.rs"]
mod steady;

use anyhow::Result;
use clap::{Parser, ValueEnum};

use backlog::Shape;
use district::District;

#[derive(Parser)]
#[command(about = "Catch-up, bytes on the WAN, merge and scoring")]
struct Arguments {
    /// What is measured.
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "backlog,steady,rates"
    )]
    only: Vec<Part>,
    /// Answers of each backlog.
    #[arg(long, value_delimiter = ',', default_value = "200000,500000,2000000")]
    answers: Vec<u64>,
    /// Answers in one frame: 2 is what a district's exam pace makes, hundreds what a rush makes.
    #[arg(long, default_value_t = 2)]
    records_per_frame: usize,
    /// Candidates of the district.
    #[arg(long, default_value_t = 12_000)]
    candidates: u32,
    /// Items of the paper.
    #[arg(long, default_value_t = 100)]
    items: usize,
    /// Answers a second at the pace of an exam.
    #[arg(long, default_value_t = 400)]
    pace: u32,
    /// For so many seconds.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// For the random numbers.
    #[arg(long, default_value_t = 4)]
    seed: u64,
    /// What was measured, as JSON, into this file.
    #[arg(long)]
    json: Option<std::path::PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Catch-up and scoring through the whole system.
    Backlog,
    /// The WAN at the pace of an exam.
    Steady,
    /// Merge and scoring in this process.
    Rates,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    println!("seed {}", arguments.seed);
    let mut found = serde_json::Map::new();
    if arguments.only.contains(&Part::Rates) {
        found.insert("rates".into(), rates::run(arguments.seed, arguments.items)?);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    if arguments.only.contains(&Part::Backlog) || arguments.only.contains(&Part::Steady) {
        runtime.block_on(system(&arguments, &mut found))?;
    }
    if let Some(path) = &arguments.json {
        std::fs::write(path, serde_json::to_vec_pretty(&found)?)?;
    }
    Ok(())
}

async fn system(arguments: &Arguments, found: &mut serde_json::Map<String, serde_json::Value>) -> Result<()> {
    let district = District::start(arguments.candidates, arguments.items).await?;
    if arguments.only.contains(&Part::Steady) {
        let steady = steady::run(&district, arguments.pace, arguments.seconds, arguments.seed).await?;
        found.insert("steady".into(), steady);
    }
    if arguments.only.contains(&Part::Backlog) {
        let shape = Shape {
            candidates: arguments.candidates,
            records_per_frame: arguments.records_per_frame,
            seed: arguments.seed,
        };
        found.insert(
            "backlog".into(),
            district.catch_up(&shape, &arguments.answers).await?,
        );
        found.insert("scored".into(), district.score().await?);
    }
    Ok(())
}
