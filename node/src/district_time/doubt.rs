//! A clock that contradicts district time, in the words of whoever must look into it. Shown by the status port and `status`.

use std::fmt;

use protocol::ids::{CoordinatorId, NodeId};

/// Whose clock contradicts district time, and by how many milliseconds it is ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// A coordinator's: what it says is set aside.
    Coordinator {
        /// Which.
        id: CoordinatorId,
        /// Negative: it is behind.
        ahead_ms: i64,
    },
    /// The district time of another node of the district.
    Peer {
        /// Which.
        id: NodeId,
        /// Negative: it is behind.
        ahead_ms: i64,
    },
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Coordinator { id, ahead_ms } => write!(
                f,
                "the clock of coordinator {id} is {} district time; it does not count here: tell central operations to check that machine's clock",
                Apart(*ahead_ms)
            ),
            Self::Peer { id, ahead_ms } => write!(
                f,
                "district time at node {id} is {} this node's; compare both with a good clock and restart the one that is wrong",
                Apart(*ahead_ms)
            ),
        }
    }
}

/// A difference of clocks in words.
struct Apart(i64);

impl fmt::Display for Apart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = (self.0.unsigned_abs() + 500) / 1_000;
        if seconds >= 60 {
            write!(f, "{} min {} s ", seconds / 60, seconds % 60)?;
        } else {
            write!(f, "{seconds} s ")?;
        }
        f.write_str(if self.0 < 0 { "behind" } else { "ahead of" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubt_says_whose_clock_and_how_far() {
        let id = CoordinatorId(2);
        let doubt = |ahead_ms| Doubt::Coordinator { id, ahead_ms }.to_string();
        assert!(
            doubt(3_599_900).starts_with("the clock of coordinator 2 is 60 min 0 s ahead of district time;")
        );
        assert!(doubt(-2_400).contains("is 2 s behind district time"));
    }
}
