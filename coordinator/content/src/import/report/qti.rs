//! What a QTI file is worth, by [`crate::qti`]: read or refused, and whether what was read can be delivered as it is meant.

use super::{FileReport, Outcome};
use crate::{
    import::{
        check::{FINDINGS_MAX, Finding, Severity},
        drafts::{REFUSALS_MAX, Reason, Refusal},
        format::Format,
    },
    qti::{Deliverable, Examined, Faults, Kind, Remark, deliverable, examine},
};

pub(super) fn report(format: Format, bytes: &[u8], language: &str) -> FileReport {
    match examine(bytes) {
        Ok(examined) if examined.kind == Kind::Manifest => of(format, examined),
        Ok(examined) => {
            let (kind, title) = (examined.kind, examined.title.clone());
            let mut report = of(format, examined);
            match deliverable(bytes, language) {
                Ok(good) => add(&mut report, good, kind),
                Err(faults) => report.undeliverable = undeliverable(kind, &title, faults),
            }
            report
        }
        Err(faults) => refused(format, faults),
    }
}

fn of(format: Format, examined: Examined) -> FileReport {
    let mut report = FileReport::empty(Some(format), Outcome::Imported);
    report.items = usize::from(examined.kind == Kind::Item);
    for interaction in examined.interactions {
        *report.interactions.entry(interaction.name).or_default() += 1;
    }
    remark(&mut report, examined.remarks, Severity::Warns);
    report.references = examined.references;
    report
}

fn add(report: &mut FileReport, good: Deliverable, kind: Kind) {
    report.deliverable = usize::from(kind == Kind::Item);
    remark(report, good.wordless, Severity::Blocks);
    remark(report, good.remarks, Severity::Warns);
    report.references.extend(good.references);
}

fn remark(report: &mut FileReport, remarks: Vec<Remark>, severity: Severity) {
    for remark in remarks {
        let finding = Finding {
            severity,
            line: u64::from(remark.line),
            problem: remark.text,
        };
        if report.findings.len() < FINDINGS_MAX && !report.findings.contains(&finding) {
            report.findings.push(finding);
        }
    }
}

fn undeliverable(kind: Kind, title: &str, faults: Faults) -> Vec<Refusal> {
    let name = if kind == Kind::Test { "the test" } else { title };
    let refusal = |fault: crate::qti::Fault| {
        Refusal::question(u64::from(fault.line), name, &Reason::Told(fault.problem))
    };
    faults
        .faults
        .into_iter()
        .take(REFUSALS_MAX)
        .map(refusal)
        .collect()
}

fn refused(format: Format, faults: Faults) -> FileReport {
    let mut report = FileReport::empty(Some(format), Outcome::Refused);
    report.refused = faults
        .faults
        .into_iter()
        .map(|fault| Refusal {
            line: u64::from(fault.line),
            ..Refusal::file(&Reason::Told(fault.problem))
        })
        .collect();
    report.more_refused = faults.more;
    report
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::report::report;

    #[test]
    fn an_item_is_imported_with_its_interactions_and_a_foreign_one_is_refused_by_name() {
        let item = |body: &str| {
            format!(
                "<assessmentItem identifier='i' title='Rivers'><responseDeclaration identifier='R' cardinality='single' \
                 baseType='identifier'/><itemBody><p>{body}</p></itemBody></assessmentItem>"
            )
        };
        let good = report(
            Format::QtiItem,
            item("<choiceInteraction responseIdentifier='R'/>").as_bytes(),
            "en",
        );
        assert_eq!(
            (good.outcome, good.items, good.deliverable),
            (Outcome::Imported, 1, 0)
        );
        assert_eq!(good.interactions["choiceInteraction"], 1);
        assert!(good.undeliverable[0].what.contains("Rivers"));
        let bad = report(
            Format::QtiItem,
            item("<customInteraction responseIdentifier='R'/>").as_bytes(),
            "en",
        );
        assert_eq!(bad.outcome, Outcome::Refused);
        assert!(bad.refused[0].why.contains("customInteraction"));
    }

    #[test]
    fn an_item_is_deliverable_or_says_why_not_and_its_pictures_must_be_there() {
        let item = |picture: &str| {
            format!(
                "<assessmentItem identifier='i' title='Rivers'><responseDeclaration identifier='RESPONSE' cardinality='single' \
                 baseType='identifier'><correctResponse><value>A</value></correctResponse></responseDeclaration><itemBody><p>Which?</p>\
                 {picture}<choiceInteraction responseIdentifier='RESPONSE'><simpleChoice identifier='A'>a</simpleChoice></choiceInteraction>\
                 </itemBody><responseProcessing template='match_correct'/></assessmentItem>"
            )
        };
        let of = |picture: &str| report(Format::QtiItem, item(picture).as_bytes(), "en");
        let mut good = of("<img src='map.png' alt='A map'/>");
        assert_eq!(
            (
                good.deliverable,
                good.undeliverable.len(),
                good.references.as_slice()
            ),
            (1, 0, &["map.png".to_owned()][..])
        );
        assert!(good.is_good());
        good.check_references(|_| false);
        assert!(!good.is_good());
        let wordless = of("<img src='map.png'/>");
        assert!(
            wordless.deliverable == 1 && !wordless.is_good(),
            "{:?}",
            wordless.findings
        );
        let drawn = of("<img src='map.svg' alt='A map'/>");
        assert_eq!(
            (drawn.outcome, drawn.items, drawn.deliverable),
            (Outcome::Imported, 1, 0)
        );
        assert!(drawn.undeliverable[0].why.contains("SVG") && drawn.undeliverable[0].what.contains("Rivers"));
        let test = "<assessmentTest identifier='t' title='t'><testPart identifier='p' navigationMode='linear' submissionMode='individual'>\
            <assessmentSection identifier='s' title='s' visible='true'><selection select='1'/></assessmentSection></testPart></assessmentTest>";
        let test = report(Format::QtiTest, test.as_bytes(), "en");
        assert!(
            test.undeliverable[0].what.contains("the test")
                && test.undeliverable[0].why.contains("`selection`")
        );
    }

    #[test]
    fn a_file_that_a_manifest_names_must_be_there() {
        let xml = "<manifest identifier='m'><resources><resource><file href='a%20b.xml'/><file href='c.xml'/></resource></resources></manifest>";
        let mut report = report(Format::QtiManifest, xml.as_bytes(), "en");
        report.check_references(|name| name == "a b.xml");
        assert_eq!(report.findings.len(), 1);
        assert!(report.findings[0].problem.contains("`c.xml`") && !report.is_good());
    }
}
