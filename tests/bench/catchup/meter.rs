//! What is counted beside the answers: bytes on the WAN as the relay saw them, and processor time of each process.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use local::{
    control::{self, Answer, Command},
    line::{Carried, Traffic},
};
use tests::cluster::Cluster;

/// What IPv4 and UDP add to each datagram.
const HEADER_BYTES: u64 = 28;

/// Ticks of `/proc/<pid>/stat` in a second: Linux has said 100 to programs since long.
const TICKS_PER_SECOND: f64 = 100.0;

/// A reading of all counters.
pub(crate) struct Reading {
    traffic: Traffic,
    cpu_seconds: BTreeMap<String, f64>,
}

/// Between two readings.
pub(crate) struct Difference {
    pub(crate) up: Carried,
    pub(crate) down: Carried,
    /// By process, those that worked at all.
    pub(crate) cpu_seconds: BTreeMap<String, f64>,
}

impl Reading {
    pub(crate) async fn of(cluster: &Cluster, district: &str) -> Result<Self> {
        let Answer::Status { carried, .. } =
            control::send(cluster.plan.control_socket(), &Command::Status).await?
        else {
            bail!("the system did not say what its lines carried")
        };
        let traffic = *carried.get(district).context("the district has a line")?;
        let mut cpu_seconds = BTreeMap::new();
        for (name, pid) in cluster.process_ids().await? {
            cpu_seconds.insert(name, cpu_of(pid).unwrap_or_default());
        }
        Ok(Self { traffic, cpu_seconds })
    }

    pub(crate) fn until(&self, later: &Self) -> Difference {
        let less = |later: Carried, before: Carried| Carried {
            datagrams: later.datagrams - before.datagrams,
            bytes: later.bytes - before.bytes,
        };
        let cpu = later.cpu_seconds.iter().map(|(name, seconds)| {
            let before = self.cpu_seconds.get(name).copied().unwrap_or_default();
            (name.clone(), seconds - before)
        });
        Difference {
            up: less(later.traffic.from_home, self.traffic.from_home),
            down: less(later.traffic.to_home, self.traffic.to_home),
            cpu_seconds: cpu.filter(|(_, seconds)| *seconds >= 0.05).collect(),
        }
    }
}

impl Difference {
    /// Both ways, as a WAN counts it.
    pub(crate) fn wan_bytes(&self) -> u64 {
        [self.up, self.down]
            .iter()
            .map(|way| way.bytes + HEADER_BYTES * way.datagrams)
            .sum()
    }

    pub(crate) fn cpu_text(&self) -> String {
        let one = |(name, seconds): (&String, &f64)| format!("{name} {seconds:.1}");
        self.cpu_seconds.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

fn cpu_of(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field may hold spaces; it ends with the last parenthesis.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>().ok()? + fields[12].parse::<f64>().ok()?;
    Some(ticks / TICKS_PER_SECOND)
}
