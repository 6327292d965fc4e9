//! A scenario: how many teachers sit where and when, at what pace, what is broken meanwhile, and what must hold. Data in
//! TOML files; this module reads and scales them and decides nothing about a request.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, bail, ensure};
use local::plan::DISTRICTS;
use serde::{Deserialize, Serialize};

use crate::operation::Operation;

/// The scenarios that come with the program.
pub(crate) const BUILT_IN: [(&str, &str); 6] = [
    ("steady", include_str!("scenarios/steady.toml")),
    ("start-rush", include_str!("scenarios/start-rush.toml")),
    ("submit-rush", include_str!("scenarios/submit-rush.toml")),
    ("sign-in-rush", include_str!("scenarios/sign-in-rush.toml")),
    (
        "wan-cut-and-heal",
        include_str!("scenarios/wan-cut-and-heal.toml"),
    ),
    ("reference", include_str!("scenarios/reference.toml")),
];

/// Teachers at most: candidate numbers of a district leave room for this many.
pub(crate) const CANDIDATES_MAX: u32 = 90_000;

/// A scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    /// What it shows.
    pub title: String,
    /// Every time below is divided by this: a day of eleven hours at 40 takes a quarter of an hour.
    #[serde(default = "one")]
    pub compression: f64,
    /// Teachers by district.
    pub districts: BTreeMap<String, u32>,
    /// When they sit.
    pub slots: Vec<Slot>,
    /// How they behave.
    pub pace: Pace,
    /// The paper.
    pub exam: Exam,
    /// What is broken and mended meanwhile.
    #[serde(default)]
    pub events: Vec<Event>,
    /// What must hold.
    pub limits: Limits,
}

/// A time of day at which a part of the teachers sits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Slot {
    /// What people call it; also the roster's batch.
    pub name: String,
    /// Which part of every district's teachers.
    pub share: f64,
    /// When its sitting opens, from the beginning of the scenario.
    pub opens_seconds: f64,
}

/// How teachers behave. Seconds of the scenario's day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pace {
    /// They sign in evenly over this time...
    pub sign_in_seconds: f64,
    /// ...which ends so long before the sitting opens.
    pub lobby_seconds: f64,
    /// While they wait, the page asks for the sittings when the node says, and at least so often; the page's own bound, so
    /// it is not compressed.
    #[serde(default = "page_poll")]
    pub poll_seconds: f64,
    /// So often a page that has nothing to send looks at its attempt; the page's own interval, too.
    #[serde(default = "page_look")]
    pub look_seconds: f64,
    /// They start evenly over this time from the opening.
    pub start_within_seconds: f64,
    /// How long each answers.
    pub answer_seconds: f64,
    /// Between two answers, on average; each pause is between a half and one and a half of it.
    pub think_seconds: f64,
    /// Answers that change an earlier one, of a hundred.
    pub change_percent: u8,
    /// Answers that are marked for review, of a hundred.
    pub mark_percent: u8,
    /// They hand in evenly over this time: after their own last answer, or together after everybody's.
    pub submit_within_seconds: f64,
    /// Whether all hand in together.
    #[serde(default)]
    pub submit_together: bool,
    /// How many teachers stand behind one address, as a hall behind its router.
    pub per_address: u32,
}

/// The paper.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exam {
    /// Its items.
    pub items: u16,
}

/// Something that happens to the system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Event {
    /// When, from the beginning of the scenario.
    pub at_seconds: f64,
    /// What.
    pub action: Action,
    /// To which district, node or coordinator; `all` for every WAN.
    pub target: String,
}

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Action {
    /// The district's WAN carries nothing.
    CutWan,
    /// It carries again.
    HealWan,
    /// kill -9.
    Kill,
    /// Started again.
    Start,
}

/// What must hold, besides that nothing is lost or counted twice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limits {
    /// Requests that may fail; those that a killed node leaves without an answer are among them. Not judged when absent.
    pub errors: Option<u64>,
    /// The 99th percentile at most, in milliseconds. Reported, and judged with `--strict`.
    #[serde(default)]
    pub p99_ms: BTreeMap<Operation, u64>,
}

fn one() -> f64 {
    1.0
}

/// The page's own bound.
fn page_poll() -> f64 {
    120.0
}

/// The page's own interval.
fn page_look() -> f64 {
    30.0
}

// === impl Scenario ===

