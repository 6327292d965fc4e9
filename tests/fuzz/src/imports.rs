//! The importers of questions and rosters, on any bytes: none may panic, each refusal says why, and what is shown of foreign HTML holds
//! nothing but what is allowed. Run like [`crate::checks`].

use content::import::{
    Refusal, aiken as aiken_file, check, csv as csv_file,
    draft::{Passages, Shown, item_of},
    drafts::Drafts,
    gift as gift_file, moodle as moodle_file,
    report::package as open_package,
    roster::candidates,
    sanitise::fragment,
};
use content::qti::{Package, Responses, compile, evaluate, evaluate_test, examine, paper_partly};
use content::xml;
use protocol::ids::{DistrictId, ItemNo};
use std::collections::{BTreeMap, BTreeSet};

/// A paper as CSV: read as drafts and as a paper; both find the same items.
pub fn csv(bytes: &[u8]) {
    let drafts = csv_file::drafts(bytes);
    let partly = csv_file::paper_partly(bytes, "fuzz");
    if let Ok(partly) = &partly {
        assert_eq!(partly.imported.paper.items.len(), drafts.drafts.len());
        assert_eq!(
            partly.imported.key.check(&partly.imported.paper.outline()),
            Ok(())
        );
        for (draft, item) in drafts.drafts.iter().zip(&partly.imported.paper.items) {
            let (made, _) = item_of(draft, item.no).expect("what CSV says can be delivered");
            assert_eq!(&made, item);
        }
    }
    look(Ok(drafts));
}

/// GIFT.
pub fn gift(bytes: &[u8]) {
    look(gift_file::read(bytes, "en"));
}

/// Aiken.
pub fn aiken(bytes: &[u8]) {
    look(aiken_file::read(bytes, "mr"));
}

/// Moodle XML: the bytes as they are, and as the inside of one question.
pub fn moodle(bytes: &[u8]) {
    look(moodle_file::read(bytes, "hi"));
    for kind in ["multichoice", "numerical", "matching"] {
        let begin = format!("<quiz><question type=\"{kind}\"><questiontext><text>Q</text></questiontext>");
        let whole = [begin.as_bytes(), bytes, b"</question></quiz>"].concat();
        look(moodle_file::read(&whole, "hi"));
    }
}

/// What becomes a paper has a key that belongs to it.
fn qti_paper(package: &Package) {
    if let Ok(partly) = paper_partly(package, "en", "fuzz") {
        let outline = partly.imported.paper.outline();
        assert_eq!(partly.imported.key.check(&outline), Ok(()));
    }
}

/// QTI: what compiles is evaluated, without responses and with some; what can be delivered becomes a paper.
pub fn qti(bytes: &[u8]) {
    qti_paper(&Package::single("item.xml", bytes));
    let examined = examine(bytes);
    let Ok(root) = xml::parse(bytes) else {
        assert!(examined.is_err());
        return;
    };
    let Ok(program) = compile(&root) else {
        return;
    };
    for seed in 0..2 {
        let _ = evaluate(&program, &Responses::new(), seed);
    }
    let _ = evaluate_test(&program, &[]);
}

/// Archives: packages of files, and workbooks.
pub fn package(bytes: &[u8]) {
    if let Ok(reports) = open_package(bytes, "en") {
        for (path, report) in reports {
            assert!(
                !path.starts_with('/') && !path.split('/').any(|part| part == ".."),
                "{path}"
            );
            let _ = report.is_good();
        }
    }
    if let Ok(package) = Package::open(bytes) {
        qti_paper(&package);
    }
    look(Ok(csv_file::drafts(bytes)));
}

/// Rosters: the bytes as they are (CSV, a workbook, a OneRoster archive), and as rows below a good header.
pub fn roster(bytes: &[u8]) {
    const HEADER: &[u8] =
        b"number,name,roll,district,batch,disability,extra_minutes_per_hour,access_code,slot,centre,seat\n";
    let districts = BTreeMap::from([
        ("Pune".to_owned(), DistrictId(1)),
        ("Mumbai".to_owned(), DistrictId(2)),
    ]);
    for file in [bytes, &[HEADER, bytes].concat()] {
        let (rows, errors) = candidates(file, &districts);
        assert!(
            !rows.is_empty() || !errors.is_empty(),
            "an empty file is an error"
        );
        assert!(errors.iter().all(|error| !error.problem.is_empty()));
        assert!(errors.is_sorted_by_key(|error| error.line));
        let numbers: BTreeSet<_> = rows.iter().map(|row| row.number).collect();
        assert_eq!(numbers.len(), rows.len(), "a candidate stands in a roster once");
        for row in rows {
            assert!(row.number.0 > 0 && !row.name.is_empty() && row.extra_permille <= 1000);
            assert!(row.access_code.is_none_or(|code| code.len() == 16));
        }
    }
}

/// Sanitising: what comes out holds only allowed elements, and no address that leads out of the import.
pub fn html(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Some(clean) = fragment(text) else {
        return;
    };
    let _ = (clean.plain(), clean.text());
    for image in clean.images() {
        assert!(
            !image.name.contains(':') && !image.name.starts_with('/'),
            "{image:?}"
        );
    }
    if let Some(again) = fragment(clean.html()) {
        assert_eq!(again.dropped(), [""; 0], "{text}\n  became {}", clean.html());
    }
}

fn look(read: Result<Drafts, Refusal>) {
    let drafts = match read {
        Ok(drafts) => drafts,
        Err(refusal) => {
            assert!(!refusal.why.is_empty());
            return;
        }
    };
    assert!(drafts.refused.iter().all(|refusal| !refusal.why.is_empty()));
    let _ = check::findings(&drafts.drafts);
    for (number, draft) in (1..).zip(&drafts.drafts) {
        for (_, texts) in draft.shown() {
            shown(&texts);
        }
        if let Ok((item, key)) = item_of(draft, ItemNo(number)) {
            assert!(key.key.fits(&item.outline()), "item {number}");
        }
    }
}

fn shown(texts: &Passages) {
    for text in texts.values() {
        if let Shown::Html(fragment) = text.shown() {
            html(fragment.html().as_bytes());
        }
    }
}
