//! Who there is on this machine and where: names, directories, ports. Pure; every other part asks here.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use crate::line::LineName;

/// Coordinators of the local system.
pub const COORDINATORS: u16 = 3;

/// The districts with the names of their nodes. Mumbai has two, so that one may die.
pub const DISTRICTS: [(&str, &[&str]); 5] = [
    ("mumbai", &["mumbai-1", "mumbai-2"]),
    ("pune", &["pune-1"]),
    ("nagpur", &["nagpur-1"]),
    ("nashik", &["nashik-1"]),
    ("aurangabad", &["aurangabad-1"]),
];

/// The first of the ports when none is given.
pub const PORT_BASE: u16 = 7400;

/// How many ports the system takes from its base.
pub const PORTS: u16 = 90;

/// The plan of one local system.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where its data stays.
    pub data: PathBuf,
    /// The first of its ports.
    pub port_base: u16,
}

/// One coordinator.
#[derive(Debug, Clone)]
pub struct CoordinatorPlan {
    /// `coordinator-1`.
    pub name: String,
    /// From 1.
    pub index: u16,
    /// Its data directory.
    pub data: PathBuf,
    /// QUIC.
    pub link: SocketAddr,
    /// The ops API.
    pub ops: SocketAddr,
}

/// One node.
#[derive(Debug, Clone)]
pub struct NodePlan {
    /// `mumbai-1`.
    pub name: String,
    /// Its district.
    pub district: &'static str,
    /// From 1.
    pub index: u16,
    /// Its data directory.
    pub data: PathBuf,
    /// QUIC, for its peers.
    pub link: SocketAddr,
    /// HTTPS for candidates.
    pub https: SocketAddr,
    /// Plain HTTP on loopback, where a browser counts it as a secure context.
    pub plain: SocketAddr,
    /// The operator port.
    pub operator: SocketAddr,
}

/// One relayed way: from a node to a coordinator, or from its peers to a node.
#[derive(Debug, Clone)]
pub struct RelayPlan {
    /// Which line it is a part of.
    pub line: LineName,
    /// Whether the line's home end is the one that dials.
    pub home_dials: bool,
    /// Where is dialled.
    pub listen: SocketAddr,
    /// Where it leads.
    pub to: SocketAddr,
}

impl Plan {
    fn at(&self, offset: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port_base + offset))
    }

    /// The coordinator with this index, from 1.
    pub fn coordinator(&self, index: u16) -> CoordinatorPlan {
        let name = format!("coordinator-{index}");
        CoordinatorPlan {
            data: self.data.join(&name),
            link: self.at(index),
            ops: self.at(10 + index),
            name,
            index,
        }
    }

    /// All coordinators.
    pub fn coordinators(&self) -> Vec<CoordinatorPlan> {
        (1..=COORDINATORS).map(|index| self.coordinator(index)).collect()
    }

    /// All nodes.
    pub fn nodes(&self) -> Vec<NodePlan> {
        let names = DISTRICTS
            .iter()
            .flat_map(|(district, nodes)| nodes.iter().map(move |node| (*district, *node)));
        (1..)
            .zip(names)
            .map(|(index, (district, name))| NodePlan {
                name: name.to_owned(),
                district,
                index,
                data: self.data.join(name),
                link: self.at(20 + index),
                https: self.at(30 + index),
                plain: self.at(40 + index),
                operator: self.at(50 + index),
            })
            .collect()
    }

    /// The relays on a node's ways to the coordinators.
    pub fn relays(&self, node: &NodePlan) -> Vec<RelayPlan> {
        self.coordinators()
            .into_iter()
            .map(|coordinator| RelayPlan {
                line: LineName::Wan(node.district),
                home_dials: true,
                listen: self.at(60 + (node.index - 1) * COORDINATORS + coordinator.index - 1),
                to: coordinator.link,
            })
            .collect()
    }

    /// The relay by which its peers reach a node; none where it has no peers.
    pub fn peer_relay(&self, node: &NodePlan) -> Option<RelayPlan> {
        let (district, nodes) = DISTRICTS
            .iter()
            .find(|(district, _)| *district == node.district)?;
        (nodes.len() > 1).then(|| RelayPlan {
            line: LineName::Peers(district),
            // The home end is the first node: it dials the others.
            home_dials: nodes.first() != Some(&node.name.as_str()),
            listen: self.at(80 + node.index),
            to: node.link,
        })
    }

    /// The file by which `parikshactl` finds the cluster.
    pub fn ops_context(&self) -> PathBuf {
        self.data.join("ops.json")
    }

    /// The socket of [`crate::control`].
    pub fn control_socket(&self) -> PathBuf {
        self.data.join("control.sock")
    }

    /// The cluster key's file.
    pub fn cluster_key(&self) -> PathBuf {
        self.data.join("cluster.key")
    }

    /// The sign-ins of the sample roster.
    pub fn codes(&self) -> PathBuf {
        self.data.join("access-codes.csv")
    }

    /// Where a process writes its log.
    pub fn log_of(&self, name: &str) -> PathBuf {
        self.data.join(format!("{name}.log"))
    }

    /// Every address that must be free, with what it is for: (address, is UDP, purpose).
    pub fn addresses(&self) -> Vec<(SocketAddr, Transport, String)> {
        let mut all = Vec::new();
        for coordinator in self.coordinators() {
            all.push((
                coordinator.link,
                Transport::Udp,
                format!("{} (link)", coordinator.name),
            ));
            all.push((
                coordinator.ops,
                Transport::Tcp,
                format!("{} (ops API)", coordinator.name),
            ));
        }
        for node in self.nodes() {
            all.push((node.link, Transport::Udp, format!("{} (link)", node.name)));
            all.push((node.https, Transport::Tcp, format!("{} (HTTPS)", node.name)));
            all.push((
                node.plain,
                Transport::Tcp,
                format!("{} (HTTP on loopback)", node.name),
            ));
            all.push((
                node.operator,
                Transport::Tcp,
                format!("{} (operator port)", node.name),
            ));
            all.extend(self.peer_relay(&node).map(|relay| {
                (
                    relay.listen,
                    Transport::Udp,
                    format!("{} (peer relay)", node.name),
                )
            }));
            all.extend(
                self.relays(&node)
                    .into_iter()
                    .map(|relay| (relay.listen, Transport::Udp, format!("{} (WAN relay)", node.name))),
            );
        }
        all
    }

    /// Reads the plan of a system that runs, or once ran, in `data`.
    pub fn of_directory(data: &Path, port_base: u16) -> Self {
        Self {
            data: data.to_owned(),
            port_base,
        }
    }
}

/// What a port is bound for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_port_is_given_twice_and_all_lie_in_the_range() {
        let plan = Plan::of_directory(Path::new("x"), 20_000);
        let addresses = plan.addresses();
        let ports: BTreeSet<u16> = addresses.iter().map(|(address, ..)| address.port()).collect();
        assert_eq!(ports.len(), addresses.len());
        assert!(ports.iter().all(|port| (20_000..20_000 + PORTS).contains(port)));
    }
}
