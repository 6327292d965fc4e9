//! What a person sees: the words at the start, and the table of how everything is. Figures come from the nodes' own
//! operator ports and from the centre, never from what this program believes.

use std::{fmt::Write as _, time::Duration};

use anyhow::bail;
use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use daemon::stdout;
use serde_json::{Value, json};

use crate::{
    control::{self, Answer, Command},
    ctl::Ctl,
    plan::{DISTRICTS, Plan},
    process::Life,
    relay::Line,
};

/// How long a node may take to say how it is.
const ASK_TIMEOUT: Duration = Duration::from_secs(2);

/// How long all nodes may take to be ready after a start.
const READY_TRIES: usize = 480;
const READY_PAUSE: Duration = Duration::from_millis(250);

/// Sign-ins that the welcome shows.
const SIGN_INS_SHOWN: usize = 5;

/// Waits until every node says that it is ready.
pub async fn wait_until_ready(plan: &Plan) -> anyhow::Result<()> {
    let http = reqwest::Client::builder().timeout(ASK_TIMEOUT).build()?;
    for node in plan.nodes() {
        let url = format!("http://{}/readyz", node.operator);
        for tries in 0.. {
            let last = match http.get(&url).send().await {
                Ok(answer) if answer.status().is_success() => break,
                Ok(answer) => answer.text().await.unwrap_or_default(),
                Err(error) => error.to_string(),
            };
            if tries == READY_TRIES {
                bail!(
                    "{} is not ready: {last}; its log is {}",
                    node.name,
                    plan.log_of(&node.name).display()
                );
            }
            tokio::time::sleep(READY_PAUSE).await;
        }
    }
    Ok(())
}

/// The words after a start.
pub fn welcome(plan: &Plan) -> anyhow::Result<String> {
    let mut text = String::from("\nPariksha is running. Candidates sit the exam at\n\n");
    for node in plan.nodes() {
        writeln!(
            text,
            "  {:<13} http://localhost:{}   (HTTPS: https://{})",
            node.name,
            node.plain.port(),
            node.https
        )?;
    }
    if let Ok(codes) = std::fs::read_to_string(plan.codes()) {
        let mut by_district = Vec::new();
        for (district, _) in DISTRICTS {
            by_district.extend(
                codes
                    .lines()
                    .find(|line| line.contains(district))
                    .map(|line| format!("  {line}")),
            );
        }
        let header = codes.lines().next().unwrap_or_default();
        writeln!(
            text,
            "\nSome sign-ins, one a district (all are in {}):\n\n  {header}",
            plan.codes().display()
        )?;
        by_district
            .iter()
            .take(SIGN_INS_SHOWN)
            .try_for_each(|line| writeln!(text, "{line}"))?;
    }
    let run = "cargo run --release --";
    writeln!(text, "\nTry next, in another terminal:\n")?;
    for (command, what) in [
        ("status", "districts, nodes, coordinators, lines"),
        ("wan cut mumbai", "candidates of Mumbai must notice nothing"),
        (
            "wan heal mumbai",
            "what was given meanwhile arrives at the centre",
        ),
        ("kill mumbai-1", "its candidates go on at mumbai-2"),
        ("start mumbai-1", ""),
        ("ctl status", "the centre's own view"),
        ("ctl result score 1", "score the sample sitting"),
        ("ctl result export 1 --format csv", "the results"),
        (
            "ctl result reconcile 1",
            "registered = absent + started; acknowledged = committed = scored",
        ),
    ] {
        writeln!(text, "  {run} {command:<33} {what}")?;
    }
    writeln!(
        text,
        "\nLogs and data are in {}. Ctrl-C stops everything; a second start goes on.",
        plan.data.display()
    )?;
    Ok(text)
}

