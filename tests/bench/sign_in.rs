//! What a district's doors let through: full TLS handshakes, sign-ins on connections that stand, and both together as a
//! browser does them.

use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::time::Instant;

use crate::{
    Options,
    connection::Dialler,
    ground::Ground,
    load::{self, Expect, Turn},
    report::Report,
    session::Session,
    usage::Processor,
};

/// What is asked of it.
#[derive(Debug, clap::Args)]
pub(crate) struct SignIns {
    /// Connections that are made, or sign in, at a time.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Candidates who sign in, one after the other and again.
    #[arg(long, default_value_t = 6400)]
    candidates: u32,
}

/// Rate, and CPU time of the server for each.
struct Done {
    rate: f64,
    server_us: f64,
}

impl SignIns {
    pub(crate) async fn run(&self, options: &Options) -> Result<Report> {
        let cores = options.cores();
        let ground = Ground::with_candidates(self.candidates).await?;
        let node = ground.start(cores).await?;
        cores.hold_client()?;
        let signing = |sign_in| Session::signing_in(sign_in, &ground.answers);
        let sessions: Vec<Session> = ground.sign_ins.iter().map(signing).collect();
        let mut lanes = load::lanes(&node.dialler, self.connections, &sessions).await?;
        let (pid, time) = (node.server.pid(), options.turn());
        let (mut handshakes, mut sign_ins, mut both) = (Vec::new(), Vec::new(), Vec::new());
        for turn in 0..=options.turns {
            let of_handshakes = self.dials(&node.dialler, pid, time, &[]).await?;
            let of_sign_ins = load::turn(&mut lanes, pid, time, Expect::Ok).await?;
            let of_both = self.dials(&node.dialler, pid, time, &sessions).await?;
            if turn > 0 {
                handshakes.push(of_handshakes);
                sign_ins.push(Done::from(of_sign_ins));
                both.push(of_both);
            }
        }
        drop(lanes);
        node.server.stop()?;
        let mut report = Report::new(
            "sign-in",
            "Doors: full TLS 1.3 handshakes and sign-ins with access codes",
        );
        for (name, done) in [
            ("full TLS handshakes", handshakes),
            ("sign-ins on standing connections", sign_ins),
            ("handshake and sign-in", both),
        ] {
            report.series(name, "1/s", done.iter().map(|done| done.rate));
            report.series(
                format!("{name}: CPU of the server for each"),
                "µs",
                done.iter().map(|done| done.server_us),
            );
            report.series(
                format!("{name}: what the server's core could do"),
                "1/s",
                done.iter().map(|done| 1e6 / done.server_us),
            );
        }
        report.note("a handshake costs the client's core as much as the server's: what the server's core could do is by its CPU time");
        report.note("each sign-in is a record in the log, durable before it is answered");
        Ok(report)
    }

    /// Connections made and ended in a closed loop; on each a sign-in where sessions are given.
    async fn dials(
        &self,
        dialler: &Dialler,
        server: u32,
        time: Duration,
        sessions: &[Session],
    ) -> Result<Done> {
        let server = Processor::of(server)?;
        let begun = Instant::now();
        let loops = (0..self.connections).map(|lane| {
            let mut sessions: Vec<Session> = sessions
                .iter()
                .skip(lane)
                .step_by(self.connections)
                .cloned()
                .collect();
            async move {
                let mut request = Vec::new();
                let mut done = 0usize;
                while begun.elapsed() < time {
                    let mut connection = dialler.dial().await?;
                    if !sessions.is_empty() {
                        let count = sessions.len();
                        sessions[done % count].next_request(&mut request)?;
                        let answer = connection.exchange(&request).await?;
                        ensure!(
                            answer.status == 200,
                            "a sign-in was answered with {}",
                            answer.status
                        );
                    }
                    done += 1;
                }
                anyhow::Ok(done)
            }
        });
        let done: usize = futures::future::try_join_all(loops).await?.iter().sum();
        let seconds = begun.elapsed().as_secs_f64();
        let cpu = server.seconds()?;
        Ok(Done {
            rate: done as f64 / seconds,
            server_us: cpu * 1e6 / done as f64,
        })
    }
}

impl From<Turn> for Done {
    fn from(turn: Turn) -> Self {
        Self {
            rate: turn.rate,
            server_us: turn.server_us,
        }
    }
}
