//! Bad input gets a clear error that says what to do, and nothing is lost.

use std::{
    process::{Command, Stdio},
    sync::Arc,
};

use anyhow::Context;
use local::teacher::{Given, Refused, submission_id};
use protocol::{
    ids::{ItemNo, OptionId, SittingId},
    response::Response,
};
use serde_json::json;
use tests::{
    binary,
    cluster::Cluster,
    crowd::{self, SignIn},
    exam::Exam,
};

/// Exit codes of parikshactl.
const INPUT_HAS_ERRORS: i32 = 5;
const REFUSED: i32 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_refused_in_words_and_loses_nothing() -> anyhow::Result<()> {
    let cluster = Cluster::start().await?;
    malformed_rows_are_listed_by_line(&cluster).await?;
    let exam = Arc::new(Exam::made(6));
    let sign_ins = crowd::enrol(&cluster, 4).await?;
    let sitting = crowd::open_sitting(&cluster, &exam, "60m").await?;
    crowd::wait_until_startable(&cluster, &sign_ins, sitting).await?;
    let of_pune: Vec<SignIn> = sign_ins
        .iter()
        .filter(|one| one.district == "pune")
        .cloned()
        .collect();
    forged_sign_ins_and_tokens(&cluster, &of_pune[0], sitting).await?;
    wrong_responses(&cluster, &of_pune[1], sitting).await?;
    a_second_device(&cluster, &of_pune[2], sitting).await?;
    a_digest_that_differs(&cluster, &of_pune[3], sitting).await?;
    unknown_things_at_the_centre(&cluster).await
}

async fn malformed_rows_are_listed_by_line(cluster: &Cluster) -> anyhow::Result<()> {
    let roster = "number,name,roll,district,batch,extra_minutes_per_hour\n\
                  900001,Good Row,R-1,pune,,0\nnot-a-number,Bad,R-2,pune,,0\n900003,Lost,R-3,atlantis,,0\n900001,Twice,R-4,pune,,0\n";
    let file = cluster.file("bad-roster.csv", roster)?;
    let codes = cluster.path("bad-codes.csv");
    let import = ["roster", "import", &file, "--codes", &codes.to_string_lossy()];
    let output = cluster.ctl_output(&import).await?;
    assert_eq!(output.status.code(), Some(INPUT_HAS_ERRORS));
    let words = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    for line in ["3", "4", "5"] {
        assert!(words.contains(line), "line {line} is not named in: {words}");
    }
    assert!(words.contains("atlantis"), "{words}");
    let registered = |status: &serde_json::Value| {
        status["districts"].as_array().map_or(0, |all| {
            all.iter()
                .filter_map(|one| one["candidates"]["registered"].as_u64())
                .sum()
        })
    };
    assert_eq!(
        registered(&cluster.ctl(&["status"]).await?),
        0,
        "nothing was imported"
    );
    let paper = cluster.file(
        "bad-paper.csv",
        "item,kind,marks,penalty,key,stem,a,b\n1,choice,1,0,E,What?,x,y\n",
    )?;
    let output = cluster
        .ctl_output(&["paper", "import", &paper, "--title", "Bad"])
        .await?;
    assert_eq!(output.status.code(), Some(INPUT_HAS_ERRORS));
    Ok(())
}

async fn forged_sign_ins_and_tokens(
    cluster: &Cluster,
    sign_in: &SignIn,
    sitting: SittingId,
) -> anyhow::Result<()> {
    let nodes = crowd::addresses(cluster, sign_in);
    let wrong = SignIn {
        code: "AAAA-AAAA-AAAA-AAAA".into(),
        ..sign_in.clone()
    };
    let error = crowd::client(nodes.clone(), &wrong)?
        .sign_in()
        .await
        .expect_err("a wrong code is refused");
    assert_eq!(error.slug(), "sign-in-refused", "{error}");
    let mut client = crowd::client(nodes, sign_in)?;
    client.sign_in().await?;
    let good = client.token().to_owned();
    client.set_token("");
    assert_eq!(slug(client.sittings().await), "not-signed-in");
    let mut forged = good.clone();
    forged.replace_range(
        forged.len() - 6..forged.len() - 5,
        if forged.ends_with('A') { "B" } else { "A" },
    );
    client.set_token(&forged);
    assert_eq!(slug(client.sittings().await), "token-invalid");
    client.set_token("v4.local.nonsense");
    assert_eq!(slug(client.sittings().await), "token-invalid");
    client.set_token(&good);
    assert!(
        client.sittings().await?.iter().any(|view| view.id == sitting),
        "the true token still works"
    );
    Ok(())
}

