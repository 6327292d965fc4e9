//! Papers that the tests know the answers of: real items where the shared data folder is there, else items made here.
//! Scores are computed here independently of the product: from the CSV that was imported and what clients were told.

use std::{collections::BTreeMap, fmt::Write};

use anyhow::Context;
use protocol::{
    ids::{ItemNo, OptionId},
    outline::ResponseKind,
    response::Response,
};
use rust_decimal::Decimal;

use crate::binary::shared_data;

/// A paper as CSV, with what the test knows of it.
pub struct Exam {
    /// What `parikshactl paper import` takes.
    pub csv: String,
    /// Where the items are from, for the test's output.
    pub source: String,
    /// The items by number.
    pub items: BTreeMap<ItemNo, Known>,
}

/// What the test knows of an item.
pub struct Known {
    /// How it is answered.
    pub kind: ResponseKind,
    /// The right response.
    pub right: Response,
    /// Marks for it.
    pub marks: Decimal,
    /// Marks taken for another.
    pub penalty: Decimal,
}

impl Exam {
    /// A paper of `count` multiple-choice items: real ones, or made ones with a notice.
    pub fn of_real_items(count: usize) -> anyhow::Result<Self> {
        if let Some(folder) = shared_data("mcq-mmlu") {
            return Self::from_mmlu(&folder, count);
        }
        eprintln!("NOTICE: shared/data/mcq-mmlu is absent: the paper is made of the test's own items");
        Ok(Self::made(count))
    }

    fn from_mmlu(folder: &std::path::Path, count: usize) -> anyhow::Result<Self> {
        let mut files: Vec<_> = std::fs::read_dir(folder)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "csv"));
        files.sort();
        let mut writer = csv::WriterBuilder::new()
            .has_headers(false)
            .from_writer(Vec::new());
        let mut items = BTreeMap::new();
        for path in files {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(&path)?;
            for row in reader.records() {
                let row = row.with_context(|| format!("{} is not CSV", path.display()))?;
                if items.len() == count {
                    break;
                }
                let letter = row[5].trim().bytes().next().context("a row has a key")?;
                let known = Known {
                    kind: ResponseKind::Choice { options: 4 },
                    right: Response::Choice(OptionId(letter - b'A' + 1)),
                    marks: Decimal::ONE,
                    penalty: Decimal::ZERO,
                };
                items.insert(ItemNo(u16::try_from(items.len() + 1)?), known);
                writer.write_record(&row)?;
            }
        }
        anyhow::ensure!(
            items.len() == count,
            "only {} items were found, {count} are needed",
            items.len()
        );
        let csv = String::from_utf8(writer.into_inner()?)?;
        Ok(Self {
            csv,
            source: format!("{count} items of shared/data/mcq-mmlu"),
            items,
        })
    }

    /// A paper of all kinds with marks and penalties, made here.
    pub fn made(count: usize) -> Self {
        let mut csv = String::from("item,kind,marks,penalty,key,stem,a,b,c,d\n");
        let mut items = BTreeMap::new();
        for no in 1..=u16::try_from(count).expect("papers are small") {
            let (kind, key, right, options) = match no % 3 {
                0 => (
                    "number",
                    (no * 2).to_string(),
                    Response::Number((no * 2).to_string()),
                    ",,,".to_owned(),
                ),
                1 => (
                    "choice",
                    "C".to_owned(),
                    Response::Choice(OptionId(3)),
                    format!("{no},{},{},{}", no + 1, no * 2, no + 7),
                ),
                _ => {
                    let right = Response::Choices([OptionId(1), OptionId(4)].into());
                    (
                        "choices",
                        "A;D".to_owned(),
                        right,
                        format!("{no},x{no},y{no},{no}.0"),
                    )
                }
            };
            // Writing to a string cannot fail.
            let _ = writeln!(csv, "{no},{kind},2,0.25,{key},What is twice {no}?,{options}");
            let kind = match kind {
                "number" => ResponseKind::Number,
                "choice" => ResponseKind::Choice { options: 4 },
                _ => ResponseKind::Choices { options: 4 },
            };
            items.insert(
                ItemNo(no),
                Known {
                    kind,
                    right,
                    marks: Decimal::TWO,
                    penalty: Decimal::new(25, 2),
                },
            );
        }
        Self {
            csv,
            source: format!("{count} items of the test's own"),
            items,
        }
    }

    /// The score of these responses.
    pub fn score(&self, responses: &BTreeMap<ItemNo, Response>) -> Decimal {
        let of = |(item, given): (&ItemNo, &Response)| {
            let known = &self.items[item];
            if is_right(given, &known.right) {
                known.marks
            } else {
                -known.penalty
            }
        };
        responses.iter().map(of).sum()
    }
}

fn is_right(given: &Response, right: &Response) -> bool {
    match (given, right) {
        (Response::Number(given), Response::Number(right)) => given
            .parse::<Decimal>()
            .is_ok_and(|given| Ok(given) == right.parse()),
        _ => given == right,
    }
}