impl Scenario {
    /// A built-in scenario by its name, or one of a file.
    pub(crate) fn read(name: &str) -> anyhow::Result<Self> {
        let built_in = BUILT_IN.iter().find(|(known, _)| *known == name);
        let text = match built_in {
            Some((_, text)) => (*text).to_owned(),
            None if Path::new(name).exists() => {
                std::fs::read_to_string(name).with_context(|| format!("{name} cannot be read"))?
            }
            None => {
                let known: Vec<&str> = BUILT_IN.iter().map(|(known, _)| *known).collect();
                bail!(
                    "there is no scenario or file {name}; there are: {}",
                    known.join(", ")
                )
            }
        };
        Self::parse(&text).with_context(|| format!("scenario {name}"))
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let scenario: Self = toml::from_str(text)?;
        scenario.check()?;
        Ok(scenario)
    }

    fn check(&self) -> anyhow::Result<()> {
        for district in self.districts.keys() {
            let is_known = DISTRICTS.iter().any(|(known, _)| known == district);
            ensure!(is_known, "the local system has no district {district}");
        }
        ensure!(self.candidates() > 0, "nobody sits");
        ensure!(
            self.candidates() <= CANDIDATES_MAX,
            "at most {CANDIDATES_MAX} teachers can sit"
        );
        ensure!(self.compression > 0.0, "compression is greater than zero");
        let shares: f64 = self.slots.iter().map(|slot| slot.share).sum();
        ensure!(
            (shares - 1.0).abs() < 1e-6,
            "the shares of the slots are {shares} together, not 1"
        );
        let before = self.pace.sign_in_seconds + self.pace.lobby_seconds;
        for slot in &self.slots {
            ensure!(
                slot.opens_seconds >= before,
                "slot {} opens at {} s, but signing in begins {before} s before it",
                slot.name,
                slot.opens_seconds
            );
        }
        ensure!(self.pace.think_seconds > 0.0, "nobody answers without thinking");
        ensure!(self.pace.per_address > 0, "somebody stands behind each address");
        Ok(())
    }

    /// All teachers.
    pub(crate) fn candidates(&self) -> u32 {
        self.districts.values().sum()
    }

    /// The same with so many teachers, in the same proportions; every district keeps at least one.
    pub(crate) fn scaled_to(mut self, candidates: u32) -> anyhow::Result<Self> {
        let factor = f64::from(candidates) / f64::from(self.candidates());
        for count in self.districts.values_mut().filter(|count| **count > 0) {
            *count = ((f64::from(*count) * factor).round() as u32).max(1);
        }
        self.check()?;
        Ok(self)
    }

    /// Seconds of the scenario's day as seconds of this run.
    pub(crate) fn compressed(&self, seconds: f64) -> f64 {
        seconds / self.compression
    }

    /// How many of a district's teachers sit in each slot; the first takes what rounding leaves.
    pub(crate) fn by_slot(&self, candidates: u32) -> Vec<u32> {
        let mut counts: Vec<u32> = self
            .slots
            .iter()
            .map(|slot| (f64::from(candidates) * slot.share).floor() as u32)
            .collect();
        let placed: u32 = counts.iter().sum();
        counts[0] += candidates - placed;
        counts
    }

    /// When the last teacher has handed in, in seconds of this run.
    pub(crate) fn ends_seconds(&self) -> f64 {
        let last = self
            .slots
            .iter()
            .map(|slot| slot.opens_seconds)
            .fold(0.0, f64::max);
        let pace = &self.pace;
        self.compressed(last + pace.start_within_seconds + pace.answer_seconds + pace.submit_within_seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_that_comes_with_the_program_can_be_read() {
        for (name, _) in BUILT_IN {
            let scenario = Scenario::read(name).unwrap();
            assert!(scenario.ends_seconds() < 3600.0, "{name}");
        }
        assert!(
            Scenario::read("none")
                .unwrap_err()
                .to_string()
                .contains("start-rush")
        );
    }

    #[test]
    fn scaling_keeps_proportions_and_slots_lose_nobody() {
        let scenario = Scenario::read("reference").unwrap();
        assert_eq!(scenario.candidates(), 40_000);
        let small = scenario.scaled_to(400).unwrap();
        assert_eq!((small.candidates(), small.districts["mumbai"]), (400, 120));
        for count in [1, 2, 7, 101] {
            assert_eq!(small.by_slot(count).iter().sum::<u32>(), count);
        }
    }

    #[test]
    fn a_scenario_that_cannot_be_is_refused_in_words() {
        let (_, text) = BUILT_IN[0];
        let wrong = text.replace("mumbai", "atlantis");
        assert!(
            Scenario::parse(&wrong)
                .unwrap_err()
                .to_string()
                .contains("atlantis")
        );
    }
}
