//! `pariksha-coordinator`: one member of the centre. Everything is in the library ([`coordinator::cli`]).

fn main() -> std::process::ExitCode {
    coordinator::cli::main_from(std::env::args_os())
}
