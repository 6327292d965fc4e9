//! On real files: good ones, hostile ones, and folders of other people's questions.

use std::{collections::BTreeMap, fs, io::Write};

use super::*;
use crate::ctl::exit_code;

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn look(path: &Path) -> Checked {
    checked(path, "en", &Output::new(true)).unwrap()
}

/// What is said of the one file of a folder.
fn said(name: &str, bytes: &[u8]) -> (Outcome, String) {
    let folder = folder(&[(name, bytes)]);
    let report = look(folder.path()).files.remove(0).report;
    let why = report
        .refused
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n");
    (report.outcome, why)
}

fn code(path: &Path) -> u8 {
    let path = path.display().to_string();
    exit_code(["parikshactl", "--json", "paper", "check", &path].map(Into::into))
}

#[test]
fn a_folder_is_reported_file_by_file_in_order() {
    let folder = folder(&[
        ("b/two.gift", b"Q {T}\n\nS {=%50%a}"),
        ("a.txt", b"Q\nA. x\nB. y\nANSWER: B\n"),
        ("c.csv", b"key,stem,a,b\nA,Q,x,y\n"),
        ("readme.md", b"# Questions"),
    ]);
    let checked = look(folder.path());
    let read: Vec<(String, Outcome, usize, usize)> = checked
        .files
        .iter()
        .map(|file| {
            let path = file
                .path
                .strip_prefix(folder.path())
                .unwrap()
                .display()
                .to_string();
            (
                path,
                file.report.outcome,
                file.report.items,
                file.report.deliverable,
            )
        })
        .collect();
    let row = |path: &str, outcome, items, deliverable| (path.to_owned(), outcome, items, deliverable);
    assert_eq!(
        read,
        [
            row("a.txt", Outcome::Imported, 1, 1),
            row("b/two.gift", Outcome::Imported, 2, 1),
            row("c.csv", Outcome::Imported, 1, 1),
            row("readme.md", Outcome::Skipped, 0, 0),
        ]
    );
    assert_eq!(
        (
            checked.imported,
            checked.skipped,
            checked.items,
            checked.deliverable
        ),
        (3, 1, 4, 3)
    );
    assert!(
        text(&checked).contains("line 3: question `S`: no answer brings all marks"),
        "{}",
        text(&checked)
    );
    assert_eq!(code(folder.path()), 0);
    let json = serde_json::to_value(&checked).unwrap();
    assert_eq!(
        json["files"][1]["interactions"],
        serde_json::json!({ "short-text": 1, "true-false": 1 })
    );
    assert_eq!(json["files"][1]["format"], "gift");
    assert_eq!(json["files"][3]["outcome"], "skipped");
}

#[test]
fn the_exit_code_says_whether_something_must_be_corrected() {
    let folder = folder(&[
        ("good/a.gift", b"Q {T}"),
        ("refused/a.gift", b"Q {"),
        ("same/a.gift", b"Q {T}\n\nQ {T}"),
        ("other.md", b"x"),
    ]);
    let at = |name: &str| folder.path().join(name);
    assert_eq!(code(&at("good")), 0);
    assert_eq!(code(&at("refused")), 5);
    assert_eq!(code(&at("same")), 5, "it stands twice");
    assert_eq!(
        code(&at("other.md")),
        5,
        "the file was named, and is no file of questions"
    );
    assert_eq!(code(&at("missing")), 1);
    assert_eq!(exit_code(["parikshactl", "paper", "check"].map(Into::into)), 2);
}

#[test]
fn links_are_not_followed_and_bounds_hold() {
    let folder = folder(&[("outside/a.gift", b"Q {T}"), ("inside/b.gift", b"Q {T}")]);
    let inside = folder.path().join("inside");
    std::os::unix::fs::symlink(folder.path().join("outside"), inside.join("folder")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("outside/a.gift"), inside.join("file.gift")).unwrap();
    let socket = inside.join("socket.gift");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let checked = look(&inside);
    assert_eq!((checked.imported, checked.skipped), (1, 3));
    assert_eq!(code(&socket), 5, "it was named, and is never opened");
    let deep = folder.path().join("d/".repeat(17));
    fs::create_dir_all(deep).unwrap();
    assert_eq!(code(&folder.path().join("d")), 2);
}

