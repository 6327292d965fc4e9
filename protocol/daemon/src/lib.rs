//! What every daemon needs: task supervision, signals, telemetry, clock, configuration, metrics.
//!
//! Used by the node and the coordinator (and by the program that starts a whole system on one machine); it
//! knows nothing of exams and imports none of our other crates. The order in which a daemon uses it:
//!
//! 1. [`Settings`] loads the configuration: defaults < TOML file < environment < command line.
//! 2. [`telemetry::init`] starts the log.
//! 3. A `CancellationToken` is made; [`Signals::install`] cancels it on SIGTERM or SIGINT.
//! 4. [`Tasks`] owns every task and thread; the end of a critical one cancels the same token.
//! 5. [`Tasks::join`] waits for the token, grants a grace time and gives the [`Outcome`] that main returns.
//!
//! Time comes from a [`Clock`], figures for operators go to [`Metrics`], what a command was asked for to [`stdout`].

pub mod clock;
pub mod metrics;
pub mod settings;
pub mod signals;
pub mod stdout;
pub mod tasks;
pub mod telemetry;

pub use clock::{Clock, ManualClock, SystemClock};
pub use metrics::Metrics;
pub use settings::{Origin, Settings, SettingsError, Shown};
pub use signals::Signals;
pub use tasks::{Ended, Outcome, TaskEnd, TaskResult, Tasks};
pub use telemetry::{LogFormat, LogSettings};
pub use tokio_util::sync::CancellationToken;
