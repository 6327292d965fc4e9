//! This binary as one of the others: `pariksha as-node ARGS…` is `pariksha-node ARGS…`, and so on. A child in a role
//! also ends when its parent does: it holds the read end of a pipe whose other end only the parent has.

use std::{ffi::OsString, io::Read, process::ExitCode};

/// Who this process is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// `pariksha-node`.
    Node,
    /// `pariksha-coordinator`.
    Coordinator,
    /// `parikshactl`.
    Ctl,
}

/// Set in a child whose standard input is the parent's pipe.
pub const PIPE_VARIABLE: &str = "PARIKSHA_LOCAL_CHILD";

impl Role {
    /// The first argument that asks for the role.
    pub fn argument(self) -> &'static str {
        match self {
            Self::Node => "as-node",
            Self::Coordinator => "as-coordinator",
            Self::Ctl => "as-ctl",
        }
    }

    /// The role that the first argument asks for.
    pub fn of_argument(argument: &OsString) -> Option<Self> {
        [Self::Node, Self::Coordinator, Self::Ctl]
            .into_iter()
            .find(|role| argument == role.argument())
    }

    /// Plays the role with the arguments that follow it.
    pub fn play(self, arguments: impl Iterator<Item = OsString>) -> ExitCode {
        if std::env::var_os(PIPE_VARIABLE).is_some() {
            end_with_parent();
        }
        let name = match self {
            Self::Node => "pariksha-node",
            Self::Coordinator => "pariksha-coordinator",
            Self::Ctl => "parikshactl",
        };
        let arguments: Vec<OsString> = std::iter::once(name.into()).chain(arguments).collect();
        match self {
            Self::Node => node::cli::main_from(arguments),
            Self::Coordinator => coordinator::cli::main_from(arguments),
            Self::Ctl => coordinator::ctl::main_from(arguments),
        }
    }
}

fn end_with_parent() {
    let watch = || {
        let mut rest = Vec::new();
        // Ends when the parent closes its end, or dies.
        let _ = std::io::stdin().read_to_end(&mut rest);
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TERM);
    };
    // Without the watch the child still works; it would only outlive a killed parent.
    let _ = std::thread::Builder::new()
        .name("parent-watch".into())
        .spawn(watch);
}
