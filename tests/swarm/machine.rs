//! Who uses this machine: processor time and memory of the load processes, the nodes, the coordinators and the relays
//! between them, read from /proc once a second, so that one sees who was the bottleneck.

use std::{collections::BTreeMap, fs};

use serde::Serialize;

/// The unit of processor time in /proc: Linux shows hundredths of a second on every machine that this runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// A group of processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Group {
    /// The load.
    Swarm,
    /// The districts.
    Nodes,
    /// The centre.
    Coordinators,
    /// The program that started them, with the relays on every line.
    Relays,
}

impl Group {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Swarm, Self::Nodes, Self::Coordinators, Self::Relays];

    /// In words.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Swarm => "swarm",
            Self::Nodes => "nodes",
            Self::Coordinators => "coordinators",
            Self::Relays => "relays",
        }
    }
}

/// A process that is watched.
#[derive(Debug, Clone)]
pub(crate) struct Watched {
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub group: Group,
    /// Its id.
    pub pid: u32,
}

/// What one process used.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Usage {
    /// Processor time since the watch began, in seconds.
    pub cpu_seconds: f64,
    /// The most memory that was resident, in bytes.
    pub memory_max_bytes: u64,
}

/// One second: processor time by group, in cores.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Load {
    /// Of each group.
    pub cores: BTreeMap<Group, f64>,
    /// Resident memory of each group, in bytes.
    pub memory_bytes: BTreeMap<Group, u64>,
    /// Everything on this machine.
    pub all_cores: f64,
}

/// The watch.
pub(crate) struct Watch {
    processes: Vec<(Watched, u64)>,
    /// Each process's use so far.
    pub usage: BTreeMap<String, Usage>,
    busy_ticks: u64,
    at: tokio::time::Instant,
}

impl Watch {
    /// Begins to watch.
    pub(crate) fn begin(processes: Vec<Watched>) -> Self {
        let processes = processes.into_iter().map(|one| {
            let ticks = cpu_ticks(one.pid).unwrap_or(0);
            (one, ticks)
        });
        Self {
            processes: processes.collect(),
            usage: BTreeMap::new(),
            busy_ticks: busy_ticks().unwrap_or(0),
            at: tokio::time::Instant::now(),
        }
    }

    /// Whether a process is watched under this id.
    pub(crate) fn knows(&self, process: &Watched) -> bool {
        self.processes.iter().any(|(known, _)| known.pid == process.pid)
    }

    /// Watches one more; a process that was started again has a new id.
    pub(crate) fn add(&mut self, process: Watched) {
        self.processes.retain(|(known, _)| known.name != process.name);
        self.processes.push((process, 0));
    }

    /// What was used since the last look.
    pub(crate) fn look(&mut self) -> Load {
        let seconds = self.at.elapsed().as_secs_f64().max(0.001);
        self.at = tokio::time::Instant::now();
        let mut load = Load::default();
        for (process, before) in &mut self.processes {
            let Some(now) = cpu_ticks(process.pid) else {
                continue;
            };
            let used = now.saturating_sub(*before) as f64 / TICKS_PER_SECOND;
            *before = now;
            *load.cores.entry(process.group).or_default() += used / seconds;
            let usage = self.usage.entry(process.name.clone()).or_default();
            usage.cpu_seconds += used;
            let memory = memory_bytes(process.pid);
            usage.memory_max_bytes = usage.memory_max_bytes.max(memory);
            *load.memory_bytes.entry(process.group).or_default() += memory;
        }
        let busy = busy_ticks().unwrap_or(self.busy_ticks);
        load.all_cores = busy.saturating_sub(self.busy_ticks) as f64 / TICKS_PER_SECOND / seconds;
        self.busy_ticks = busy;
        load
    }
}

/// Which process started another.
pub(crate) fn parent_of(pid: u32) -> Option<u32> {
    stat(pid)?.get(1)?.parse().ok()
}

/// The fields of /proc/PID/stat from the third on.
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

/// User and system time.
fn cpu_ticks(pid: u32) -> Option<u64> {
    let stat = stat(pid)?;
    Some(stat.get(11)?.parse::<u64>().ok()? + stat.get(12)?.parse::<u64>().ok()?)
}

/// Resident memory now, in bytes; 0 when the process is gone.
fn memory_bytes(pid: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

/// Time that was not idle, over all cores.
fn busy_ticks() -> Option<u64> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    let fields = text.lines().next()?.split_whitespace().skip(1);
    let values: Vec<u64> = fields.filter_map(|field| field.parse().ok()).collect();
    // user, nice, system, idle, iowait, irq, softirq, steal
    let idle = values.get(3)? + values.get(4)?;
    Some(values.iter().take(8).sum::<u64>() - idle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_seen_to_work() {
        let pid = std::process::id();
        let mut watch = Watch::begin(vec![Watched {
            name: "test".into(),
            group: Group::Swarm,
            pid,
        }]);
        let mut sum = 0_u64;
        while watch
            .usage
            .get("test")
            .is_none_or(|usage| usage.cpu_seconds < 0.02)
        {
            for number in 0..5_000_000_u64 {
                sum = sum.wrapping_add(number * number);
            }
            watch.look();
        }
        assert!(sum > 0 && watch.usage["test"].memory_max_bytes > 100_000);
        assert_eq!(parent_of(pid), Some(std::os::unix::process::parent_id()));
    }
}
