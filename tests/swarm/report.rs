//! What a run showed: a table for the terminal, a page with plots, JSON for machines.

mod html;
mod plot;

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Context;
use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};
use serde::Serialize;

use crate::{
    figures::{Figures, Row, Second},
    ground::Spread,
    machine::{Group, Usage},
    message::Gauges,
    scenario::Scenario,
    stage::Stages,
    verdict::Verdict,
};

/// The window over which the busiest time is looked for, in seconds.
const WINDOW: usize = 10;

/// A core is full from here on: the rest is the noise of the measurement.
const FULL: f64 = 0.95;

/// Everything about a run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// The name that it was asked for by.
    pub name: String,
    /// What ran.
    pub scenario: Scenario,
    /// Repeats the teachers' choices.
    pub seed: u64,
    /// Load processes.
    pub processes: usize,
    /// What was said of this machine beforehand.
    pub ground: Vec<String>,
    /// How long each stage took.
    pub stages: Stages,
    /// Each operation.
    pub operations: Vec<Row>,
    /// What failed: operation, how, how often.
    pub errors: Vec<(String, String, u64)>,
    /// How things stood at the end.
    pub gauges: Gauges,
    /// The machine.
    pub machine: Machine,
    /// The judgement.
    pub verdict: Verdict,
    /// Second by second.
    pub seconds: BTreeMap<u64, Second>,
}

/// Who used the machine.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    /// Cores there are.
    pub cores: usize,
    /// Over the whole run, in cores.
    pub mean: BTreeMap<Group, f64>,
    /// In the busiest ten seconds, in cores.
    pub busiest: BTreeMap<Group, f64>,
    /// Everything on this machine in these ten seconds.
    pub busiest_all: f64,
    /// How late the load processes woke their teachers: p99 and worst, in milliseconds.
    pub late_p99_ms: f64,
    /// The worst.
    pub late_max_ms: f64,
    /// Memory that the load processes took for each connected teacher, in bytes.
    pub swarm_bytes_per_teacher: u64,
    /// Memory that the nodes took for each, in bytes: the connection and all that is kept of the candidate.
    pub node_bytes_per_teacher: u64,
    /// Each process.
    pub processes: BTreeMap<String, Usage>,
    /// Which limit was met, in words.
    pub limit: String,
}

impl Report {
    /// Puts a report together.
    #[allow(clippy::too_many_arguments, reason = "these are the parts of a report")]
    pub(crate) fn of(
        name: String,
        scenario: Scenario,
        seed: u64,
        stages: Stages,
        spread: &Spread,
        figures: Figures,
        verdict: Verdict,
        usage: BTreeMap<String, Usage>,
    ) -> Self {
        let errors = figures.errors.iter();
        Self {
            name,
            scenario,
            seed,
            processes: spread.processes,
            ground: spread.words.clone(),
            stages,
            operations: figures.rows(),
            errors: errors
                .map(|((operation, how), count)| (operation.to_string(), how.clone(), *count))
                .collect(),
            gauges: figures.gauges(),
            machine: Machine::of(&figures, usage),
            verdict,
            seconds: figures.seconds,
        }
    }

    /// On standard output.
    pub(crate) fn show(&self) {
        println!("{}", self.operation_table());
        println!("{}", self.machine_table());
        for (operation, how, count) in &self.errors {
            println!("failed: {operation}: {how}: {count}");
        }
        println!("{}", self.machine.limit);
        println!("{}", self.memory_words());
        println!("{}", self.verdict_words());
        self.verdict
            .notices
            .iter()
            .for_each(|notice| println!("over its bound: {notice}"));
        for (reason, count) in &self.verdict.gave_up {
            println!("gave up: {count}: {reason}");
        }
        self.verdict
            .failures
            .iter()
            .for_each(|failure| println!("FAILED: {failure}"));
    }

    fn operation_table(&self) -> Table {
        let mut table = table(&[
            "operation",
            "answered",
            "peak /s",
            "p50 ms",
            "p90 ms",
            "p99 ms",
            "p99.9 ms",
            "max ms",
            "bound",
            "sent p99 ms",
            "failed",
        ]);
        for row in &self.operations {
            let bound = self.scenario.limits.p99_ms.get(&row.operation);
            table.add_row([
                row.operation.to_string(),
                row.count.to_string(),
                row.peak_per_second.to_string(),
                format!("{:.1}", row.p50_ms),
                format!("{:.1}", row.p90_ms),
                format!("{:.1}", row.p99_ms),
                format!("{:.1}", row.p999_ms),
                format!("{:.1}", row.max_ms),
                bound.map_or_else(String::new, ToString::to_string),
                format!("{:.1}", row.service_p99_ms),
                row.errors.to_string(),
            ]);
        }
        table
    }

    fn machine_table(&self) -> Table {
        let mut table = table(&["process", "cpu s", "memory MiB"]);
        for (name, usage) in &self.machine.processes {
            table.add_row([
                name.clone(),
                format!("{:.1}", usage.cpu_seconds),
                (usage.memory_max_bytes >> 20).to_string(),
            ]);
        }
        table
    }

