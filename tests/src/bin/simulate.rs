//! Runs the simulation: `cargo run --release -p tests --bin simulate -- --seed N --steps M [--seeds K]`. Prints the
//! history's digest and, last, the counts; ends with 1 when anything went wrong.

use std::process::ExitCode;

use clap::Parser;
use tests::simulation::{BrokenRules, Tally, simulate};

#[derive(Parser)]
#[command(about = "Drives the pure rules of two nodes and three coordinators through a seeded storm")]
struct Arguments {
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Events of each seed, at least.
    #[arg(long, default_value_t = 1_000_000)]
    steps: u64,
    /// How many seeds, one after the other.
    #[arg(long, default_value_t = 1)]
    seeds: u64,
}

fn main() -> ExitCode {
    let Arguments { seed, steps, seeds } = Arguments::parse();
    let (mut tally, mut lost, mut twice, mut failed) = (Tally::default(), 0, 0, 0);
    for seed in (0..seeds).map(|number| seed.wrapping_add(number)) {
        let run = simulate(seed, steps, BrokenRules::default());
        println!("seed {seed} history digest: {}", run.digest);
        tally.add(&run.tally);
        let (run_lost, run_twice) = run.lost_and_twice();
        (lost, twice) = (lost + run_lost, twice + run_twice);
        if let Some(what) = run.failed {
            failed += 1;
            println!("seed {seed}: {what}");
        }
    }
    println!("simulation: seeds {seeds}, failed {failed}, lost {lost}, twice {twice}, {tally}");
    ExitCode::from(u8::from(failed > 0))
}
