//! Whether an answer costs more the more attempts a node holds: nodes with a thousand, ten thousand and a hundred thousand
//! of them, beside one another on one core, turn by turn; the load goes round all attempts of each.

use anyhow::Result;

use crate::{
    Options,
    ground::{Ground, Node},
    load::{self, Expect, Lane, Turn},
    report::Report,
};

/// How much dearer the last may be: flat within 20 %.
const AIM: f64 = 0.8;

/// What is asked of it.
#[derive(Debug, clap::Args)]
pub(crate) struct Growth {
    /// Attempts of each node, ascending.
    #[arg(long, value_delimiter = ',', default_value = "1000,10000,100000")]
    attempts: Vec<usize>,
    /// Keep-alive connections to each.
    #[arg(long, default_value_t = 64)]
    connections: usize,
}

/// One node with its attempts.
struct Size {
    attempts: usize,
    node: Node,
    lanes: Vec<Lane>,
    turns: Vec<Turn>,
}

impl Growth {
    pub(crate) async fn run(&self, options: &Options) -> Result<Report> {
        let cores = options.cores();
        let most = self.attempts.iter().copied().max().unwrap_or_default();
        eprintln!("enrolling {most} candidates");
        let ground = Ground::with_candidates(u32::try_from(most)?).await?;
        cores.hold_client()?;
        let mut sizes = Vec::new();
        for &attempts in &self.attempts {
            let node = ground.start_copy(&format!("node-{attempts}"), cores).await?;
            eprintln!("starting {attempts} attempts");
            let sessions = ground.sessions(&node, &ground.sign_ins[..attempts]).await?;
            sizes.push(Size {
                attempts,
                lanes: load::lanes(&node.dialler, self.connections, &sessions).await?,
                node,
                turns: Vec::new(),
            });
        }
        for turn in 0..=options.turns {
            for size in &mut sizes {
                let turned = load::turn(
                    &mut size.lanes,
                    size.node.server.pid(),
                    options.turn(),
                    Expect::Saved,
                )
                .await?;
                // The first warms up and does not count.
                if turn > 0 {
                    size.turns.push(turned);
                }
            }
        }
        Ok(figures(&sizes))
    }
}

fn figures(sizes: &[Size]) -> Report {
    let mut report = Report::new("growth", "Time per answer by the number of attempts in one node");
    for Size { attempts, turns, .. } in sizes {
        report.series(
            format!("{attempts} attempts: answers"),
            "1/s",
            turns.iter().map(|turn| turn.rate),
        );
        let name = format!("{attempts} attempts: CPU of the server per answer");
        report.series(name, "µs", turns.iter().map(|turn| turn.server_us));
    }
    if let (Some(few), Some(many)) = (sizes.first(), sizes.last()) {
        let pairs = || few.turns.iter().zip(&many.turns);
        report.ratio(
            "growth/rate",
            Some(AIM),
            pairs().map(|(few, many)| many.rate / few.rate),
        );
        report.ratio(
            "growth/CPU time (less noisy)",
            Some(AIM),
            pairs().map(|(few, many)| few.server_us / many.server_us),
        );
    }
    report
        .note("1.0 is flat; all attempts were started by their candidates and each is answered in its turn");
    report
}