    fn memory_words(&self) -> String {
        format!(
            "memory a teacher: {:.1} KiB in the swarm, {:.1} KiB at the nodes (connection, buckets, attempt)",
            self.machine.swarm_bytes_per_teacher as f64 / 1024.0,
            self.machine.node_bytes_per_teacher as f64 / 1024.0
        )
    }

    fn verdict_words(&self) -> String {
        let Verdict {
            acknowledged,
            lost,
            twice,
            attempts,
            scores,
            receipts,
            ..
        } = &self.verdict;
        format!(
            "oracle: acknowledged {acknowledged}, lost {lost}, twice {twice}, attempts {attempts}, scores {scores}, receipts \
             checked {receipts}"
        )
    }

    /// Into files.
    pub(crate) fn write(&self, page: &Path, json: Option<&Path>) -> anyhow::Result<()> {
        if let Some(folder) = page.parent() {
            fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        }
        fs::write(page, html::page(self)).with_context(|| format!("{} cannot be written", page.display()))?;
        eprintln!("report: {}", page.display());
        if let Some(json) = json {
            let text = serde_json::to_vec_pretty(self)?;
            fs::write(json, text).with_context(|| format!("{} cannot be written", json.display()))?;
        }
        Ok(())
    }
}

fn table(headers: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED).set_header(headers);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

// === impl Machine ===

impl Machine {
    fn of(figures: &Figures, processes: BTreeMap<String, Usage>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let seconds: Vec<&Second> = figures.seconds.values().collect();
        let busiest = seconds
            .windows(WINDOW.min(seconds.len()).max(1))
            .max_by(|one, other| all_cores(one).total_cmp(&all_cores(other)))
            .unwrap_or_default();
        let (late_p99_ms, late_max_ms) = figures.late_ms();
        let mut machine = Self {
            cores,
            mean: by_group(&seconds),
            busiest: by_group(busiest),
            busiest_all: all_cores(busiest),
            late_p99_ms,
            late_max_ms,
            swarm_bytes_per_teacher: bytes_per_teacher(&seconds, Group::Swarm),
            node_bytes_per_teacher: bytes_per_teacher(&seconds, Group::Nodes),
            processes,
            limit: String::new(),
        };
        machine.limit = machine.limit_words(figures);
        machine
    }

    fn limit_words(&self, figures: &Figures) -> String {
        let shares: Vec<String> = Group::ALL
            .iter()
            .map(|group| {
                format!(
                    "{} {:.2}",
                    group.name(),
                    self.busiest.get(group).copied().unwrap_or(0.0)
                )
            })
            .collect();
        let others = (self.busiest_all - self.busiest.values().sum::<f64>()).max(0.0);
        let used = format!(
            "in the busiest {WINDOW} s {:.2} of {} cores were busy ({}, other programs {others:.2})",
            self.busiest_all,
            self.cores,
            shares.join(", ")
        );
        let exhausted = figures
            .errors
            .keys()
            .any(|(_, how)| how.starts_with("this machine's limit"));
        let limit = if exhausted {
            "limit met: descriptors or ports of the load processes; see the failures"
        } else if self.busiest_all > FULL * self.cores as f64 && others > self.busiest_all / 4.0 {
            "limit met: the processor of this machine, which other programs used: the figures say little"
        } else if self.busiest_all > FULL * self.cores as f64 {
            "limit met: the processor of this machine"
        } else {
            "no limit met: the load was carried as it was offered"
        };
        format!(
            "{limit}; {used}; the swarm woke its teachers late by {:.1} ms (p99), {:.1} ms at worst",
            self.late_p99_ms, self.late_max_ms
        )
    }
}

fn all_cores(seconds: &[&Second]) -> f64 {
    seconds.iter().map(|second| second.load.all_cores).sum::<f64>() / seconds.len().max(1) as f64
}

fn by_group(seconds: &[&Second]) -> BTreeMap<Group, f64> {
    let mean = |group: Group| {
        let used = seconds.iter().filter_map(|second| second.load.cores.get(&group));
        used.sum::<f64>() / seconds.len().max(1) as f64
    };
    Group::ALL.into_iter().map(|group| (group, mean(group))).collect()
}

/// What memory grew by until most teachers were connected, for each of them.
fn bytes_per_teacher(seconds: &[&Second], group: Group) -> u64 {
    let memory = |second: &Second| second.load.memory_bytes.get(&group).copied();
    let first = seconds.iter().find_map(|second| memory(second));
    let fullest = seconds
        .iter()
        .filter(|second| memory(second).is_some())
        .max_by_key(|second| second.gauges.connections);
    let (Some(first), Some(fullest)) = (first, fullest) else {
        return 0;
    };
    let grown = memory(fullest).unwrap_or(0).saturating_sub(first);
    grown / fullest.gauges.connections.max(1)
}
