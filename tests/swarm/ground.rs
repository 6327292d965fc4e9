//! What this machine allows: descriptors, ports, addresses. Says which bound makes more processes necessary, and which
//! one the system under test may meet, before anything is sent.

use std::{fs, net::Ipv4Addr};

use anyhow::{Context, ensure};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::scenario::Scenario;

/// Descriptors that a process needs for itself: its standard streams, its event queue, a margin for connections that
/// are being replaced.
const DESCRIPTORS_OWN: u64 = 500;

/// What a node needs for itself: its store, links, listeners.
const NODE_DESCRIPTORS_OWN: u32 = 300;

/// Teachers of one process at most; above it one thread has too much to do.
const SHARE_MAX: u64 = 20_000;

/// What an empty system takes, in MiB.
const SYSTEM_MIB: u64 = 700;

/// What a teacher takes in the swarm, at the nodes, at three coordinators, and with the oracle at the end, in KiB.
const TEACHER_KIB: u64 = 90;

/// The first of the addresses from which teachers come: 127.16.0.1.
const ADDRESS_FIRST: u32 = 0x7F10_0001;

/// How the teachers are spread.
#[derive(Debug, Clone)]
pub(crate) struct Spread {
    /// Load processes.
    pub processes: usize,
    /// What was found, in words.
    pub words: Vec<String>,
}

/// Takes as many descriptors as this user may have, for the load processes and for the system that they start, as a
/// service's unit file does. Says so when that is more than it had.
pub(crate) fn take_descriptors() -> anyhow::Result<Option<String>> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return Ok(None);
    }
    let all = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Nofile, all).context("the bound of descriptors cannot be raised")?;
    let words = |bound: Option<u64>| bound.map_or("any number".to_owned(), |bound| bound.to_string());
    Ok(Some(format!(
        "descriptors of a process raised from {} to {}, the most that this user may have",
        words(current),
        words(maximum)
    )))
}

/// Spreads teachers over processes by the descriptors that one may hold.
pub(crate) fn spread(scenario: &Scenario, processes_min: usize) -> anyhow::Result<Spread> {
    let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let candidates = u64::from(scenario.candidates());
    ensure!(
        descriptors > DESCRIPTORS_OWN * 2,
        "a process may hold only {descriptors} descriptors here; raise it with `ulimit -n`"
    );
    let each = (descriptors - DESCRIPTORS_OWN).min(SHARE_MAX);
    let needed = candidates.div_ceil(each) as usize;
    let processes = needed.max(processes_min).max(1);
    let mut words = vec![format!(
        "a process may hold {descriptors} descriptors: {candidates} teachers on {processes} processes"
    )];
    words.extend(ports(scenario)?);
    words.extend(memory_words(candidates));
    words.extend(node_words(scenario, descriptors));
    Ok(Spread { processes, words })
}

/// Each address of this machine has its own range of ports, and each hall its own address.
fn ports(scenario: &Scenario) -> anyhow::Result<Option<String>> {
    let text = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let mut bounds = text
        .split_whitespace()
        .filter_map(|bound| bound.parse::<u32>().ok());
    let (Some(first), Some(last)) = (bounds.next(), bounds.next()) else {
        return Ok(None);
    };
    let per_address = scenario.pace.per_address;
    ensure!(
        per_address < (last - first) / 2,
        "{per_address} teachers behind one address need more ports than {first} to {last}"
    );
    let addresses = scenario.candidates().div_ceil(per_address);
    Ok(Some(format!(
        "{addresses} halls of {per_address} teachers, each with an address of its own from {} on",
        Ipv4Addr::from(ADDRESS_FIRST)
    )))
}

/// Says it when the memory that is free may not suffice.
fn memory_words(candidates: u64) -> Option<String> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let free_mib = line.split_whitespace().next()?.parse::<u64>().ok()? / 1024;
    let needed_mib = SYSTEM_MIB + candidates * TEACHER_KIB / 1024;
    (free_mib < needed_mib).then(|| {
        format!("memory: {free_mib} MiB are free, about {needed_mib} MiB are needed: the run may be slow or end early")
    })
}

/// Nodes that would meet their own bound.
fn node_words(scenario: &Scenario, descriptors: u64) -> Vec<String> {
    let connections_max = node::http::Settings::default().connections_max as u64;
    let room = connections_max.min(descriptors.saturating_sub(NODE_DESCRIPTORS_OWN.into()));
    let crowded = scenario.districts.iter().filter_map(|(district, teachers)| {
        let nodes = nodes_of(district);
        (u64::from(*teachers) > room * nodes).then(|| {
            format!(
                "{district}: {teachers} teachers on {nodes} nodes of {room} connections: some will be turned away"
            )
        })
    });
    crowded.collect()
}

fn nodes_of(district: &str) -> u64 {
    let known = local::plan::DISTRICTS
        .iter()
        .find(|(known, _)| *known == district);
    known.map_or(1, |(_, nodes)| nodes.len() as u64)
}

/// The address of a hall, by its number.
pub(crate) fn address(hall: u32) -> anyhow::Result<Ipv4Addr> {
    // Addresses that end in 0 or 255 are left out, as in any network.
    let number = ADDRESS_FIRST + hall / 254 * 256 + hall % 254;
    let address = Ipv4Addr::from(number);
    address
        .is_loopback()
        .then_some(address)
        .context("there are no more loopback addresses")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_hall_has_an_address_of_its_own() {
        let addresses: BTreeSet<Ipv4Addr> = (0..90_000).map(|hall| address(hall).unwrap()).collect();
        assert_eq!(addresses.len(), 90_000);
        assert!(addresses.iter().all(|one| !matches!(one.octets()[3], 0 | 255)));
    }

    #[test]
    fn forty_thousand_need_several_processes_and_a_crowded_node_is_named() {
        let scenario = Scenario::read("steady").unwrap();
        let spread = spread(&scenario, 1).unwrap();
        assert!(spread.processes >= 2, "{spread:?}");
        let crowded = node_words(&scenario, 5_000);
        assert!(
            crowded.iter().any(|words| words.starts_with("pune")),
            "{crowded:?}"
        );
    }
}
