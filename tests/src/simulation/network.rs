//! The network of the simulated world: who reaches whom, what is lost, doubled and overtaken.

use rand::{Rng, rngs::StdRng};

use super::{event::Party, step::Tally};

/// The state of all lines.
#[derive(Default)]
pub struct Network {
    /// Messages in a thousand that are lost.
    pub lost_permille: u32,
    /// Messages in a thousand that come twice.
    pub doubled_permille: u32,
    /// The greatest delay: above a few milliseconds messages overtake each other.
    pub delay_max_ms: u64,
    /// From node 0 to node 1, and back: each way is cut by itself.
    pub peers_cut: [bool; 2],
    /// From and to the centre, by node.
    pub wan_cut: [[bool; 2]; 2],
    /// The district's own network, by node.
    pub lan_cut: [bool; 2],
}

impl Network {
    /// A network without faults.
    pub fn calm() -> Self {
        Self {
            delay_max_ms: 5,
            ..Self::default()
        }
    }

    /// After how long a message arrives, each time that it does.
    pub fn delays(&self, from: Party, to: Party, rng: &mut StdRng, tally: &mut Tally) -> [Option<u64>; 2] {
        if self.is_cut(from, to) || rng.random_range(0..1000) < self.lost_permille {
            tally.dropped += 1;
            return [None, None];
        }
        let is_doubled = rng.random_range(0..1000) < self.doubled_permille;
        tally.duplicated += u64::from(is_doubled);
        let mut delay = || rng.random_range(1..=self.delay_max_ms.max(1));
        [Some(delay()), is_doubled.then(|| 3 * delay())]
    }

    fn is_cut(&self, from: Party, to: Party) -> bool {
        match (from, to) {
            (Party::Node(from), Party::Node(_)) => self.peers_cut[from],
            (Party::Node(node), Party::Centre(_)) => self.wan_cut[node][0],
            (Party::Centre(_), Party::Node(node)) => self.wan_cut[node][1],
            (Party::Node(node), Party::Candidate(_)) | (Party::Candidate(_), Party::Node(node)) => {
                self.lan_cut[node]
            }
            (Party::Centre(_) | Party::Candidate(_), Party::Centre(_) | Party::Candidate(_)) => false,
        }
    }
}