#[test]
fn a_file_beyond_its_bound_is_refused_without_being_read() {
    for name in ["a.csv", "a.gift", "a.xml"] {
        let folder = folder(&[]);
        let path = folder.path().join(name);
        let mut file = File::create(&path).unwrap();
        file.write_all(b"<quiz>").unwrap();
        // Sparse, and more than any machine could read here.
        file.set_len(1 << 40).unwrap();
        let report = look(folder.path()).files.remove(0).report;
        assert_eq!(report.outcome, Outcome::Refused);
        assert!(
            report.refused[0].why.contains("1099511627776 bytes, at most"),
            "{:?}",
            report.refused
        );
    }
}

#[test]
fn hostile_files_are_refused_by_name() {
    let bomb = {
        let levels: Vec<String> = (1..30)
            .map(|level| {
                format!(
                    "<!ENTITY a{level} \"{}\">",
                    format!("&a{};", level - 1).repeat(10)
                )
            })
            .collect();
        let levels = levels.concat();
        format!("<!DOCTYPE quiz [<!ENTITY a0 \"ha\">{levels}]><quiz><question>&a29;</question></quiz>")
    };
    let deep_xml = "<quiz>".repeat(500_000);
    let deep_html = format!("Q [html]{} {{T}}", "<div>".repeat(3_000));
    let utf16: Vec<u8> = "\u{feff}Q {T}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let braces = format!("Q {}", "{".repeat(4_000_000));
    let answers = format!("Q {{{}}}", "=a".repeat(2_000_000));
    let lines = "x\n".repeat(2_000_000);
    let cells = ",".repeat(4_000_000);
    let nested = "<table><tr><td>".repeat(1_000_000);
    let costly = format!("<quiz><![CDATA[{nested}]]></quiz>");
    let cases: [(&str, &[u8], &str); 13] = [
        ("a.xml", bomb.as_bytes(), "DOCTYPE"),
        ("a.xml", deep_xml.as_bytes(), "within each other"),
        ("a.xml", costly.as_bytes(), "more than 1000000 HTML tags"),
        (
            "a.xml",
            b"<quiz><question type=\"essay\"><questiontext><text>Q",
            "ends inside",
        ),
        (
            "a.xml",
            b"<!DOCTYPE quiz SYSTEM \"file:///etc/passwd\"><quiz>&x;</quiz>",
            "&x;",
        ),
        (
            "a.xml",
            b"<?xml version=\"1.0\" encoding=\"windows-1252\"?><quiz>\xe9</quiz>",
            "UTF-8",
        ),
        ("a.gift", deep_html.as_bytes(), "too deeply nested"),
        ("a.gift", &utf16, "UTF-16"),
        ("a.gift", b"Q\xe9 {T}", "not UTF-8"),
        ("a.gift", braces.as_bytes(), "a brace stands"),
        ("a.gift", answers.as_bytes(), "more than 100 answers"),
        ("a.aiken", lines.as_bytes(), "more than 500 lines"),
        ("a.csv", cells.as_bytes(), "columns"),
    ];
    for (name, bytes, expected) in cases {
        let (outcome, why) = said(name, bytes);
        assert_eq!(outcome, Outcome::Refused, "{name}: {expected}");
        assert!(why.contains(expected), "{name} gave {why}\n  not {expected}");
    }
}

#[test]
fn every_file_of_other_peoples_questions_is_imported_or_refused_by_name() {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let Some(shared) = above
        .map(|above| above.join("shared/data"))
        .find(|path| path.is_dir())
    else {
        println!("skipped: the folder shared/data is not there");
        return;
    };
    let mut counts: BTreeMap<String, [usize; 4]> = BTreeMap::new();
    for file in look(&shared).files {
        let below = file.path.strip_prefix(&shared).unwrap();
        let folder = below.iter().next().unwrap().to_string_lossy().into_owned();
        let count = counts.entry(folder).or_default();
        count[file.report.outcome as usize] += 1;
        let is_whole = matches!(file.report.outcome, Outcome::Imported | Outcome::Skipped);
        assert!(
            is_whole || !file.report.refused.is_empty(),
            "{}",
            file.path.display()
        );
        assert!(file.report.refused.iter().all(|refusal| !refusal.why.is_empty()));
    }
    for (folder, [imported, in_part, refused, skipped]) in &counts {
        println!(
            "{folder}: {imported} imported, {in_part} in part, {refused} refused, {skipped} passed over"
        );
    }
    assert_eq!(counts["gift-pegjs"][1..3], [0, 0]);
    assert_eq!(counts["mcq-mmlu"][1..3], [0, 0]);
}
