//! What a process used, as the kernel says it: CPU time and memory.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context, Result};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The unit of CPU time in `/proc/<pid>/stat`; it is 100 a second on every Linux that this runs on.
const TICK: Duration = Duration::from_millis(10);

/// What a process uses from now on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Processor {
    pid: u32,
    before: Duration,
}

impl Processor {
    /// Begins to count.
    pub(crate) fn of(pid: u32) -> Result<Self> {
        Ok(Self {
            pid,
            before: cpu_time(pid)?,
        })
    }

    /// Seconds of CPU time since then.
    pub(crate) fn seconds(self) -> Result<f64> {
        Ok(cpu_time(self.pid)?.saturating_sub(self.before).as_secs_f64())
    }
}

/// CPU time of a process and its ended threads, user and system together.
fn cpu_time(pid: u32) -> Result<Duration> {
    let stat = read(pid, "stat")?;
    // The name, in brackets, may hold spaces; what follows it does not.
    let (_, fields) = stat
        .rsplit_once(") ")
        .context("/proc/pid/stat has another form")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    let ticks = |index: usize| -> Result<u32> {
        let text = fields.get(index).context("/proc/pid/stat is short")?;
        Ok(text.parse()?)
    };
    Ok(TICK * (ticks(11)? + ticks(12)?))
}

fn read(pid: u32, file: &str) -> Result<String> {
    let path = format!("/proc/{pid}/{file}");
    fs::read_to_string(&path).with_context(|| format!("{path} cannot be read; the process has ended"))
}

/// The share of this machine's processors that is in use for so long, by whomever, other guests of its host among them.
pub(crate) async fn machine(window: Duration) -> Result<f64> {
    let before = Machine::now()?;
    tokio::time::sleep(window).await;
    let now = Machine::now()?;
    let passed = now.all.saturating_sub(before.all).max(1) as f64;
    Ok(1.0 - now.idle.saturating_sub(before.idle) as f64 / passed)
}

/// Ticks since the machine's start, all processors together.
struct Machine {
    all: u64,
    idle: u64,
}

impl Machine {
    fn now() -> Result<Self> {
        let text = fs::read_to_string("/proc/stat").context("/proc/stat cannot be read")?;
        let line = text.lines().next().unwrap_or_default();
        let ticks = line.split_whitespace().skip(1).map(str::parse);
        let ticks: Vec<u64> = ticks
            .collect::<Result<_, _>>()
            .context("/proc/stat has another form")?;
        // user, nice, system, idle, waiting for a disk, interrupts (two), stolen by the host; guests are in user already.
        let first = ticks.get(..8).context("/proc/stat is short")?;
        Ok(Self {
            all: first.iter().sum(),
            idle: first[3] + first[4],
        })
    }
}

/// Memory of a process in kilobytes (of 1024 bytes, as the kernel counts).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    pub(crate) resident_kb: f64,
    /// With shared pages divided among those who share them.
    pub(crate) proportional_kb: f64,
}

/// The memory that a process takes now.
pub(crate) fn memory(pid: u32) -> Result<Memory> {
    let rollup = read(pid, "smaps_rollup")?;
    Ok(Memory {
        resident_kb: line(&rollup, "Rss:")?,
        proportional_kb: line(&rollup, "Pss:")?,
    })
}

/// The most that a process ever had resident, in kilobytes.
pub(crate) fn memory_peak_kb(pid: u32) -> Result<f64> {
    line(&read(pid, "status")?, "VmHWM:")
}

fn line(text: &str, name: &str) -> Result<f64> {
    let value = text.lines().find_map(|line| line.strip_prefix(name));
    let value = value.with_context(|| format!("the kernel does not say {name}"))?;
    Ok(value.trim().trim_end_matches(" kB").parse()?)
}

/// Lets this process and those it starts open as many files as they ever may.
pub(crate) fn many_files() -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, wanted).context("the limit of open files cannot be raised")
}

/// Whether a directory lies in memory, where a sync costs nothing and shows nothing.
pub(crate) fn is_in_memory(directory: &Path) -> Result<bool> {
    const TMPFS: i64 = 0x0102_1994;
    Ok(rustix::fs::statfs(directory)?.f_type == TMPFS)
}
