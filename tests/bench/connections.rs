//! Memory for each idle signed-in TLS connection at the node: what its process grows by while thousands of them are made,
//! used once and left alone.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use tests::cluster::eventually;

use crate::{Options, connection::Connection, ground::Ground, report::Report, usage};

/// Kilobytes a connection that the design allows.
const AIM_KB: f64 = 24.0;

/// Handshakes at a time.
const AT_ONCE: usize = 64;

/// How long the connections may take until they rest; the node lets them rest after twice its `rest_seconds` of 5.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long the node's memory must stand still before it is read.
const STILL: Duration = Duration::from_millis(500);

/// Looks at it before it is said that it does not come to a stand.
const LOOKS_MAX: usize = 120;

/// What is asked of it.
#[derive(Debug, clap::Args)]
pub(crate) struct Connections {
    /// Connections in all; memory is also read at half of them.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) connections: usize,
    /// A node is started anew so many times.
    #[arg(long, default_value_t = 3)]
    pub(crate) nodes: usize,
}

/// Kilobytes a connection in the first half, the second and all.
struct Grown {
    first: f64,
    second: f64,
    all: f64,
    resident: f64,
    /// The first half, at once after its requests.
    used: f64,
}

impl Connections {
    pub(crate) async fn run(&self, options: &Options) -> Result<Report> {
        let cores = options.cores();
        let ground = Ground::with_candidates(u32::try_from(self.connections)?).await?;
        let mut grown = Vec::new();
        for _ in 0..self.nodes {
            grown.push(self.one(&ground, cores).await?);
        }
        let half = self.connections / 2;
        let mut report = Report::new(
            "connections",
            "Memory of the node for each idle signed-in TLS connection",
        );
        report.series(
            format!("0 to {half} connections (PSS)"),
            "KB each",
            grown.iter().map(|grown| grown.first),
        );
        let name = format!("{half} to {} connections (PSS)", self.connections);
        report.series(name, "KB each", grown.iter().map(|grown| grown.second));
        let name = format!("0 to {} connections (RSS)", self.connections);
        report.series(name, "KB each", grown.iter().map(|grown| grown.resident));
        let name = format!("0 to {half} connections at once after their requests (PSS)");
        report.series(name, "KB each", grown.iter().map(|grown| grown.used));
        // More memory is worse: the ratio is what is allowed to what is taken.
        report.ratio(
            "connections/allowed",
            Some(1.0),
            grown.iter().map(|grown| AIM_KB / grown.all),
        );
        report.note(format!(
            "{AIM_KB} KB are allowed; the kernel's socket buffers are not in these figures"
        ));
        report.note("read when the node says that all of them rest");
        report.note("all candidates had signed in before the first reading; each connection made one request with its token");
        Ok(report)
    }

    async fn one(&self, ground: &Ground, cores: crate::cores::Cores) -> Result<Grown> {
        let node = ground.start(cores).await?;
        let pid = node.server.pid();
        // Memory for candidates is not memory for connections: all of it is taken before.
        let tokens = ground.tokens(&node).await?;
        let half = self.connections / 2;
        let mut open = Vec::new();
        self.open(&mut open, &node.dialler, &tokens[..AT_ONCE]).await?;
        drop(std::mem::take(&mut open));
        let before = still(pid).await?;
        self.open(&mut open, &node.dialler, &tokens[..half]).await?;
        let used = usage::memory(pid)?;
        self.rest(ground, half).await?;
        let middle = still(pid).await?;
        self.open(&mut open, &node.dialler, &tokens[half..]).await?;
        self.rest(ground, self.connections).await?;
        let after = still(pid).await?;
        // They must all be alive still, else it was not memory for so many.
        for (connection, token) in open.iter_mut().zip(&tokens) {
            connection.get("/api/v1/sittings", token).await?;
        }
        ensure!(open.len() == self.connections, "{} connections stand", open.len());
        drop(open);
        node.server.stop()?;
        let each = |from: f64, to: f64, count: usize| (to - from) / count as f64;
        Ok(Grown {
            first: each(before.proportional_kb, middle.proportional_kb, half),
            second: each(
                middle.proportional_kb,
                after.proportional_kb,
                self.connections - half,
            ),
            all: each(before.proportional_kb, after.proportional_kb, self.connections),
            used: each(before.proportional_kb, used.proportional_kb, half),
            resident: each(before.resident_kb, after.resident_kb, self.connections),
        })
    }

    /// Waits until so many connections rest, by the node's own count.
    async fn rest(&self, ground: &Ground, count: usize) -> Result<()> {
        let metrics = format!("http://{}/metrics", ground.node.operator);
        eventually("all idle connections rest", PATIENCE, || async {
            let text = reqwest::get(&metrics).await.map_err(|error| error.to_string())?;
            let text = text.text().await.map_err(|error| error.to_string())?;
            let resting = text
                .lines()
                .find_map(|line| line.strip_prefix("pariksha_node_http_connections_resting "));
            match resting.and_then(|resting| resting.parse::<usize>().ok()) {
                Some(resting) if resting >= count => Ok(()),
                other => Err(format!("{other:?} of {count} rest")),
            }
        })
        .await
    }

    /// Connects, each with one request that its token opens.
    async fn open(
        &self,
        open: &mut Vec<Connection>,
        dialler: &crate::connection::Dialler,
        tokens: &[String],
    ) -> Result<()> {
        for tokens in tokens.chunks(AT_ONCE) {
            let dialled = tokens.iter().map(|token| async move {
                let mut connection = dialler.dial().await?;
                connection.get("/api/v1/sittings", token).await?;
                anyhow::Ok(connection)
            });
            open.extend(
                futures::future::try_join_all(dialled)
                    .await
                    .context("not all connect")?,
            );
        }
        Ok(())
    }
}

/// The memory once it stands still.
async fn still(pid: u32) -> Result<usage::Memory> {
    let mut last = usage::memory(pid)?;
    for _ in 0..LOOKS_MAX {
        tokio::time::sleep(STILL).await;
        let now = usage::memory(pid)?;
        if (now.proportional_kb - last.proportional_kb).abs() < 64.0 {
            return Ok(now);
        }
        last = now;
    }
    bail!(
        "the node's memory does not come to a stand: {} KB now",
        last.proportional_kb
    );
}
