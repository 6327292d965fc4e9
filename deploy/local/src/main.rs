//! The whole system on one machine; or, as a child of itself, one of its programs.

use std::{ffi::OsString, process::ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    match arguments.get(1).and_then(local::role::Role::of_argument) {
        Some(role) => role.play(arguments.into_iter().skip(2)),
        None => local::cli::main_from(arguments),
    }
}
