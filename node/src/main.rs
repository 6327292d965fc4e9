//! `pariksha-node`: the district node's program.

use std::process::ExitCode;

fn main() -> ExitCode {
    node::cli::main_from(std::env::args_os())
}
