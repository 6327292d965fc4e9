//! Makes an empty directory into a cluster, and an empty cluster into something to try, by the same commands that a
//! person would use. Each step looks whether it was done: a second start goes on where the first ended.

use std::{ffi::OsString, fs, os::unix::fs::PermissionsExt, time::Duration};

use anyhow::{Context, bail};
use serde_json::Value;

use crate::{
    ctl::run_role,
    plan::{CoordinatorPlan, DISTRICTS, NodePlan},
    role::Role,
    sample,
    system::System,
};

/// How long the centre may take to answer while it starts.
const READY_TRIES: usize = 240;
const READY_PAUSE: Duration = Duration::from_millis(250);

/// Brings up coordinators and nodes, making what does not exist yet.
pub async fn cluster(system: &mut System, say: &dyn Fn(&str)) -> anyhow::Result<()> {
    let coordinators = system.plan.coordinators();
    for coordinator in &coordinators {
        if has_identity(coordinator) {
            system.start_coordinator(&coordinator.name)?;
        }
    }
    if !has_identity(&coordinators[0]) && !system.plan.ops_context().exists() {
        say("making the cluster's certificate authority and first coordinator");
        init(system, &coordinators[0]).await?;
    }
    for coordinator in &coordinators {
        if !has_identity(coordinator) {
            say(&format!("joining {}", coordinator.name));
            join_coordinator(system, coordinator).await?;
        }
    }
    say("waiting for the coordinators to agree on a leader");
    wait_for_voters(system, coordinators.len()).await?;
    nodes(system, say).await
}

fn has_identity(coordinator: &CoordinatorPlan) -> bool {
    coordinator.data.join("coordinator.toml").exists()
}

async fn init(system: &mut System, first: &CoordinatorPlan) -> anyhow::Result<()> {
    let arguments: Vec<OsString> = vec![
        "init".into(),
        "--data".into(),
        first.data.clone().into(),
        "--cluster".into(),
        "pariksha-local".into(),
        "--link-address".into(),
        first.link.to_string().into(),
        "--ops-address".into(),
        first.ops.to_string().into(),
        "--cluster-key".into(),
        system.plan.cluster_key().into(),
        "--name".into(),
        "localhost".into(),
    ];
    run_role(Role::Coordinator, arguments).await?;
    write_context(system, first)?;
    system.start_coordinator(&first.name)
}

/// The first coordinator's context, naming the ops API of all.
fn write_context(system: &System, first: &CoordinatorPlan) -> anyhow::Result<()> {
    let text = fs::read(first.data.join("ops.json")).context("init did not write ops.json")?;
    let mut context: Value = serde_json::from_slice(&text).context("ops.json is not JSON")?;
    let urls = system
        .plan
        .coordinators()
        .iter()
        .map(|coordinator| format!("https://{}", coordinator.ops))
        .collect::<Vec<_>>();
    context["urls"] = urls.into();
    let path = system.plan.ops_context();
    fs::write(&path, serde_json::to_vec_pretty(&context)?)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).context("ops.json cannot be made private")
}

/// Joins a coordinator that has no data, under a new id, and starts it.
pub async fn join_coordinator(system: &mut System, coordinator: &CoordinatorPlan) -> anyhow::Result<()> {
    let token = text_of(&system.ask(&["coordinator", "token"]).await?, "token")?;
    let from = leader_link(system, coordinator)?;
    let arguments: Vec<OsString> = vec![
        "join".into(),
        "--data".into(),
        coordinator.data.clone().into(),
        "--from".into(),
        from.into(),
        "--token".into(),
        token.into(),
        "--link-address".into(),
        coordinator.link.to_string().into(),
        "--ops-address".into(),
        coordinator.ops.to_string().into(),
        "--cluster-key".into(),
        system.plan.cluster_key().into(),
        "--name".into(),
        "localhost".into(),
    ];
    run_role(Role::Coordinator, arguments).await?;
    system.start_coordinator(&coordinator.name)
}

/// A coordinator other than this one, to join from.
fn leader_link(system: &System, but: &CoordinatorPlan) -> anyhow::Result<String> {
    let others = system
        .plan
        .coordinators()
        .into_iter()
        .filter(|other| other.name != but.name && has_identity(other));
    others
        .map(|other| other.link.to_string())
        .next()
        .context("there is no other coordinator to join from")
}

