//! The figures in a document: what stands between `<!-- figures: NAME -->` and `<!-- end -->` is replaced by the table of
//! that bench; everything else stays as somebody wrote it.

use std::{fmt::Write, path::Path};

use anyhow::{Context, Result};

use crate::report::{Report, Spread, digits};

const END: &str = "<!-- end -->";

/// Replaces the figures of these benches; one that has no place in the document is said.
pub(crate) fn write(file: &Path, reports: &[Report]) -> Result<()> {
    let mut text =
        std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    for report in reports {
        match replaced(&text, report) {
            Some(with_figures) => text = with_figures,
            None => eprintln!("NOTICE: {} has no `{}`", file.display(), mark(report)),
        }
    }
    std::fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))
}

fn mark(report: &Report) -> String {
    format!("<!-- figures: {} -->", report.bench)
}

fn replaced(text: &str, report: &Report) -> Option<String> {
    let mark = mark(report);
    let begin = text.find(&mark)? + mark.len();
    let end = begin + text[begin..].find(END)?;
    Some(format!("{}\n{}\n{}", &text[..begin], table(report), &text[end..]))
}

fn table(report: &Report) -> String {
    let mut text = format!(
        "\n**{}**\n\n| | median | least to greatest | |\n|---|---|---|---|\n",
        report.title
    );
    for series in &report.series {
        row(&mut text, &series.name, series.spread, series.unit);
    }
    for ratio in &report.ratios {
        let aim = ratio.aim.map(|aim| format!("× (aim {aim})")).unwrap_or_default();
        row(&mut text, &format!("**{}**", ratio.name), ratio.spread, &aim);
    }
    text.push('\n');
    for note in &report.notes {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "- {note}");
    }
    text
}

fn row(text: &mut String, name: &str, spread: Spread, unit: &str) {
    let (median, least, greatest) = (
        digits(spread.median),
        digits(spread.least),
        digits(spread.greatest),
    );
    // Writing to a string cannot fail.
    let _ = writeln!(text, "| {name} | {median} | {least} to {greatest} | {unit} |");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_a_benchs_marks_is_replaced() {
        let mut report = Report::new("http", "Answers");
        report.series("node", "1/s", [3.0, 1.0, 2.0]);
        let text = "before\n<!-- figures: http -->\nold\n<!-- end -->\nafter <!-- end -->";
        let once = replaced(text, &report).unwrap();
        assert!(once.starts_with("before\n") && once.ends_with("\n<!-- end -->\nafter <!-- end -->"));
        assert!(once.contains("| node | 2.00 | 1.00 to 3.00 | 1/s |") && !once.contains("old"));
        assert_eq!(replaced(&once, &report).unwrap(), once);
        assert!(replaced(text, &Report::new("peers", "Others")).is_none());
    }
}
