//! What a QTI file is worth, by [`crate::qti`]. Its items are read and can be evaluated; no node delivers them yet.

use super::{FileReport, Outcome};
use crate::{
    import::{
        check::{FINDINGS_MAX, Finding, Severity},
        drafts::{Reason, Refusal},
        format::Format,
    },
    qti::{Examined, Faults, Kind, Remark, examine},
};

const NOT_DELIVERABLE: &str = "it is read and can be scored, but nodes cannot deliver QTI items yet";

pub(super) fn report(format: Format, bytes: &[u8]) -> FileReport {
    match examine(bytes) {
        Ok(examined) => of(format, examined),
        Err(faults) => refused(format, faults),
    }
}

fn of(format: Format, examined: Examined) -> FileReport {
    let mut report = FileReport::empty(Some(format), Outcome::Imported);
    if examined.kind == Kind::Item {
        report.items = 1;
        let why = Reason::Told(NOT_DELIVERABLE.to_owned());
        report
            .undeliverable
            .push(Refusal::question(1, &examined.title, &why));
    }
    for interaction in examined.interactions {
        *report.interactions.entry(interaction.name).or_default() += 1;
    }
    let finding = |remark: Remark| Finding {
        severity: Severity::Warns,
        line: u64::from(remark.line),
        problem: remark.text,
    };
    report.findings = examined
        .remarks
        .into_iter()
        .take(FINDINGS_MAX)
        .map(finding)
        .collect();
    report.references = examined.references;
    report
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
    fn a_file_that_a_manifest_names_must_be_there() {
        let xml = "<manifest identifier='m'><resources><resource><file href='a%20b.xml'/><file href='c.xml'/></resource></resources></manifest>";
        let mut report = report(Format::QtiManifest, xml.as_bytes(), "en");
        report.check_references(|name| name == "a b.xml");
        assert_eq!(report.findings.len(), 1);
        assert!(report.findings[0].problem.contains("`c.xml`") && !report.is_good());
    }
}
