//! The importer on whole files: real ones, and the sample paper of the local system.

use std::path::{Path, PathBuf};

use protocol::paper::{Choice, ItemKind};

use super::*;

/// A folder that some directory above the crate holds.
fn upward(folder: &str) -> Option<PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|above| above.join(folder))
        .find(|path| path.is_dir())
}

#[test]
fn real_files_without_a_header_are_imported() {
    let Some(folder) = upward("shared/data/mcq-mmlu") else {
        println!("skipped: the folder shared/data/mcq-mmlu is not there");
        return;
    };
    let (mut files, mut items, mut warnings) = (0, 0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "csv") {
            continue;
        }
        let imported = paper(&std::fs::read(&path).unwrap(), "Sample").unwrap_or_else(|errors| {
            panic!("{}: {errors}", path.display());
        });
        assert_eq!(imported.key.check(&imported.paper.outline()), Ok(()));
        assert!(
            imported
                .paper
                .items
                .iter()
                .all(|item| item.outline().kind.options() == 4)
        );
        files += 1;
        items += imported.paper.items.len();
        warnings += imported.warnings.len();
    }
    println!("{files} files, {items} items, {warnings} with two equal options");
    assert!(files > 0 && items > 0);
}

#[test]
fn the_local_systems_sample_paper_is_whole_in_three_languages() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/local/sample/paper.csv");
    let imported = paper(&std::fs::read(path).unwrap(), "Sample").unwrap_or_else(|errors| panic!("{errors}"));
    let Imported { paper, key, warnings } = imported;
    assert_eq!(warnings, []);
    assert_eq!(paper.languages, ["en", "hi", "mr"]);
    assert_eq!((paper.items.len(), key.items.len()), (30, 30));
    assert_eq!(key.check(&paper.outline()), Ok(()));
    let (mut kinds, mut penalties) = ([0; 3], 0);
    for item in &paper.items {
        assert!(["Aptitude", "Pedagogy", "Reasoning"].contains(&item.section.as_str()));
        assert_eq!(item.marks, "1");
        penalties += usize::from(item.penalty == "0.25");
        let choices: &[Choice] = match &item.kind {
            ItemKind::Choice(choices) => {
                kinds[0] += 1;
                choices
            }
            ItemKind::Choices(choices) => {
                kinds[1] += 1;
                choices
            }
            ItemKind::Number => {
                kinds[2] += 1;
                &[]
            }
            other => panic!("a spreadsheet has no {other:?}"),
        };
        for text in choices.iter().map(|choice| &choice.text).chain([&item.stem]) {
            assert_eq!(
                text.keys().collect::<Vec<_>>(),
                ["en", "hi", "mr"],
                "item {}",
                item.no
            );
            assert!(text["en"].is_ascii(), "item {}: {}", item.no, text["en"]);
        }
        for language in ["hi", "mr"] {
            let is_devanagari = item.stem[language]
                .chars()
                .any(|c| ('\u{900}'..='\u{97f}').contains(&c));
            assert!(is_devanagari, "item {} in {language}", item.no);
        }
    }
    assert!(kinds.iter().all(|count| *count >= 3), "{kinds:?}");
    assert!(penalties > 0 && penalties < 30);
}
