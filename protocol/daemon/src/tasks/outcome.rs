//! How a task ended and how a daemon ended: the values that [`Tasks`](super::Tasks) hands to main.

use std::fmt;

/// What a task may give back: nothing, or a result whose error can be shown.
pub trait TaskResult: Send + 'static {
    /// The same as a way of ending.
    fn into_ended(self) -> Ended;
}

impl TaskResult for () {
    fn into_ended(self) -> Ended {
        Ended::Returned
    }
}

impl<E: fmt::Display + Send + 'static> TaskResult for Result<(), E> {
    fn into_ended(self) -> Ended {
        match self {
            Ok(()) => Ended::Returned,
            // The alternate form makes an error that knows its causes show them all.
            Err(error) => Ended::Failed(format!("{error:#}")),
        }
    }
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It came to its end without an error.
    Returned,
    /// It gave this error.
    Failed(String),
    /// It panicked with this text.
    Panicked(String),
    /// It was thrown away before its end: aborted after the grace time, or its runtime was.
    Dropped,
}

impl Ended {
    /// Whether something went wrong inside the task.
    pub fn is_failure(&self) -> bool {
        match self {
            Self::Failed(_) | Self::Panicked(_) => true,
            Self::Returned | Self::Dropped => false,
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Returned => f.write_str("returned"),
            Self::Failed(error) => write!(f, "failed: {error}"),
            Self::Panicked(text) => write!(f, "panicked: {text}"),
            Self::Dropped => f.write_str("was dropped before its end"),
        }
    }
}

/// A task and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskEnd {
    /// As given when it was started.
    pub name: String,
    /// How it ended.
    pub ended: Ended,
}

impl fmt::Display for TaskEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task {} {}", self.name, self.ended)
    }
}

/// How a daemon ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a daemon that lost a critical task must not exit as if all were well"]
pub struct Outcome {
    /// The critical task whose end stopped the daemon; `None` when it was asked to stop.
    pub cause: Option<TaskEnd>,
    /// Critical tasks that failed after the stop had begun.
    pub failed_while_stopping: Vec<TaskEnd>,
    /// Tasks that had not ended when the grace time was over, in the order in which they were started.
    pub stragglers: Vec<String>,
}

impl Outcome {
    /// Whether the daemon was asked to stop and everything ended in time and without an error.
    pub fn is_clean(&self) -> bool {
        self.cause.is_none() && self.failed_while_stopping.is_empty() && self.stragglers.is_empty()
    }

    /// `Ok` for a clean end, otherwise the worst that happened, for main to return.
    pub fn into_result(self) -> Result<(), TasksError> {
        if let Some(cause) = self.cause {
            return Err(TasksError::Lost(cause));
        }
        if let Some(first) = self.failed_while_stopping.into_iter().next() {
            return Err(TasksError::FailedWhileStopping(first));
        }
        if self.stragglers.is_empty() {
            Ok(())
        } else {
            Err(TasksError::Stragglers(self.stragglers))
        }
    }
}

/// Why a daemon did not end well.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TasksError {
    /// A critical task ended before shutdown.
    #[error(
        "{0}; nothing else could go on without it. Start the daemon again and look at the log lines before this one"
    )]
    Lost(TaskEnd),
    /// A critical task failed during shutdown.
    #[error("{0} while the daemon stopped; the next start checks what is on disk")]
    FailedWhileStopping(TaskEnd),
    /// Some tasks did not end in time.
    #[error("did not stop within the grace time: {}", .0.join(", "))]
    Stragglers(Vec<String>),
}