/// The Raft id under which the centre knows a coordinator now; waits until it is registered.
pub async fn coordinator_id(system: &mut System, coordinator: &CoordinatorPlan) -> anyhow::Result<u64> {
    let address = coordinator.link.to_string();
    for _ in 0..READY_TRIES {
        let listed = system.ask(&["coordinator", "list"]).await?;
        let here = listed
            .as_array()
            .into_iter()
            .flatten()
            .filter(|one| one["link_address"] == address);
        // A lost disk's old id is gone from the list, or lower than the new one.
        if let Some(id) = here.filter_map(|one| one["id"].as_u64()).max() {
            return Ok(id);
        }
        tokio::time::sleep(READY_PAUSE).await;
    }
    bail!("the centre knows no coordinator at {address}")
}

async fn wait_for_voters(system: &mut System, count: usize) -> anyhow::Result<()> {
    for _ in 0..READY_TRIES {
        let status = system.ask(&["status"]).await?;
        let up = status["coordinators"]
            .as_array()
            .map_or(0, |all| all.iter().filter(|one| one["up"] == true).count());
        if up >= count && !status["leader"].is_null() {
            return Ok(());
        }
        tokio::time::sleep(READY_PAUSE).await;
    }
    bail!(
        "the coordinators did not all come up; see their log files in {}",
        system.plan.data.display()
    )
}

async fn nodes(system: &mut System, say: &dyn Fn(&str)) -> anyhow::Result<()> {
    let listed = system.ask(&["district", "list"]).await?;
    let known = |name: &str| {
        listed
            .as_array()
            .is_some_and(|all| all.iter().any(|district| district["name"] == name))
    };
    for (district, _) in DISTRICTS.iter().filter(|(district, _)| !known(district)) {
        system.ask(&["district", "add", district]).await?;
    }
    for node in system.plan.nodes() {
        if !node.data.join("node.toml").exists() {
            say(&format!("joining {}", node.name));
            join_node(system, &node).await?;
        }
        system.start_node(&node.name)?;
    }
    Ok(())
}

async fn join_node(system: &mut System, node: &NodePlan) -> anyhow::Result<()> {
    let token = text_of(
        &system
            .ask(&["node", "token", &node.name, "--district", node.district])
            .await?,
        "token",
    )?;
    let mut arguments: Vec<OsString> = vec![
        "join".into(),
        "--data".into(),
        node.data.clone().into(),
        "--token".into(),
        token.into(),
        "--link-address".into(),
        node.link.to_string().into(),
        "--https-address".into(),
        node.https.to_string().into(),
        "--plain-address".into(),
        node.plain.to_string().into(),
        "--operator-address".into(),
        node.operator.to_string().into(),
        "--public-url".into(),
        format!("http://localhost:{}", node.plain.port()).into(),
    ];
    if let Some(relay) = system.plan.peer_relay(node) {
        arguments.extend(["--advertise-link-address".into(), relay.listen.to_string().into()]);
    }
    for way in system.plan.relays(node) {
        arguments.extend(["--coordinator".into(), way.listen.to_string().into()]);
    }
    run_role(Role::Node, arguments).await
}

/// Fills an empty cluster with the sample roster and paper and opens a sitting for a week.
pub async fn sample(system: &mut System, per_district: usize, say: &dyn Fn(&str)) -> anyhow::Result<()> {
    let codes = system.plan.codes();
    if !codes.exists() {
        say("importing the sample roster");
        let roster = system.plan.data.join("sample-roster.csv");
        fs::write(&roster, sample::roster(per_district)).context("the sample roster cannot be written")?;
        system
            .ask(&[
                "roster",
                "import",
                &roster.to_string_lossy(),
                "--codes",
                &codes.to_string_lossy(),
            ])
            .await?;
    }
    if system
        .ask(&["paper", "list"])
        .await?
        .as_array()
        .is_none_or(Vec::is_empty)
    {
        say("importing and sealing the sample paper");
        let paper = system.plan.data.join("sample-paper.csv");
        fs::write(&paper, sample::PAPER).context("the sample paper cannot be written")?;
        system
            .ask(&[
                "paper",
                "import",
                &paper.to_string_lossy(),
                "--title",
                "Sample paper",
            ])
            .await?;
    }
    if system
        .ask(&["sitting", "list"])
        .await?
        .as_array()
        .is_none_or(Vec::is_empty)
    {
        say("opening a sitting");
        let window = [
            "--opens",
            "now",
            "--closes",
            "+168h",
            "--duration",
            "60m",
            "--districts",
            "all",
        ];
        let what = ["sitting", "create", "--paper", "1v1", "--title", "Sample sitting"];
        system.ask(&[&what[..], &window].concat()).await?;
    }
    system.ask(&["paper", "release", "1v1"]).await?;
    Ok(())
}

fn text_of(value: &Value, field: &str) -> anyhow::Result<String> {
    value[field]
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("parikshactl did not name the {field}"))
}
