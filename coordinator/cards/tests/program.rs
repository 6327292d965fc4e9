//! The program as it is run: a job in, files out, read back by other programs (poppler's and zbar's) where they are there.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use content::cards::{Card, Job, Language, Sheet};

const NAMES: [&str; 5] = [
    "ज्ञानेश्वरी कुलकर्णी",
    "Asha Patil",
    "श्रीकृष्ण गोऱ्हे",
    "लक्ष्मीकांत त्र्यंबक ब्राह्मणे",
    "द्वारका हृद्ये",
];

/// An A4 page in points, and its margins.
const RIGHT_EDGE: f64 = 595.3 - 51.0;
const LOWER_EDGE: f64 = 841.9 - 40.0;

fn job(language: Language) -> Job {
    let cards = (270_001..).zip(NAMES).map(|(number, name)| Card {
        number,
        name: name.into(),
        roll: "R-7".into(),
        batch: "morning".into(),
        slot: String::new(),
        district: "Pune".into(),
        centre: "जिल्हा परिषद शाळा, आंबेगाव".into(),
        seat: "B-7".into(),
        minutes: 80,
        access_code: "ABCD-EFGH-JKLM-NPQR".into(),
        address: format!("https://192.0.2.17:8443/#c={number}"),
    });
    Job {
        sheet: Sheet {
            title: "शिक्षक अभियोग्यता चाचणी".into(),
            language,
            opens_ms: 1_801_366_200_000,
            closes_ms: 1_801_373_400_000,
            instructions: Vec::new(),
        },
        cards: cards.collect(),
    }
}

fn make(job: &Job, out: &Path, arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pariksha-cards"))
        .arg("--out")
        .arg(out)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program was built beside this test");
    let mut pipe = child.stdin.take().expect("its input is piped");
    let mut bytes = Vec::new();
    job.write(&mut bytes).expect("a Vec takes every byte");
    // A program that ends early closes its input.
    let _ = pipe.write_all(&bytes);
    drop(pipe);
    child
        .wait_with_output()
        .expect("the program ends and its output can be read")
}

/// What another program says of a file; nothing, with a word why, where it is not installed.
fn read_by(program: &str, arguments: &[&str], file: &Path) -> Option<String> {
    match Command::new(program).args(arguments).arg(file).arg("-").output() {
        Ok(output) => {
            assert!(output.status.success(), "{program}: {output:?}");
            Some(String::from_utf8(output.stdout).expect("it writes UTF-8"))
        }
        Err(error) => {
            eprintln!("not looked at by {program} ({error})");
            None
        }
    }
}

#[test]
fn other_programs_read_from_a_card_what_stands_on_it() {
    let place = tempfile::tempdir().unwrap();
    for language in Language::ALL {
        let out = place.path().join(format!("{language}.pdf"));
        let made = make(&job(language), &out, &[]);
        assert!(made.status.success(), "{made:?}");
        let Some(text) = read_by("pdftotext", &["-layout"], &out) else {
            return;
        };
        let pages: Vec<&str> = text.split('\u{c}').filter(|page| !page.is_empty()).collect();
        assert_eq!(pages.len(), NAMES.len());
        // Where letters are drawn apart, the reader may see a blank between them.
        let dense = |text: &str| text.split_whitespace().collect::<String>();
        for ((number, name), page) in (270_001..).zip(NAMES).zip(&pages) {
            let page = dense(page);
            for wanted in [
                name,
                "शिक्षक अभियोग्यता चाचणी",
                "ABCD-EFGH-JKLM-NPQR",
                "जिल्हा परिषद शाळा",
            ] {
                assert!(page.contains(&dense(wanted)), "{wanted} is not in {page}");
            }
            assert!(page.contains(&format!("https://192.0.2.17:8443/#c={number}")));
        }
    }
}

#[test]
fn the_qr_code_holds_the_candidates_address() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("cards.pdf");
    assert!(make(&job(Language::Marathi), &out, &[]).status.success());
    let drawn = Command::new("pdftoppm")
        .args(["-r", "150", "-f", "2", "-l", "2", "-png", "-singlefile"])
        .arg(&out)
        .arg(place.path().join("card"))
        .status();
    let scanned = Command::new("zbarimg")
        .args(["--quiet", "--raw"])
        .arg(place.path().join("card.png"))
        .output();
    let (Ok(drawn), Ok(scanned)) = (drawn, scanned) else {
        eprintln!("not scanned: pdftoppm or zbarimg is not installed");
        return;
    };
    assert!(drawn.success());
    let said = String::from_utf8(scanned.stdout).unwrap();
    assert_eq!(said.trim(), "https://192.0.2.17:8443/#c=270002");
}

#[test]
fn the_longest_texts_of_a_roster_stay_on_their_card() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("long.pdf");
    let mut long = job(Language::English);
    let names = [
        "W".repeat(100),
        "स्त्री".repeat(16),
        "@".repeat(100),
        "W ".repeat(50),
    ];
    for (card, name) in long.cards.iter_mut().zip(&names) {
        card.number = u32::MAX;
        card.name.clone_from(name);
        card.roll = "n".repeat(40);
        card.batch = "n".repeat(40);
        card.slot = "n".repeat(40);
        card.seat = "n".repeat(40);
        card.centre = "n".repeat(200);
        card.address = format!("https://{}.example/#c=1", "w".repeat(60));
    }
    let made = make(&long, &out, &[]);
    assert!(made.status.success(), "{made:?}");
    let Some(boxes) = read_by("pdftotext", &["-bbox"], &out) else {
        return;
    };
    let number = |line: &str, key: &str| -> f64 {
        let (_, rest) = line.split_once(&format!("{key}=\"")).unwrap();
        rest.split('"').next().unwrap().parse().unwrap()
    };
    let words: Vec<&str> = boxes.lines().filter(|line| line.contains("<word ")).collect();
    assert!(words.len() > 200);
    for word in words {
        assert!(number(word, "xMax") < RIGHT_EDGE, "{word}");
        assert!(number(word, "yMax") < LOWER_EDGE, "{word}");
    }
}

#[test]
fn many_cards_come_in_numbered_files_and_a_failure_leaves_none() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("cards.pdf");
    let held = || -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(place.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    // The last of the candidates has an address that no code holds.
    let mut odd = job(Language::Hindi);
    odd.cards[4].address = "https://".repeat(99);
    let failed = make(&odd, &out, &["--per-file", "2"]);
    assert!(!failed.status.success() && held().is_empty(), "{failed:?}");
    let said = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert!(said.contains("candidate 270005"), "{said}");
    let made = make(&job(Language::Hindi), &out, &["--per-file", "2"]);
    assert!(made.status.success(), "{made:?}");
    assert_eq!(held(), ["cards-001.pdf", "cards-002.pdf", "cards-003.pdf"]);
    let again = make(&job(Language::Hindi), &out, &["--per-file", "2"]);
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(
        !again.status.success() && said.contains("cards-001.pdf exists"),
        "{said}"
    );
    for said in [&failed, &made, &again] {
        let all = [&said.stdout[..], &said.stderr[..]].concat();
        assert!(
            !String::from_utf8_lossy(&all).contains("ABCD"),
            "a code is a secret"
        );
    }
}
