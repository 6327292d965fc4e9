//! The program begins anew in its own process's place: the same process id, so no supervisor is needed, and nothing of
//! the ended run (sockets, databases, threads) is left. Called by `run` when everything has ended.

use std::{ffi::OsString, io, os::unix::process::CommandExt, path::PathBuf, process::Command};

use super::Failure;

/// So many times one process begins a new log because its own turned out to be forked; more is not the disk's doing, and
/// a person must look.
const FORKS_MAX: u32 = 20;

/// Counts them from one program to the next.
const BEGAN_ANEW: &str = "PARIKSHA_BEGAN_ANEW";

/// The program that runs, whatever lies under its name by now: an upgrade may have replaced the file.
const RUNNING_PROGRAM: &str = "/proc/self/exe";

/// Why the program begins anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// Somebody holds another history of its log: a new one is needed.
    Forked,
    /// A new day needs a new log.
    NewDay,
}

/// Whether it does. Whoever asked the process to stop meanwhile is obeyed: the new log begins at the next start.
pub(super) fn why(is_forked: bool, is_new_day: bool, was_asked_to_stop: bool) -> Option<Why> {
    match (was_asked_to_stop, is_forked, is_new_day) {
        (true, _, _) | (false, false, false) => None,
        (false, true, _) => Some(Why::Forked),
        (false, false, true) => Some(Why::NewDay),
    }
}

/// Runs the program again. Comes back only when that failed.
pub(super) fn begin(why: Why) -> Failure {
    let forks = match (why, std::env::var(BEGAN_ANEW)) {
        (Why::Forked, Ok(before)) => before.parse().unwrap_or(0) + 1,
        (Why::Forked, Err(_)) => 1,
        // A whole day went by in peace.
        (Why::NewDay, _) => 0,
    };
    if forks > FORKS_MAX {
        return anyhow::anyhow!(
            "the log was forked {FORKS_MAX} times since this process was started: another machine writes under this node's identity; stop it"
        )
        .into();
    }
    tracing::warn!(?why, forks, "the node starts again with a new log");
    let error = run_again((BEGAN_ANEW, &forks.to_string()));
    anyhow::Error::new(error)
        .context("the node cannot start itself again; start it")
        .into()
}

fn run_again((variable, value): (&str, &str)) -> io::Error {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let run = |program: PathBuf| {
        let mut command = Command::new(program);
        if let Some((name, rest)) = arguments.split_first() {
            command.arg0(name).args(rest);
        }
        command.env(variable, value).exec()
    };
    let error = run(RUNNING_PROGRAM.into());
    match std::env::current_exe() {
        // Only where there is no /proc.
        Ok(program) if error.kind() == io::ErrorKind::NotFound => run(program),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, process::Stdio};

    use super::*;

    /// Tells the test below which run of the replaced program it is.
    const RUN: &str = "PARIKSHA_TEST_ANEW";

    #[test]
    fn whoever_asked_it_to_stop_is_obeyed() {
        assert_eq!(why(false, false, false), None);
        assert_eq!(why(true, false, false), Some(Why::Forked));
        assert_eq!(why(true, true, false), Some(Why::Forked), "forks are counted");
        assert_eq!(why(false, true, false), Some(Why::NewDay));
        for (is_forked, is_new_day) in [(true, false), (false, true), (true, true)] {
            assert_eq!(why(is_forked, is_new_day, true), None);
        }
    }

    /// Not a test of its own: a program whose file is replaced while it runs and that then begins anew.
    #[test]
    fn replaced_program() {
        match std::env::var(RUN).as_deref() {
            Ok("first") => {
                let own = std::env::current_exe().unwrap();
                fs::remove_file(&own).unwrap();
                fs::write(&own, "an upgrade that is half written").unwrap();
                panic!("not run again: {}", run_again((RUN, "second")));
            }
            Ok("second") => println!("\nbegan anew"),
            _ => {}
        }
    }

    #[test]
    fn a_program_whose_file_was_replaced_begins_anew_all_the_same() {
        let own = std::env::current_exe().unwrap();
        let place = tempfile::tempdir_in(own.parent().unwrap()).unwrap();
        let program = place.path().join("program");
        fs::hard_link(&own, &program).unwrap();
        let arguments = [
            "--exact",
            "cli::anew::tests::replaced_program",
            "--nocapture",
            "--test-threads=1",
        ];
        let run = Command::new(&program)
            .args(arguments)
            .env(RUN, "first")
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&run.stdout);
        assert!(
            run.status.success() && said.contains("\nbegan anew"),
            "{:?}: {said}",
            run.status
        );
    }
}
