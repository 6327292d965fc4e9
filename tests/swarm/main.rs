//! The swarm: up to 40,000 simulated teachers against a real cluster on this machine.
//!
//! The parent ([`run`]) starts the system, imports roster and paper ([`stage`]), spreads the teachers over processes
//! ([`shares`], each one [`share`]), breaks and mends what the scenario says ([`events`]), watches who uses the machine
//! ([`machine`]), and lets the oracle judge ([`verdict`]). It must never change a limit of the system under test.

mod acknowledgements;
mod arguments;
mod events;
mod figures;
mod ground;
mod histogram;
mod machine;
mod message;
mod operation;
mod progress;
mod report;
mod run;
mod scenario;
mod share;
mod shares;
mod stage;
mod timetable;
mod verdict;

use std::{path::Path, process::ExitCode};

use clap::Parser;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == share::ARGUMENT) {
        let orders = arguments.next().unwrap_or_default();
        return share::main(Path::new(&orders));
    }
    run::main(&arguments::Arguments::parse())
}
