//! SIGTERM and SIGINT: the first asks the daemon to stop, the second ends the process at once.
//!
//! Installed by each main before anything is started. The watch outlives the shutdown that it asks for, or a
//! person who presses Ctrl-C twice would wait for the grace time all the same; so it is not one of the supervised
//! tasks, but owned by the returned value.

use std::io;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// What a shell reports for a process that a signal ended: this plus the signal's number.
const EXIT_CODE_BASE: i32 = 128;

/// Watches for signals until it is dropped.
#[derive(Debug)]
pub struct Signals {
    watch: JoinHandle<()>,
    heard: Arc<AtomicBool>,
}

impl Signals {
    /// From the return of this call on, SIGTERM and SIGINT cancel `shutdown` and do not end the process; a second
    /// one ends it with the code that a shell gives (143 or 130). Must be called within a tokio runtime.
    ///
    /// The process's handlers stay after the value is dropped (the signals are then ignored): drop it last.
    #[expect(
        clippy::disallowed_methods,
        reason = "owned by the returned value and must outlive the supervisor"
    )]
    pub fn install(shutdown: CancellationToken) -> io::Result<Self> {
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        let heard = Arc::new(AtomicBool::new(false));
        Ok(Self {
            watch: tokio::spawn(watch(shutdown, Arc::clone(&heard), terminate, interrupt)),
            heard,
        })
    }

    /// Whether a signal has asked the daemon to stop; a shutdown may also have come from within.
    pub fn were_heard(&self) -> bool {
        self.heard.load(Ordering::Acquire)
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

async fn watch(
    shutdown: CancellationToken,
    heard: Arc<AtomicBool>,
    mut terminate: Signal,
    mut interrupt: Signal,
) {
    let first = next(&mut terminate, &mut interrupt).await;
    heard.store(true, Ordering::Release);
    tracing::info!(
        signal = name(first),
        "stopping; a second signal ends the process at once"
    );
    shutdown.cancel();
    let second = next(&mut terminate, &mut interrupt).await;
    tracing::warn!(
        signal = name(second),
        "second signal: the process ends without waiting for its tasks"
    );
    process::exit(EXIT_CODE_BASE + second.as_raw_value());
}

/// tokio's streams of signals never end while the runtime lives.
async fn next(terminate: &mut Signal, interrupt: &mut Signal) -> SignalKind {
    tokio::select! {
        _ = terminate.recv() => SignalKind::terminate(),
        _ = interrupt.recv() => SignalKind::interrupt(),
    }
}

fn name(kind: SignalKind) -> &'static str {
    if kind == SignalKind::terminate() {
        "SIGTERM"
    } else {
        "SIGINT"
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Lines};
    use std::process::{Child, ChildStdout, Command, Stdio};
    use std::time::Duration;

    use super::*;
    use crate::Tasks;

    /// Tells the test below that it runs as the daemon that the other tests signal.
    const IS_CHILD: &str = "DAEMON_SIGNALS_TEST_CHILD";
    const LONG: Duration = Duration::from_secs(30);

    /// Not a test of its own: a daemon with one task that ends on shutdown and, as `deaf`, one that never does.
    #[test]
    fn child_daemon() {
        let Ok(mode) = std::env::var(IS_CHILD) else { return };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let outcome = runtime.block_on(async {
            let shutdown = CancellationToken::new();
            let signals = Signals::install(shutdown.clone()).unwrap();
            let tasks = Tasks::new(shutdown);
            let token = tasks.child_token();
            tasks.spawn("announcer", async move {
                println!("\nready");
                token.cancelled().await;
                println!("\nstopping");
            });
            if mode == "self-stopping" {
                assert!(!signals.were_heard());
                tasks.shutdown_token().cancel();
            }
            if mode == "deaf" {
                tasks.spawn("deaf", std::future::pending::<()>());
            }
            let outcome = tasks.join(LONG).await;
            while mode == "self-stopping" && !signals.were_heard() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            println!("\nheard {}", signals.were_heard());
            outcome
        });
        process::exit(i32::from(!outcome.is_clean()));
    }

    struct Daemon {
        child: Child,
        lines: Lines<BufReader<ChildStdout>>,
    }

    impl Daemon {
        fn start(mode: &str) -> Self {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args([
                    "--exact",
                    "signals::tests::child_daemon",
                    "--nocapture",
                    "--test-threads=1",
                ])
                .env(IS_CHILD, mode)
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let lines = BufReader::new(child.stdout.take().unwrap()).lines();
            let mut daemon = Self { child, lines };
            daemon.wait_for_line("ready");
            daemon
        }

        fn wait_for_line(&mut self, wanted: &str) {
            let found = self.lines.by_ref().any(|line| line.unwrap() == wanted);
            assert!(found, "the daemon ended before it said {wanted:?}");
        }

        fn send(&self, signal: &str) {
            let kill = format!("kill -{signal} {}", self.child.id());
            assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        }

        fn exit_code(&mut self) -> Option<i32> {
            self.child.wait().unwrap().code()
        }
    }

    impl Drop for Daemon {
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    #[test]
    fn sigterm_and_sigint_each_stop_a_daemon_cleanly() {
        for signal in ["TERM", "INT"] {
            let mut daemon = Daemon::start("listening");
            daemon.send(signal);
            daemon.wait_for_line("stopping");
            assert_eq!(daemon.exit_code(), Some(0), "after SIG{signal}");
        }
    }

    #[test]
    fn a_signal_that_comes_while_a_daemon_stops_by_itself_is_heard() {
        let mut daemon = Daemon::start("self-stopping");
        daemon.wait_for_line("stopping");
        daemon.send("TERM");
        daemon.wait_for_line("heard true");
        assert_eq!(daemon.exit_code(), Some(0));
    }

    #[test]
    fn a_second_signal_ends_the_process_without_waiting_for_the_grace_time() {
        for (signal, code) in [("TERM", 143), ("INT", 130)] {
            let mut daemon = Daemon::start("deaf");
            daemon.send("TERM");
            daemon.wait_for_line("stopping");
            daemon.send(signal);
            assert_eq!(daemon.exit_code(), Some(code));
        }
    }
}
