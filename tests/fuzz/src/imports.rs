//! The importers of questions, on any bytes: none may panic, each refusal says why, and what is shown of foreign HTML holds
//! nothing but what is allowed. Run like [`crate::checks`].

use content::import::{
    Refusal, aiken as aiken_file, check, csv as csv_file,
    draft::{Passages, Shown, item_of},
    drafts::Drafts,
    gift as gift_file, moodle as moodle_file,
    report::package as open_package,
    sanitise::fragment,
};
use content::qti::{Responses, compile, evaluate, evaluate_test, examine};
use content::xml;
use protocol::ids::ItemNo;

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

/// QTI: what compiles is evaluated, without responses and with some.
pub fn qti(bytes: &[u8]) {
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
    look(Ok(csv_file::drafts(bytes)));
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
