//! How a line of the local system is: whole, cut, one-way, lossy, slow. Set by commands, read by the relays for every
//! datagram. There is one switch for each district's WAN and one for the link between its nodes.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::plan::DISTRICTS;

/// The longest delay of a line, in milliseconds.
pub const DELAY_MS_MAX: u16 = 10_000;

/// The state of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Line {
    /// It carries.
    Whole,
    /// It drops everything.
    Cut,
    /// The home end hears nothing, and is heard.
    Deaf,
    /// The home end is not heard, and hears.
    Mute,
    /// So many datagrams of a hundred are lost, each way.
    Loss(u8),
    /// Every datagram is so many milliseconds late, each way.
    Delay(u16),
}

/// Which line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineName {
    /// A district's way to the centre; the home end is the district.
    Wan(&'static str),
    /// The link between a district's nodes; the home end is the district's first node.
    Peers(&'static str),
}

/// Which way a datagram goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Away from the home end.
    FromHome,
    /// To it.
    ToHome,
}

/// The switches of all lines. Clones are the same.
#[derive(Debug, Clone)]
pub struct Lines {
    lines: Arc<BTreeMap<LineName, Switch>>,
}

#[derive(Debug)]
struct Switch {
    line: RwLock<Line>,
    from_home: Meter,
    to_home: Meter,
}

#[derive(Debug, Default)]
struct Meter {
    datagrams: AtomicU64,
    bytes: AtomicU64,
}

/// What a line has carried since the start, one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Carried {
    /// Datagrams.
    pub datagrams: u64,
    /// Bytes in them, without the headers of IP and UDP (28 bytes a datagram).
    pub bytes: u64,
}

/// What a line has carried since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Traffic {
    /// Away from the home end.
    pub from_home: Carried,
    /// To it.
    pub to_home: Carried,
}

// === impl Line ===

impl Line {
    /// When a datagram arrives that was sent now; `None` when it never does. `dice` is below 100.
    pub fn delay_of(self, way: Way, dice: u8) -> Option<Duration> {
        let carries = match self {
            Self::Whole | Self::Delay(_) => true,
            Self::Cut => false,
            Self::Deaf => way == Way::FromHome,
            Self::Mute => way == Way::ToHome,
            Self::Loss(percent) => dice >= percent,
        };
        carries.then(|| match self {
            Self::Delay(ms) => Duration::from_millis(ms.into()),
            _ => Duration::ZERO,
        })
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("whole"),
            Self::Cut => f.write_str("cut"),
            Self::Deaf => f.write_str("deaf"),
            Self::Mute => f.write_str("mute"),
            Self::Loss(percent) => write!(f, "losing {percent} %"),
            Self::Delay(ms) => write!(f, "{ms} ms late"),
        }
    }
}

// === impl Lines ===

impl Default for Lines {
    fn default() -> Self {
        let wans = DISTRICTS.iter().map(|(district, _)| LineName::Wan(district));
        let peers = DISTRICTS
            .iter()
            .filter(|(_, nodes)| nodes.len() > 1)
            .map(|(district, _)| LineName::Peers(district));
        let whole = |name| {
            let switch = Switch {
                line: RwLock::new(Line::Whole),
                from_home: Meter::default(),
                to_home: Meter::default(),
            };
            (name, switch)
        };
        Self {
            lines: Arc::new(wans.chain(peers).map(whole).collect()),
        }
    }
}

impl Lines {
    /// Sets a district's WAN. `false` when there is no such district.
    #[must_use]
    pub fn set_wan(&self, district: &str, line: Line) -> bool {
        self.set(
            |name| matches!(name, LineName::Wan(known) if *known == district),
            line,
        )
    }

    /// Sets the link between a district's nodes. `false` when there is no district of several nodes by that name.
    #[must_use]
    pub fn set_peers(&self, district: &str, line: Line) -> bool {
        self.set(
            |name| matches!(name, LineName::Peers(known) if *known == district),
            line,
        )
    }

    fn set(&self, is_meant: impl Fn(&LineName) -> bool, line: Line) -> bool {
        let Some((_, switch)) = self.lines.iter().find(|(name, _)| is_meant(name)) else {
            return false;
        };
        *switch.line.write().unwrap_or_else(PoisonError::into_inner) = line;
        true
    }

    /// How a line is.
    pub fn get(&self, name: LineName) -> Line {
        self.lines.get(&name).map_or(Line::Whole, |switch| {
            *switch.line.read().unwrap_or_else(PoisonError::into_inner)
        })
    }

    /// Counts a datagram that the line carries.
    pub(crate) fn count(&self, name: LineName, way: Way, bytes: usize) {
        if let Some(switch) = self.lines.get(&name) {
            let meter = match way {
                Way::FromHome => &switch.from_home,
                Way::ToHome => &switch.to_home,
            };
            meter.datagrams.fetch_add(1, Ordering::Relaxed);
            meter.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        }
    }

    /// What a line has carried.
    pub fn traffic(&self, name: LineName) -> Traffic {
        let carried = |meter: &Meter| Carried {
            datagrams: meter.datagrams.load(Ordering::Relaxed),
            bytes: meter.bytes.load(Ordering::Relaxed),
        };
        self.lines
            .get(&name)
            .map(|switch| Traffic {
                from_home: carried(&switch.from_home),
                to_home: carried(&switch.to_home),
            })
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_line_does_to_each_way_what_its_name_says() {
        let late = |ms| Some(Duration::from_millis(ms));
        let cases = [
            (Line::Whole, late(0), late(0)),
            (Line::Cut, None, None),
            (Line::Deaf, late(0), None),
            (Line::Mute, None, late(0)),
            (Line::Delay(500), late(500), late(500)),
        ];
        for (line, from, to) in cases {
            assert_eq!(line.delay_of(Way::FromHome, 0), from, "{line}");
            assert_eq!(line.delay_of(Way::ToHome, 0), to, "{line}");
        }
        let lost = (0..100).filter(|dice| Line::Loss(30).delay_of(Way::ToHome, *dice).is_none());
        assert_eq!(lost.count(), 30);
    }

    #[test]
    fn only_districts_of_several_nodes_have_a_link_to_cut() {
        let lines = Lines::default();
        assert!(lines.set_peers("mumbai", Line::Cut));
        assert!(!lines.set_peers("pune", Line::Cut));
        assert!(!lines.set_wan("atlantis", Line::Cut));
        assert_eq!(lines.get(LineName::Peers("mumbai")), Line::Cut);
        assert_eq!(lines.get(LineName::Wan("mumbai")), Line::Whole);
    }
}
