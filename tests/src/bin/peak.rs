//! `peak FILE PROGRAM ARGUMENTS...`: runs a program to its end and writes to FILE, as JSON, how long it took and the most
//! memory that it had resident, as the kernel counted when it ended. A process of its own, because the kernel counts for
//! all children of a process together.

use std::{fs, process::Command};

use anyhow::Context;
use nix::sys::resource::{UsageWho, getrusage};
use tokio::time::Instant;

/// What a program returns that was ended by a signal, as shells have it.
const SIGNALLED: i32 = 128;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let file = arguments.next().context("peak FILE PROGRAM ARGUMENTS...")?;
    let program = arguments.next().context("peak FILE PROGRAM ARGUMENTS...")?;
    let begun = Instant::now();
    let status = Command::new(program).args(arguments).status()?;
    let milliseconds = begun.elapsed().as_millis() as u64;
    let kilobytes = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss();
    let used = serde_json::json!({ "milliseconds": milliseconds, "kilobytes": kilobytes });
    fs::write(file, used.to_string())?;
    std::process::exit(status.code().unwrap_or(SIGNALLED));
}
