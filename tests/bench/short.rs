//! What CI runs: the ratios that are told fastest, with short turns, held against the recorded ones. A ratio under 80 % of
//! the recorded one fails; whoever makes something slower on purpose records the new one and says why.

use std::{collections::BTreeMap, fmt::Write, path::PathBuf};

use anyhow::{Context, Result, ensure};

use crate::{Options, connections::Connections, http::Http, peers::Peers, report::Report};

/// What the file of recorded ratios begins with.
const HEADING: &str = "# The ratios that `tests/bench/run short` is held against: it fails below 80 % of them. Written by\n\
    # `tests/bench/run short --record` on a quiet machine of two cores.\n";

/// How much of the recorded ratio must be reached.
const SHARE: f64 = 0.8;

/// Above this share of the machine in other programs' use the ratios are printed and not judged: it would be the others that are judged.
const OTHERS_MAX: f64 = 0.25;

/// How often a bench below that is measured: what others do on the machine passes, a program that is slower stays slower.
const TRIES: usize = 3;

/// What is asked of it.
#[derive(Debug, clap::Args)]
pub(crate) struct Short {
    /// Ratios by name.
    #[arg(long, default_value = "tests/bench/recorded.toml")]
    recorded: PathBuf,
    /// Write what was measured into that file instead of judging by it: on a quiet machine alone.
    #[arg(long)]
    record: bool,
}

/// Ratios by name.
type Recorded = BTreeMap<String, f64>;

impl Short {
    pub(crate) async fn run(&self, options: &Options) -> Result<Vec<Report>> {
        let options = Options {
            turns: 3,
            seconds: 2,
            ..options.clone()
        };
        let http = Http {
            connections: 64,
            candidates_per_connection: 50,
        };
        let peers = Peers {
            only: ["express", "postgres", "redis"].map(str::to_owned).to_vec(),
            candidates: 2048,
        };
        let connections = Connections {
            connections: 3000,
            nodes: 1,
        };
        let recorded = if self.record {
            Recorded::new()
        } else {
            self.recorded()?
        };
        Ok(vec![
            surely(&recorded, async || http.run(&options).await).await?,
            surely(&recorded, async || peers.run(&options).await).await?,
            surely(&recorded, async || connections.run(&options).await).await?,
        ])
    }

    /// Fails when a ratio is too far below the recorded one; or records. `others` is the share of the machine that is in use
    /// now that nothing is measured.
    pub(crate) fn judge(&self, reports: &[Report], others: f64) -> Result<()> {
        if self.record {
            return self.write(reports);
        }
        let recorded = self.recorded()?;
        for (name, recorded) in &recorded {
            match median(reports, name) {
                Some(median) => println!(
                    "{name}: {median:.2}, recorded {recorded:.2}, at least {:.2}",
                    recorded * SHARE
                ),
                None => eprintln!("NOTICE: {name} was not measured here"),
            }
        }
        let below = below(&recorded, reports);
        if !below.is_empty() && others > OTHERS_MAX {
            eprintln!(
                "NOTICE: not judged: other programs use {:.0} % of this machine; below what is recorded: {}",
                others * 100.0,
                below.join(", ")
            );
            return Ok(());
        }
        ensure!(
            below.is_empty(),
            "slower than recorded by more than a fifth, {TRIES} times: {}; if that is meant, record it in {}",
            below.join(", "),
            self.recorded.display()
        );
        Ok(())
    }

    fn recorded(&self) -> Result<Recorded> {
        let text = std::fs::read_to_string(&self.recorded)
            .with_context(|| format!("{} cannot be read", self.recorded.display()))?;
        toml::from_str(&text).with_context(|| format!("{} is not name = ratio", self.recorded.display()))
    }

    fn write(&self, reports: &[Report]) -> Result<()> {
        let ratios = reports.iter().flat_map(|report| &report.ratios);
        let ratios = ratios.filter(|ratio| ratio.aim.is_some());
        let mut text = String::from(HEADING);
        for ratio in ratios {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "\"{}\" = {:.2}", ratio.name, ratio.spread.median);
        }
        std::fs::write(&self.recorded, text)
            .with_context(|| format!("{} cannot be written", self.recorded.display()))
    }
}

/// Measures until no ratio is below, or [`TRIES`] times.
async fn surely(recorded: &Recorded, measure: impl AsyncFn() -> Result<Report>) -> Result<Report> {
    let mut report = measure().await?;
    for _ in 1..TRIES {
        let below = below(recorded, std::slice::from_ref(&report)).join(", ");
        if below.is_empty() {
            break;
        }
        eprintln!("NOTICE: below what is recorded: {below}; once more");
        report = measure().await?;
    }
    Ok(report)
}

/// The ratios that are more than a fifth below what is recorded.
fn below<'a>(recorded: &'a Recorded, reports: &[Report]) -> Vec<&'a str> {
    let is_below = |name: &str, least: f64| median(reports, name).is_some_and(|median| median < least);
    let names = recorded
        .iter()
        .filter(|(name, recorded)| is_below(name, *recorded * SHARE));
    names.map(|(name, _)| name.as_str()).collect()
}

fn median(reports: &[Report], name: &str) -> Option<f64> {
    let mut ratios = reports.iter().flat_map(|report| &report.ratios);
    let ratio = ratios.find(|ratio| ratio.name == name)?;
    Some(ratio.spread.median)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_under_four_fifths_of_the_recorded_one_fails() {
        let directory = tempfile::tempdir().unwrap();
        let recorded = directory.path().join("recorded.toml");
        let of = |ratio: f64| {
            let mut report = Report::new("http", "Answers");
            report.ratio("http/bare", Some(0.7), [ratio]);
            vec![report]
        };
        let short = |record| Short {
            recorded: recorded.clone(),
            record,
        };
        short(true).judge(&of(0.60), 0.0).unwrap();
        short(false).judge(&of(0.49), 0.0).unwrap();
        assert!(short(false).judge(&of(0.47), 0.2).is_err());
        // Neither what was measured beside others' work nor a peer that is not installed is a failure.
        short(false).judge(&of(0.47), 0.3).unwrap();
        short(false).judge(&[], 0.0).unwrap();
    }

    #[tokio::test]
    async fn a_busy_moment_is_measured_again_and_a_slower_program_three_times() {
        let recorded = Recorded::from([("http/bare".to_owned(), 0.60)]);
        let measured = |ratios: Vec<f64>| {
            let left = std::cell::RefCell::new(ratios.into_iter());
            let recorded = recorded.clone();
            async move {
                let next = async || {
                    let mut report = Report::new("http", "Answers");
                    report.ratio("http/bare", Some(0.7), left.borrow_mut().next());
                    Ok(report)
                };
                let report = surely(&recorded, next).await.unwrap();
                (median(&[report], "http/bare"), left.borrow().len())
            }
        };
        assert_eq!(measured(vec![0.3, 0.55, 0.6]).await, (Some(0.55), 1));
        assert_eq!(measured(vec![0.3, 0.4, 0.2, 0.6]).await, (Some(0.2), 1));
    }
}
