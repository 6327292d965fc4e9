//! What a teacher's page asks of a node: the names under which everything is counted and reported.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

/// How long the page waits for an answer before it goes to another node.
const SILENCE: Duration = Duration::from_secs(5);

/// The same for the sealed paper.
const PAPER_SILENCE: Duration = Duration::from_secs(60);

/// A kind of request, or the making of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Operation {
    /// TCP and TLS.
    Connect,
    /// Number and access code.
    SignIn,
    /// The list of sittings, asked for again and again while waiting.
    Lobby,
    /// The sealed paper.
    Paper,
    /// The start, which gives key and order.
    Start,
    /// One response.
    Answer,
    /// A look at the attempt by a page that has had nothing to send: for the time, for another device, for delivery.
    Look,
    /// Handing in.
    Submit,
}

impl Operation {
    /// All, in the order in which a teacher meets them.
    pub(crate) const ALL: [Self; 8] = [
        Self::Connect,
        Self::SignIn,
        Self::Lobby,
        Self::Paper,
        Self::Start,
        Self::Answer,
        Self::Look,
        Self::Submit,
    ];

    /// Its place in [`Self::ALL`].
    pub(crate) fn place(self) -> usize {
        self as usize
    }

    /// The name in scenario files and reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::SignIn => "sign-in",
            Self::Lobby => "lobby",
            Self::Paper => "paper",
            Self::Start => "start",
            Self::Answer => "answer",
            Self::Look => "look",
            Self::Submit => "submit",
        }
    }

    /// How long a teacher waits for it.
    pub(crate) fn silence(self) -> Duration {
        match self {
            Self::Paper => PAPER_SILENCE,
            Self::Connect
            | Self::SignIn
            | Self::Lobby
            | Self::Start
            | Self::Answer
            | Self::Look
            | Self::Submit => SILENCE,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_stands_at_its_place_and_is_written_as_it_is_named() {
        for (place, operation) in Operation::ALL.into_iter().enumerate() {
            assert_eq!(operation.place(), place);
            let json = serde_json::to_string(&operation).unwrap();
            assert_eq!(json, format!("\"{operation}\""));
        }
    }
}