/// Shows how the running system is.
pub async fn show(plan: &Plan, as_json: bool) -> anyhow::Result<()> {
    let (processes, wan, port_base) = match control::send(plan.control_socket(), &Command::Status).await? {
        Answer::Status {
            processes,
            wan,
            port_base,
            ..
        } => (processes, wan, port_base),
        Answer::Failed(why) | Answer::Done(why) => bail!(why),
    };
    let plan = Plan::of_directory(&plan.data, port_base);
    let nodes = ask_nodes(&plan).await?;
    let centre = Ctl::new(plan.ops_context()).ask_now(&["status"]).await;
    let mut text = String::new();
    if as_json {
        let nodes: serde_json::Map<String, Value> = nodes.into_iter().collect();
        let all = json!({ "processes": processes, "wan": wan, "nodes": nodes, "centre": centre.ok() });
        writeln!(text, "{}", serde_json::to_string_pretty(&all)?)?;
        return Ok(stdout::bytes(text.as_bytes())?);
    }
    writeln!(text, "{}", node_table(&plan, &processes, &wan, &nodes))?;
    match centre {
        Ok(centre) => writeln!(text, "{}", district_table(&centre))?,
        Err(error) => writeln!(text, "the centre does not answer: {error:#}")?,
    }
    let coordinators = processes
        .iter()
        .filter(|(name, _)| name.starts_with("coordinator"));
    for (name, life) in coordinators {
        writeln!(text, "{name}: {}", life_words(life))?;
    }
    Ok(stdout::bytes(text.as_bytes())?)
}

async fn ask_nodes(plan: &Plan) -> anyhow::Result<Vec<(String, Value)>> {
    let http = reqwest::Client::builder().timeout(ASK_TIMEOUT).build()?;
    let mut answers = Vec::new();
    for node in plan.nodes() {
        let asked = async {
            http.get(format!("http://{}/status", node.operator))
                .send()
                .await?
                .json::<Value>()
                .await
        };
        answers.push((node.name.clone(), asked.await.unwrap_or(Value::Null)));
    }
    Ok(answers)
}

fn table(headers: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_preset(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(headers);
    table
}

fn node_table(
    plan: &Plan,
    processes: &std::collections::BTreeMap<String, Life>,
    wan: &std::collections::BTreeMap<String, Line>,
    nodes: &[(String, Value)],
) -> Table {
    let mut table = table(&[
        "node",
        "process",
        "line",
        "signed in",
        "open",
        "submitted",
        "acknowledged",
        "delivered",
        "lag s",
        "WAN",
    ]);
    for (node, (name, status)) in plan.nodes().iter().zip(nodes) {
        let of = |path: &str| words(status.pointer(path));
        table.add_row([
            name.clone(),
            processes
                .get(name)
                .map_or_else(|| "not started".to_owned(), life_words),
            wan.get(node.district).map_or_else(String::new, Line::to_string),
            of("/candidates/signed_in"),
            of("/candidates/open"),
            of("/candidates/submitted"),
            of("/acknowledged"),
            of("/delivered"),
            of("/lag_seconds"),
            of("/wan/state"),
        ]);
    }
    table
}

fn district_table(centre: &Value) -> Table {
    let mut table = table(&[
        "district (at the centre)",
        "registered",
        "signed in",
        "open",
        "submitted",
        "acknowledged",
        "delivered",
        "lag s",
        "WAN",
    ]);
    for district in centre["districts"].as_array().into_iter().flatten() {
        let of = |path: &str| words(district.pointer(path));
        table.add_row([
            of("/name"),
            of("/candidates/registered"),
            of("/candidates/signed_in"),
            of("/candidates/open"),
            of("/candidates/submitted"),
            of("/acknowledged"),
            of("/delivered"),
            of("/lag_seconds"),
            of("/wan"),
        ]);
    }
    table
}

fn words(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "–".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn life_words(life: &Life) -> String {
    match life {
        Life::Running(pid) => format!("running (pid {pid})"),
        Life::Stopped => "stopped".to_owned(),
        Life::Ended(how) => format!("ended: {how}"),
    }
}
