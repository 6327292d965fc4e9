//! Why a request gave nothing, and whether it may work elsewhere or later.

use std::{borrow::Cow, time::Duration};

use rand::Rng;
use serde::Deserialize;

/// The longest wait that a node can ask for.
const RETRY_MAX: Duration = Duration::from_secs(60);

/// The page's own bounds of the pause before another try.
const BACK_OFF_MIN: Duration = Duration::from_millis(300);
const BACK_OFF_MAX: Duration = Duration::from_secs(15);

/// What went wrong.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// This machine has no more descriptors or ports.
    Exhausted(std::io::Error),
    /// No TCP connection.
    Unreachable(std::io::Error),
    /// No TLS.
    Handshake(std::io::Error),
    /// The connection ended before an answer began.
    Closed,
    /// The connection ended within an answer.
    BrokenOff,
    /// No answer in time.
    Silence,
    /// An answer that is not one of this API's.
    Unexpected(String),
    /// The node said no.
    Problem {
        /// The HTTP status.
        status: u16,
        /// Which problem.
        slug: String,
        /// When to come again.
        retry_after: Option<Duration>,
        /// Where to go instead.
        nodes: Vec<String>,
    },
}

#[derive(Deserialize)]
struct Form<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    retry_after_ms: Option<u64>,
    #[serde(default)]
    nodes: Vec<String>,
}

impl Trouble {
    /// What a node said with a status of 400 or more.
    pub(crate) fn of_answer(status: u16, body: &[u8]) -> Self {
        match serde_json::from_slice::<Form<'_>>(body) {
            Ok(form) => Self::Problem {
                status,
                slug: form.kind.rsplit(':').next().unwrap_or_default().to_owned(),
                retry_after: form
                    .retry_after_ms
                    .map(|ms| Duration::from_millis(ms).min(RETRY_MAX)),
                nodes: form.nodes,
            },
            Err(_) => Self::Unexpected(format!("status {status} without a problem")),
        }
    }

    /// The name under which it is counted.
    pub(crate) fn label(&self) -> String {
        match self {
            Self::Exhausted(error) => format!("this machine's limit: {error}"),
            Self::Unreachable(error) => format!("no connection ({})", error.kind()),
            Self::Handshake(error) => format!("no TLS ({})", error.kind()),
            Self::Closed => "closed without an answer".into(),
            Self::BrokenOff => "broken off".into(),
            Self::Silence => "silence".into(),
            Self::Unexpected(what) => format!("unexpected: {what}"),
            Self::Problem { status, slug, .. } => format!("{status} {slug}"),
        }
    }

    /// Whether the same request may work later or at another node.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Unexpected(_) => false,
            Self::Problem { status, slug, .. } => {
                matches!(status, 429 | 503 | 507)
                    || matches!(slug.as_str(), "not-open" | "not-released" | "no-paper")
            }
            _ => true,
        }
    }

    /// Whether this node is to be left: it is gone, or full.
    pub(crate) fn is_of_the_node(&self) -> bool {
        match self {
            Self::Problem { status, .. } => *status == 507,
            _ => true,
        }
    }

    /// How long to wait before try number `tries` (from 1), as the page does: full jitter, at least what the node asked
    /// for.
    pub(crate) fn back_off(&self, tries: u32, random: &mut impl Rng) -> Duration {
        let top = BACK_OFF_MAX.min(BACK_OFF_MIN * 2_u32.pow(tries.min(10)));
        let asked_for = match self {
            Self::Problem { retry_after, .. } => retry_after.unwrap_or_default(),
            _ => Duration::ZERO,
        };
        asked_for.max(BACK_OFF_MIN) + top.mul_f64(random.random())
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::SmallRng};

    use super::*;

    #[test]
    fn a_node_that_is_busy_is_waited_for_and_one_that_is_full_is_left() {
        let busy = br#"{"type":"urn:pariksha:problem:busy","title":"x","status":503,"detail":"\"","retry_after_ms":90000}"#;
        let busy = Trouble::of_answer(503, busy);
        let mut random = SmallRng::seed_from_u64(1);
        let pause = busy.back_off(1, &mut random);
        assert!(busy.label() == "503 busy" && pause >= RETRY_MAX, "{pause:?}");
        let silence = (1..50).map(|tries| Trouble::Silence.back_off(tries, &mut random));
        assert!(silence.max() > Some(BACK_OFF_MAX / 2), "it grows");
        assert!(busy.is_passing() && !busy.is_of_the_node());
        let full = br#"{"type":"urn:pariksha:problem:disk-full","nodes":["http://localhost:1"]}"#;
        let full = Trouble::of_answer(507, full);
        assert!(full.is_passing() && full.is_of_the_node());
        let refused = Trouble::of_answer(401, br#"{"type":"urn:pariksha:problem:sign-in-refused"}"#);
        assert!(!refused.is_passing());
        assert!(!Trouble::of_answer(500, b"<html>").is_passing());
    }
}