async fn wrong_responses(cluster: &Cluster, sign_in: &SignIn, sitting: SittingId) -> anyhow::Result<()> {
    let mut client = crowd::client(crowd::addresses(cluster, sign_in), sign_in)?;
    client.sign_in().await?;
    client.start(sitting).await?;
    let choice = |item: u16, seq: u32, option: u8| Given {
        item: ItemNo(item),
        seq,
        response: Some(Response::Choice(OptionId(option))),
        marked: false,
    };
    // One good among bad ones: the good one is kept, each bad one is named.
    let saved = client
        .save(&[
            choice(1, 1, 2),
            choice(99, 2, 1),
            choice(4, 3, 9),
            choice(2, 4, 1),
        ])
        .await?;
    assert_eq!(saved.acknowledged.len(), 1);
    let refused: Vec<u16> = saved.refused.iter().map(|one| one.item.0).collect();
    assert_eq!(refused, [99, 4, 2], "unknown item, unknown option, another kind");
    assert!(
        saved.refused[1].detail.contains("option 9"),
        "{}",
        saved.refused[1].detail
    );
    // A sequence that goes backwards is answered, and the newer answer stands.
    client.save(&[choice(1, 8, 3)]).await?;
    let saved = client.save(&[choice(1, 7, 1)]).await?;
    assert_eq!(saved.acknowledged[0].state, "superseded");
    // The same place with another content is refused.
    let error = client.save(&[choice(1, 8, 4)]).await;
    let told = format!("{error:?}");
    assert!(told.contains("sequence-reused"), "{told}");
    // The same again is the same answer.
    let saved = client.save(&[choice(1, 8, 3)]).await?;
    assert_eq!(saved.acknowledged[0].state, "already-saved");
    let mut attempt = client.attempt().await?;
    // It may have reached the centre by now, or not.
    assert!(attempt["responses"][0]["delivered"].take().is_boolean());
    assert_eq!(
        attempt["responses"],
        json!([{ "item": 1, "seq": 8, "response": { "choice": 3 }, "marked": false, "delivered": null }])
    );
    Ok(())
}

async fn a_second_device(cluster: &Cluster, sign_in: &SignIn, sitting: SittingId) -> anyhow::Result<()> {
    let nodes = crowd::addresses(cluster, sign_in);
    let (mut first, mut second) = (
        crowd::client(nodes.clone(), sign_in)?,
        crowd::client(nodes, sign_in)?,
    );
    let given = |seq: u32, option: u8| Given {
        item: ItemNo(1),
        seq,
        response: Some(Response::Choice(OptionId(option))),
        marked: false,
    };
    first.sign_in().await?;
    first.start(sitting).await?;
    first.save(&[given(1, 1)]).await?;
    second.sign_in().await?;
    assert_eq!(slug(second.start(sitting).await), "open-elsewhere");
    assert_eq!(slug(second.take_over(sitting).await), "unlock-needed");
    let nodes = cluster.nodes_of(&sign_in.district);
    cluster.unlock(&nodes[0], sign_in.candidate).await?;
    let moved = second.take_over(sitting).await?;
    assert_eq!(
        moved.responses.len(),
        1,
        "the second device has what the first gave"
    );
    second.save(&[given(1, 2)]).await?;
    // What the first device still had to send is kept, and does not undo what the second gave.
    first.save(&[given(2, 4)]).await?;
    let attempt = second.attempt().await?;
    assert_eq!(attempt["responses"][0]["response"], json!({ "choice": 2 }));
    Ok(())
}

async fn a_digest_that_differs(
    cluster: &Cluster,
    sign_in: &SignIn,
    sitting: SittingId,
) -> anyhow::Result<()> {
    let mut client = crowd::client(crowd::addresses(cluster, sign_in), sign_in)?;
    client.sign_in().await?;
    client.start(sitting).await?;
    let given = Given {
        item: ItemNo(1),
        seq: 1,
        response: Some(Response::Choice(OptionId(1))),
        marked: false,
    };
    client.save(std::slice::from_ref(&given)).await?;
    let told = client.memory.standing.clone();
    client.memory.standing.clear();
    let submission = submission_id(&mut rand::rng());
    assert_eq!(slug(client.submit(&submission).await), "digest-differs");
    client.memory.standing = told;
    let first = client.submit(&submission).await?;
    let again = client.submit(&submission).await?;
    assert_eq!(
        first.receipt, again.receipt,
        "a second press is the same submission"
    );
    assert_eq!(slug(client.save(&[Given { seq: 2, ..given }]).await), "submitted");
    let check: serde_json::Value = client
        .call(
            reqwest::Method::POST,
            "receipts/check",
            Some(json!({ "receipt": first.receipt })),
        )
        .await?;
    assert_eq!(
        (check["signature"].as_str(), check["held"].as_bool()),
        (Some("valid"), Some(true)),
        "{check}"
    );
    let mut altered = first.receipt.clone();
    let answered = altered
        .pointer_mut("/receipt/answered")
        .context("a receipt says how many were answered")?;
    *answered = json!(30);
    let check: serde_json::Value = client
        .call(
            reqwest::Method::POST,
            "receipts/check",
            Some(json!({ "receipt": altered })),
        )
        .await?;
    assert_eq!(check["signature"], "invalid", "{check}");
    Ok(())
}

/// `pariksha-node config show | head -1` ends as it would without the pipe.
#[test]
fn a_reader_that_goes_away_is_no_failure() -> anyhow::Result<()> {
    let place = tempfile::tempdir()?;
    let mut shown = Command::new(binary::pariksha())
        .args(["as-node", "config", "show", "--data"])
        .arg(place.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    drop(shown.stdout.take());
    let ended = shown.wait_with_output()?;
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(
        ended.status.success() && said.is_empty(),
        "{}: {said}",
        ended.status
    );
    Ok(())
}

async fn unknown_things_at_the_centre(cluster: &Cluster) -> anyhow::Result<()> {
    for arguments in [
        &["paper", "release", "7v1"][..],
        &["result", "score", "77"],
        &["node", "token", "x", "--district", "atlantis"],
    ] {
        let output = cluster.ctl_output(arguments).await?;
        assert_eq!(
            output.status.code(),
            Some(REFUSED),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(!output.stderr.is_empty(), "{arguments:?} says nothing");
    }
    Ok(())
}

fn slug<T>(result: Result<T, Refused>) -> String {
    result.map_or_else(|error| error.slug().to_owned(), |_| "unexpectedly fine".into())
}
