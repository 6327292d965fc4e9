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
        Ok(vec![
            http.run(&options).await?,
            peers.run(&options).await?,
            connections.run(&options).await?,
        ])
    }

    /// Fails when a ratio is too far below the recorded one; or records.
    pub(crate) fn judge(&self, reports: &[Report]) -> Result<()> {
        if self.record {
            return self.write(reports);
        }
        let text = std::fs::read_to_string(&self.recorded)
            .with_context(|| format!("{} cannot be read", self.recorded.display()))?;
        let recorded: BTreeMap<String, f64> = toml::from_str(&text)
            .with_context(|| format!("{} is not name = ratio", self.recorded.display()))?;
        let measured = || reports.iter().flat_map(|report| &report.ratios);
        let mut below = Vec::new();
        for (name, recorded) in &recorded {
            let Some(ratio) = measured().find(|ratio| ratio.name == *name) else {
                eprintln!("NOTICE: {name} was not measured here");
                continue;
            };
            let (least, median) = (recorded * SHARE, ratio.spread.median);
            println!("{name}: {median:.2}, recorded {recorded:.2}, at least {least:.2}");
            if median < least {
                below.push(name.as_str());
            }
        }
        ensure!(
            below.is_empty(),
            "slower than recorded by more than a fifth: {}; if that is meant, record it in {}",
            below.join(", "),
            self.recorded.display()
        );
        Ok(())
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
        short(true).judge(&of(0.60)).unwrap();
        short(false).judge(&of(0.49)).unwrap();
        assert!(short(false).judge(&of(0.47)).is_err());
        // A peer that is not installed is no failure.
        short(false).judge(&[]).unwrap();
    }
}
