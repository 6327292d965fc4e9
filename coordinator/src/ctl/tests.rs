//! `parikshactl` against a real coordinator: exit codes, and what they stand for.

use crate::{
    harness::{Cluster, LONG},
    ops::shapes::{CoordinatorRow, DistrictRow, PaperRow, Registered},
    raft::MemberRole,
};

const GOOD_ROSTER: &str =
    "number,name,roll,district,batch\n27001,Asha Kale,R1,Pune,A\n27002,मीरा,R2,pune,A\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_exit_code_means_what_help_says() {
    let cluster = Cluster::start().await;
    assert_eq!(cluster.ctl(&["district", "add", "Pune"]).await, 0);
    assert_eq!(
        cluster.ctl(&["district", "add", "Pune"]).await,
        4,
        "the name is taken"
    );
    assert_eq!(cluster.ctl(&["district"]).await, 2, "no subcommand");
    assert_eq!(cluster.ctl(&["--json", "status"]).await, 0);
    assert_eq!(cluster.ctl(&["result", "score", "9"]).await, 4, "no such sitting");
    assert_eq!(cluster.ctl(&["paper", "release", "nonsense"]).await, 4);
    assert_eq!(cluster.ctl(&["coordinator", "list"]).await, 0);
    assert_eq!(cluster.ctl(&["--help"]).await, 0);

    let good = cluster.context.clone();
    let mut context = good.clone();
    context.urls = vec!["https://127.0.0.1:1".into()];
    cluster.write_context(&context);
    assert_eq!(cluster.ctl(&["status"]).await, 3, "nobody listens there");
    context.urls.extend(good.urls.clone());
    cluster.write_context(&context);
    assert_eq!(cluster.ctl(&["status"]).await, 0, "the next URL is tried");
    assert_eq!(
        cluster.ctl(&["district", "add", "Nagpur"]).await,
        0,
        "for changes too"
    );
    context.token = "pko1-wrong".into();
    cluster.write_context(&context);
    assert_eq!(cluster.ctl(&["status"]).await, 4, "the token is wrong");
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_roster_with_errors_is_not_imported_unless_partial_and_codes_are_written_once() {
    let cluster = Cluster::start().await;
    assert_eq!(cluster.ctl(&["district", "add", "Pune"]).await, 0);
    let bad = cluster.file(
        "bad.csv",
        &format!("{GOOD_ROSTER}27003,,R3,Pune,A\n27004,X,R4,Atlantis,A\n"),
    );
    let codes = cluster.path("codes.csv").display().to_string();
    assert_eq!(
        cluster.ctl(&["roster", "import", &bad, "--codes", &codes]).await,
        5
    );
    let registered: Registered = cluster.get("candidates").await;
    assert!(registered.candidates.is_empty() && !cluster.path("codes.csv").exists());

    assert_eq!(
        cluster.ctl(&["roster", "import", &bad, "--partial"]).await,
        2,
        "codes have nowhere to go"
    );
    assert_eq!(
        cluster
            .ctl(&["roster", "import", &bad, "--partial", "--codes", &codes])
            .await,
        0
    );
    let registered: Registered = cluster.get("candidates").await;
    let numbers: Vec<u32> = registered.candidates.iter().map(|one| one.number).collect();
    assert_eq!(
        (numbers.as_slice(), registered.next_after),
        (&[27001, 27002][..], None)
    );
    let written = std::fs::read_to_string(&codes).unwrap();
    assert_eq!(written.lines().count(), 3, "{written}");

    // The codes are the candidates': the state holds their hashes.
    let mut csv = csv::Reader::from_reader(written.as_bytes());
    for row in csv.records() {
        let row = row.unwrap();
        let right = cluster.running.centre().read(|state| {
            let key = state.cluster().unwrap().code_key;
            let candidate = state.candidate(row[0].parse().unwrap()).unwrap();
            protocol::roster::is_access_code(&key, candidate, &row[6])
        });
        assert!(right, "{row:?}");
    }
    // A preview says what would change and changes nothing.
    let moved = cluster.file(
        "moved.csv",
        "number,name,roll,district,batch\n27001,Asha Kale,R9,Pune,B\n",
    );
    assert_eq!(cluster.ctl(&["roster", "preview", &moved]).await, 0);
    assert_eq!(cluster.ctl(&["roster", "preview", &bad]).await, 5);
    let unmoved: Registered = cluster.get("candidates?after=27000").await;
    assert_eq!(
        (unmoved.candidates.len(), unmoved.candidates[0].batch.as_str()),
        (2, "A")
    );
    // Importing again keeps the codes and needs no file.
    let good = cluster.file("good.csv", GOOD_ROSTER);
    assert_eq!(cluster.ctl(&["roster", "import", &good]).await, 0);
    assert_eq!(
        cluster
            .ctl(&["roster", "import", &good, "--codes", &codes, "--replace-codes"])
            .await,
        2
    );
    assert_eq!(
        std::fs::read_to_string(&codes).unwrap(),
        written,
        "never overwritten"
    );
    let districts: Vec<DistrictRow> = cluster.get("districts").await;
    assert_eq!(districts[0].candidates, 2);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paper_with_errors_is_listed_by_line_and_not_published() {
    let cluster = Cluster::start().await;
    let bad = cluster.file(
        "paper.csv",
        "kind,key,stem,a,b\nchoice,A,One?,x,y\nchoice,Z,Two?,x,y\n",
    );
    assert_eq!(cluster.ctl(&["paper", "import", &bad, "--title", "T"]).await, 5);
    let papers: Vec<PaperRow> = cluster.get("papers").await;
    assert!(papers.is_empty());
    assert_eq!(
        cluster
            .ctl(&["paper", "import", &bad, "--title", "T & U", "--partial"])
            .await,
        0
    );
    let papers: Vec<PaperRow> = cluster.get("papers").await;
    assert_eq!(
        (
            papers[0].paper.as_str(),
            papers[0].title.as_str(),
            papers[0].items
        ),
        ("1v1", "T & U", 1)
    );
    assert_eq!(
        cluster
            .ctl(&[
                "paper",
                "import",
                &bad,
                "--title",
                "T",
                "--partial",
                "--version-of",
                "1"
            ])
            .await,
        0
    );
    let papers: Vec<PaperRow> = cluster.get("papers").await;
    assert_eq!(papers[1].paper, "1v2");
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_requests_get_a_problem_that_says_what_to_do() {
    let cluster = Cluster::start().await;
    let ask = |path: &str, body: Vec<u8>| {
        cluster
            .http()
            .post(cluster.url(path))
            .bearer_auth(&cluster.context.token)
            .body(body)
            .send()
    };
    let problem = async |answer: reqwest::Response| -> (u16, String) {
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let body: crate::ops::shapes::ProblemBody = answer.json().await.unwrap();
        assert!(
            body.kind.starts_with("urn:pariksha:problem:") && !body.detail.is_empty(),
            "{body:?}"
        );
        (body.status, body.detail)
    };
    assert_eq!(
        problem(ask("districts", b"{".to_vec()).await.unwrap()).await.0,
        400
    );
    assert_eq!(
        problem(ask("districts", vec![b' '; 3 * 1024 * 1024]).await.unwrap())
            .await
            .0,
        413
    );
    assert_eq!(
        problem(ask("districts", br#"{"name":""}"#.to_vec()).await.unwrap())
            .await
            .0,
        422
    );
    assert_eq!(problem(ask("nowhere", Vec::new()).await.unwrap()).await.0, 404);
    assert_eq!(problem(ask("status", Vec::new()).await.unwrap()).await.0, 405);
    let bare = cluster.http().get(cluster.url("status")).send().await.unwrap();
    let (status, detail) = problem(bare).await;
    assert!(status == 401 && detail.contains("ops.json"), "{detail}");
    let health = format!("{}/healthz", cluster.context.urls[0]);
    assert!(
        cluster
            .http()
            .get(health)
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    );
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_coordinator_joins_by_token_votes_and_answers_operators() {
    let cluster = Cluster::start().await;
    let second = cluster.join_coordinator("second").await;
    let centre = cluster.running.centre();
    wait_until(|| {
        centre.members().len() == 2 && centre.members().iter().all(|m| m.role == MemberRole::Voter)
    })
    .await;
    // Changes at either are seen at either, whoever leads.
    assert_eq!(cluster.ctl(&["district", "add", "Pune"]).await, 0);
    let mut context = cluster.context.clone();
    context.urls = vec![format!("https://{}", second.running.ops_address())];
    cluster.write_context(&context);
    assert_eq!(cluster.ctl(&["district", "add", "Nagpur"]).await, 0);
    assert_eq!(
        cluster
            .ctl(&["node", "token", "nagpur-1", "--district", "Nagpur"])
            .await,
        0
    );
    cluster
        .until(|state| (state.districts().count() == 2).then_some(()))
        .await;
    cluster
        .until(|state| (state.coordinators().count() == 2).then_some(()))
        .await;
    let rows: Vec<CoordinatorRow> = cluster.get("coordinators").await;
    assert!(
        rows.len() == 2 && rows.iter().all(|row| row.up && row.voter),
        "{rows:?}"
    );
    assert_eq!(cluster.ctl(&["coordinator", "remove", "2"]).await, 0);
    second.shutdown.cancel();
    let _ = second.running.join().await;
    cluster.stop().await;
}

async fn wait_until(holds: impl Fn() -> bool) {
    let waited = tokio::time::timeout(LONG, async {
        while !holds() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    });
    waited.await.expect("it comes to hold");
}
