//! The figures of a bench: series of turns, ratios between them, and what must be said beside; as a table for people and
//! as JSON for machines.

use std::{collections::BTreeMap, fmt, path::Path};

use anyhow::{Context, Result};
use serde::Serialize;

/// What one bench found.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Report {
    pub(crate) bench: &'static str,
    pub(crate) title: String,
    pub(crate) series: Vec<Series>,
    pub(crate) ratios: Vec<Ratio>,
    pub(crate) notes: Vec<String>,
}

/// One thing, measured once a turn.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) unit: &'static str,
    #[serde(flatten)]
    pub(crate) spread: Spread,
}

/// One ratio, computed of each turn by itself: what slows a whole turn slows both of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Ratio {
    pub(crate) name: String,
    /// What issue and documents ask for.
    pub(crate) aim: Option<f64>,
    #[serde(flatten)]
    pub(crate) spread: Spread,
}

/// Median, least and greatest.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) greatest: f64,
}

impl Spread {
    /// Of a value a turn.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        Self {
            median: at(values.len() / 2),
            least: at(0),
            greatest: at(values.len().saturating_sub(1)),
        }
    }
}

impl Report {
    pub(crate) fn new(bench: &'static str, title: impl Into<String>) -> Self {
        Self {
            bench,
            title: title.into(),
            series: Vec::new(),
            ratios: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub(crate) fn series(
        &mut self,
        name: impl Into<String>,
        unit: &'static str,
        values: impl IntoIterator<Item = f64>,
    ) {
        self.series.push(Series {
            name: name.into(),
            unit,
            spread: Spread::of(values),
        });
    }

    pub(crate) fn ratio(
        &mut self,
        name: impl Into<String>,
        aim: Option<f64>,
        values: impl IntoIterator<Item = f64>,
    ) {
        self.ratios.push(Ratio {
            name: name.into(),
            aim,
            spread: Spread::of(values),
        });
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}\n", self.title)?;
        writeln!(f, "{:<52} {:>12} {:>26}  unit", "", "median", "least to greatest")?;
        for series in &self.series {
            line(f, &series.name, series.spread, series.unit)?;
        }
        for ratio in &self.ratios {
            let aim = ratio.aim.map(|aim| format!("× (aim {aim})"));
            line(f, &ratio.name, ratio.spread, aim.as_deref().unwrap_or("×"))?;
        }
        for note in &self.notes {
            writeln!(f, "  {note}")?;
        }
        Ok(())
    }
}

fn line(f: &mut fmt::Formatter<'_>, name: &str, spread: Spread, unit: &str) -> fmt::Result {
    let Spread {
        median,
        least,
        greatest,
    } = spread;
    let range = format!("{} to {}", digits(least), digits(greatest));
    writeln!(f, "{name:<52} {:>12} {range:>26}  {unit}", digits(median))
}

/// As many digits as mean something.
pub(crate) fn digits(value: f64) -> String {
    if value.abs() >= 100.0 {
        format!("{value:.0}")
    } else if value.abs() >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

/// Writes the JSON, under each bench's name; what other benches left in the file stays.
pub(crate) fn write(file: &Path, reports: &[Report]) -> Result<()> {
    let mut all: BTreeMap<String, serde_json::Value> = match std::fs::read(file) {
        Ok(text) => serde_json::from_slice(&text)
            .with_context(|| format!("{} is not a bench's JSON", file.display()))?,
        Err(_) => BTreeMap::new(),
    };
    for report in reports {
        all.insert(report.bench.to_owned(), serde_json::to_value(report)?);
    }
    std::fs::write(file, serde_json::to_vec_pretty(&all)?)
        .with_context(|| format!("{} cannot be written", file.display()))
}
