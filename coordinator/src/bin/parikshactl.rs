//! `parikshactl`: what central ops type. Everything is in the library ([`coordinator::ctl`]).

fn main() -> std::process::ExitCode {
    coordinator::ctl::main_from(std::env::args_os())
}
