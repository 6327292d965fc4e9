//! Whether a peer confirms what it is sent: only then an acknowledgement waits for its copy. Pure.

use protocol::ids::Sequence;

/// One peer's confirmations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Liveness {
    confirmed: Option<Sequence>,
    /// Since when the log has gone further than what the peer confirmed, without a new confirmation.
    behind_since_ms: Option<u64>,
    is_live: bool,
}

impl Liveness {
    /// The peer has the log on its disk up to here.
    pub(super) fn confirmed(&mut self, sequence: Sequence, head: Sequence, now_ms: u64) {
        self.confirmed = Some(sequence);
        self.behind_since_ms = None;
        self.look(head, now_ms, u64::MAX);
    }

    /// Judges again: `head` is how far the log goes, `patience_ms` how long a confirmation may take.
    pub(super) fn look(&mut self, head: Sequence, now_ms: u64, patience_ms: u64) -> bool {
        match self.confirmed {
            Some(confirmed) if confirmed >= head => {
                self.behind_since_ms = None;
                // Only a peer that has caught up is waited for.
                self.is_live = true;
            }
            Some(_) => {
                let since = *self.behind_since_ms.get_or_insert(now_ms);
                if now_ms.saturating_sub(since) >= patience_ms {
                    self.is_live = false;
                }
            }
            None => {}
        }
        self.is_live
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_live_once_it_has_caught_up() {
        let mut peer = Liveness::default();
        assert!(!peer.look(Sequence(0), 0, 1_000));
        peer.confirmed(Sequence(3), Sequence(9), 10);
        assert!(!peer.look(Sequence(9), 20, 1_000));
        peer.confirmed(Sequence(9), Sequence(9), 30);
        assert!(peer.look(Sequence(9), 31, 1_000));
    }

    #[test]
    fn a_live_peer_that_confirms_steadily_stays_live_though_the_log_runs_ahead() {
        let mut peer = Liveness::default();
        peer.confirmed(Sequence(1), Sequence(1), 0);
        for step in 1..100u64 {
            assert!(peer.look(Sequence(step + 5), step * 100, 1_000), "step {step}");
            peer.confirmed(Sequence(step), Sequence(step + 5), step * 100 + 50);
        }
    }

    #[test]
    fn a_peer_that_stops_confirming_is_not_waited_for_any_more() {
        let mut peer = Liveness::default();
        peer.confirmed(Sequence(1), Sequence(1), 0);
        assert!(peer.look(Sequence(2), 100, 1_000));
        assert!(!peer.look(Sequence(3), 1_100, 1_000));
        peer.confirmed(Sequence(2), Sequence(3), 1_200);
        assert!(!peer.look(Sequence(3), 1_201, 1_000), "it must catch up first");
    }
}
