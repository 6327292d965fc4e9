//! Clients that connect and say nothing, or begin a handshake and stop, take little memory and keep nobody out.

use std::time::Duration;

use anyhow::{Context, ensure};
use tests::cluster::{Cluster, eventually};
use tokio::{io::AsyncWriteExt, net::TcpSocket, net::TcpStream};

/// Half of them say nothing, half send the beginning of a ClientHello.
const HALF_OPEN: usize = 10_000;

/// What the node's process may grow by for all of them: some 2 KB for each, and the handshakes that are under way.
const GROWTH_KB_MAX: u64 = 40 * 1024;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// A TLS record that says it is 512 bytes long, and its first byte.
const BEGINNING: [u8; 6] = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01];

async fn connect(address: std::net::SocketAddr, index: usize) -> anyhow::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    // One address has too few ports for all of them beside what else runs here.
    let source = u8::try_from(index % 100 + 1)?;
    socket.bind(([127, 0, 2, source], 0).into())?;
    let mut stream = socket.connect(address).await?;
    if index.is_multiple_of(2) {
        stream.write_all(&BEGINNING).await?;
    }
    Ok(stream)
}

/// Resident memory of a process, in kilobytes.
fn resident_kb(pid: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(kilobytes.context("the process has memory")?.trim().parse()?)
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_half_open_connections_cost_little_and_keep_nobody_out() -> anyhow::Result<()> {
    // Enough to connect them all on a slow machine while the first are still there.
    let settings = [("PARIKSHA_NODE_HTTP__HANDSHAKE_SECONDS", "30")];
    let cluster = Cluster::start_with(&["--empty"], &settings).await?;
    let node = cluster.nodes_of("pune").remove(0);
    let pid = cluster.process_ids().await?[&node.name];
    let before = resident_kb(pid)?;
    let mut half_open = Vec::new();
    for index in 0..HALF_OPEN {
        half_open.push(connect(node.https, index).await?);
    }
    let metrics = format!("http://{}/metrics", node.operator);
    eventually("as many handshakes as may be are under way", PATIENCE, || async {
        let text = reqwest::get(&metrics).await.map_err(|error| error.to_string())?;
        let text = text.text().await.map_err(|error| error.to_string())?;
        let line = text
            .lines()
            .find(|line| line.starts_with("pariksha_node_http_handshakes "));
        match line {
            Some("pariksha_node_http_handshakes 512") => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await?;
    let grown = resident_kb(pid)?.saturating_sub(before);
    println!("{HALF_OPEN} half-open connections: the node grew by {grown} KB");
    ensure!(grown < GROWTH_KB_MAX, "the node grew by {grown} KB");
    // All of them stay. Who has begun and says no more loses the place in time for who came after.
    let authority = std::fs::read(node.data.join("identity/ca.crt"))?;
    let client = local::teacher::Client::http(Some(&authority))?;
    eventually("a good client is served", PATIENCE, || async {
        let url = format!("https://localhost:{}/", node.https.port());
        let answer = client.get(url).send().await.map_err(|error| error.to_string())?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(answer.status().to_string())
        }
    })
    .await?;
    drop(half_open);
    Ok(())
}
