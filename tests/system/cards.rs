//! Admit cards from a real centre: the codes that an import made, the sitting and the nodes' addresses, as PDF.

use std::{os::unix::fs::PermissionsExt, process::Command};

use anyhow::Context;
use tests::{binary, cluster::Cluster, crowd, exam::Exam};

const ROSTER: &str = "number,name,roll,district,batch,disability,slot,centre,seat\n\
    27001,ज्ञानेश्वरी कुलकर्णी,R-1,pune,,yes,9 to 11,जिल्हा परिषद शाळा,B-1\n\
    27002,Asha Patil,R-2,mumbai,,no,9 to 11,Municipal School 4,B-1\n\
    27003,श्रीकृष्ण गोऱ्हे,R-3,nashik,,no,9 to 11,Municipal School 5,\n";

#[tokio::test(flavor = "multi_thread")]
async fn cards_are_made_from_the_codes_of_an_import() -> anyhow::Result<()> {
    binary::pariksha_cards();
    let cluster = Cluster::start().await?;
    let sign_ins = crowd::enrol_roster(&cluster, ROSTER.to_owned()).await?;
    let sitting = crowd::open_sitting(&cluster, &Exam::made(3), "60m")
        .await?
        .to_string();
    let text = |name: &str| cluster.path(name).to_string_lossy().into_owned();
    let (codes, out) = (text("codes.csv"), text("cards.pdf"));
    let cards = |codes: &str| {
        let arguments = ["roster", "cards", "--language", "mr", "--sitting", &sitting];
        let files = ["--codes", codes, "--out", &out];
        [&arguments[..], &files[..]].concat().join("\n")
    };
    // The roster that was imported has no codes: nobody can have a card, and nothing is written.
    let roster = text("roster.csv");
    let refused = cards(&roster);
    let refused = cluster.ctl_output(&refused.lines().collect::<Vec<_>>()).await?;
    assert_eq!(refused.status.code(), Some(5));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("has no access code in this file"), "{said}");
    assert!(!cluster.path("cards.pdf").exists());

    let wanted = cards(&codes);
    let made = cluster.ctl(&wanted.lines().collect::<Vec<_>>()).await?;
    assert_eq!(made["cards"], 3);
    assert_eq!(made["files"][0], out.as_str());
    let mode = std::fs::metadata(&out)?.permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "cards hold access codes");

    let Ok(read) = Command::new("pdftotext").args(["-layout", &out, "-"]).output() else {
        eprintln!("the cards were not read: pdftotext (poppler-utils) is not installed");
        return Ok(());
    };
    let dense = |text: &str| text.split_whitespace().collect::<String>();
    let pages = String::from_utf8(read.stdout)?;
    let pages: Vec<String> = pages
        .split('\u{c}')
        .map(dense)
        .filter(|page| !page.is_empty())
        .collect();
    assert_eq!(pages.len(), 3);
    for sign_in in &sign_ins {
        let line = ROSTER
            .lines()
            .find(|line| line.starts_with(&sign_in.candidate.to_string()));
        let fields: Vec<&str> = line
            .context("everybody of the roster signs in")?
            .split(',')
            .collect();
        let page = pages.iter().find(|page| page.contains(&dense(fields[1])));
        let page = page.with_context(|| format!("no card for {}", fields[1]))?;
        let minutes = if fields[5] == "yes" { "80" } else { "60" };
        for wanted in [&sign_in.code, fields[7], minutes, &format!("/#c={}", fields[0])] {
            assert!(page.contains(&dense(wanted)), "{wanted} is not on {page}");
        }
    }
    Ok(())
}
