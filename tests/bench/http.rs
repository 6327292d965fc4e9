//! Durable answers a second over HTTPS against a bare server: the same client, the same requests, the same certificate,
//! cipher and core, turn by turn.

use anyhow::{Result, ensure};

use crate::{
    Options,
    bare::BareServer,
    connection::Dialler,
    ground::Ground,
    load::{self, Expect, Turn},
    logged,
    report::{Report, Spread},
};

/// The ratio that the design asks for.
const AIM: f64 = 0.70;

/// A server that is given less of its core is not what limits the rate.
const SHARE_LEAST: f64 = 0.8;

/// What is asked of it.
#[derive(Debug, clap::Args)]
pub(crate) struct Http {
    /// Keep-alive connections, one answer under way on each.
    #[arg(long, default_value_t = 64)]
    pub(crate) connections: usize,
    /// Candidates who share a connection, one answer each in turn.
    #[arg(long, default_value_t = 100)]
    pub(crate) candidates_per_connection: usize,
}

impl Http {
    pub(crate) async fn run(&self, options: &Options) -> Result<Report> {
        let cores = options.cores();
        let candidates = u32::try_from(self.connections * self.candidates_per_connection)?;
        eprintln!("enrolling {candidates} candidates");
        let ground = Ground::with_candidates(candidates).await?;
        let node = ground.start(cores).await?;
        cores.hold_client()?;
        eprintln!("signing them in");
        let sessions = ground.sessions(&node, &ground.sign_ins).await?;
        let mut answering = load::lanes(&node.dialler, self.connections, &sessions).await?;
        let body_bytes = answering[0].probe().await?;
        let bare = BareServer::start(cores, &ground.identity(), body_bytes)?;
        let dialler = Dialler::new(bare.address, &ground.certificate())?;
        let mut echoing = load::lanes(&dialler, self.connections, &sessions).await?;
        let (mut nodes, mut bares) = (Vec::new(), Vec::new());
        let mut acknowledged = 1;
        for turn in 0..=options.turns {
            let of_node =
                load::turn(&mut answering, node.server.pid(), options.turn(), Expect::Saved).await?;
            let of_bare = load::turn(&mut echoing, bare.pid(), options.turn(), Expect::Ok).await?;
            acknowledged += of_node.answers;
            eprintln!(
                "turn {turn}: {:.0} and {:.0} a second",
                of_node.rate, of_bare.rate
            );
            // The first warms up and does not count.
            if turn > 0 {
                nodes.push(of_node);
                bares.push(of_bare);
            }
        }
        drop((answering, echoing, bare));
        node.server.stop()?;
        let logged = logged::answers(&ground.node.data)?;
        ensure!(
            logged == acknowledged,
            "{acknowledged} answers were acknowledged and {logged} are in the log"
        );
        let mut report = self.report(&nodes, &bares);
        report.note(format!(
            "every one of {acknowledged} acknowledged answers is a record in the node's log, counted after it was stopped"
        ));
        report.note(format!(
            "answers are {body_bytes} bytes of JSON; {candidates} candidates; TLS 1.3, AES-128-GCM"
        ));
        Ok(report)
    }

    fn report(&self, nodes: &[Turn], bares: &[Turn]) -> Report {
        let title = format!(
            "Durable answers over HTTPS, {} connections, one answer a request",
            self.connections
        );
        let mut report = Report::new("http", title);
        for (name, turns) in [("node", nodes), ("bare hyper + rustls", bares)] {
            let of = |value: fn(&Turn) -> f64| turns.iter().map(value).collect::<Vec<_>>();
            report.series(format!("{name}: answers"), "1/s", of(|turn| turn.rate));
            report.series(format!("{name}: p50"), "µs", of(|turn| turn.p50_us));
            report.series(format!("{name}: p99"), "µs", of(|turn| turn.p99_us));
            report.series(
                format!("{name}: CPU of the server per answer"),
                "µs",
                of(|turn| turn.server_us),
            );
            report.series(
                format!("{name}: share of the server's core"),
                "cores",
                of(|turn| turn.server_share),
            );
            report.series(
                format!("{name}: share of the client's core"),
                "cores",
                of(|turn| turn.client_share),
            );
        }
        let busy = Spread::of(nodes.iter().chain(bares).map(|turn| turn.server_share)).least;
        if busy < SHARE_LEAST {
            report.note(format!(
                "the servers had as little as {busy:.2} of their core: something else ran there, and the ratio of CPU time says more than that of rates"
            ));
        }
        let pairs = || nodes.iter().zip(bares);
        report.ratio(
            "http/bare",
            Some(AIM),
            pairs().map(|(node, bare)| node.rate / bare.rate),
        );
        report.ratio(
            "http/bare by CPU time (less noisy)",
            None,
            pairs().map(|(node, bare)| bare.server_us / node.server_us),
        );
        report
    }
}
