//! Twice the load that a node can sustain: how many answers it still saves, against its peak. Clients come by the clock
//! whether or not the node keeps up, and do what a 503 says: wait, and come again.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::Instant;

use crate::{
    Options,
    connection::{Connection, Dialler},
    ground::Ground,
    load::{self, Expect},
    report::Report,
    session::Session,
};

/// The part of the peak that the design asks for.
const AIM: f64 = 0.90;

/// Candidates who share a connection while the peak is measured: one alone may not save so often.
const SHARING: usize = 16;

/// What is asked of it.
#[derive(Debug, clap::Args)]
pub(crate) struct Overload {
    /// Connections that measure the peak.
    #[arg(long, default_value_t = 256)]
    peak_connections: usize,
    /// Candidates who come at twice the peak, one connection each: more than the node takes requests at once.
    #[arg(long, default_value_t = 4_096)]
    candidates: u32,
    /// How many times the peak is asked for.
    #[arg(long, default_value_t = 2.0)]
    times: f64,
}

/// One candidate, by the clock.
struct Comer {
    connection: Connection,
    session: Session,
}

/// What came of one or many.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    sent: u64,
    saved: u64,
    refused: u64,
    slowest: Duration,
}

impl Overload {
    pub(crate) async fn run(&self, options: &Options) -> Result<Report> {
        let cores = options.cores();
        let peakers = u32::try_from(self.peak_connections * SHARING)?;
        let ground = Ground::with_candidates(peakers + self.candidates).await?;
        let node = ground.start(cores).await?;
        cores.hold_client()?;
        let sessions = ground.sessions(&node, &ground.sign_ins).await?;
        let (for_peak, for_flood) = sessions.split_at(self.peak_connections * SHARING);
        let mut steady = load::lanes(&node.dialler, self.peak_connections, for_peak).await?;
        let mut comers = comers(&node.dialler, for_flood).await?;
        let (mut peaks, mut floods) = (Vec::new(), Vec::new());
        for turn in 0..=options.turns {
            let peak = load::turn(&mut steady, node.server.pid(), options.turn(), Expect::Saved).await?;
            let period = Duration::from_secs_f64(comers.len() as f64 / (self.times * peak.rate));
            let begun = Instant::now();
            let until = begun + options.turn();
            let coming = comers.iter_mut().enumerate().map(|(place, comer)| {
                // Evenly over the first period.
                let first = begun + period.mul_f64((place % 1024) as f64 / 1024.0);
                comer.come(first, period, until)
            });
            let counts = futures::future::try_join_all(coming).await?;
            let seconds = begun.elapsed().as_secs_f64();
            let all = counts.into_iter().fold(Counts::default(), Counts::and);
            eprintln!("turn {turn}: peak {:.0} a second; {all:?}", peak.rate);
            if turn > 0 {
                peaks.push(peak.rate);
                floods.push((all, seconds));
            }
        }
        drop((steady, comers));
        node.server.stop()?;
        Ok(self.report(&peaks, &floods))
    }

    fn report(&self, peaks: &[f64], floods: &[(Counts, f64)]) -> Report {
        let title = format!(
            "Served at {} times the sustainable load, {} candidates",
            self.times, self.candidates
        );
        let mut report = Report::new("overload", title);
        let of = |value: fn(&Counts) -> u64| {
            let rates = floods
                .iter()
                .map(|(counts, seconds)| value(counts) as f64 / seconds);
            rates.collect::<Vec<_>>()
        };
        report.series("peak: answers saved", "1/s", peaks.to_vec());
        report.series("overload: requests sent", "1/s", of(|counts| counts.sent));
        report.series("overload: answers saved", "1/s", of(|counts| counts.saved));
        report.series("overload: sent away with 503", "1/s", of(|counts| counts.refused));
        let slowest = floods
            .iter()
            .map(|(counts, _)| counts.slowest.as_secs_f64() * 1e3);
        report.series("overload: slowest answer", "ms", slowest.collect::<Vec<_>>());
        let saved = of(|counts| counts.saved);
        report.ratio(
            "overload/peak",
            Some(AIM),
            saved.iter().zip(peaks).map(|(saved, peak)| saved / peak),
        );
        report
    }
}

async fn comers(dialler: &Dialler, sessions: &[Session]) -> Result<Vec<Comer>> {
    let mut comers = Vec::with_capacity(sessions.len());
    for session in sessions {
        comers.push(Comer {
            connection: dialler.dial().await?,
            session: session.clone(),
        });
    }
    Ok(comers)
}

impl Comer {
    /// One answer each period, or as soon as the one before it is settled.
    async fn come(&mut self, first: Instant, period: Duration, until: Instant) -> Result<Counts> {
        let mut counts = Counts::default();
        let mut request = Vec::new();
        let mut due = first;
        self.session.next_request(&mut request)?;
        while due < until {
            tokio::time::sleep_until(due).await;
            let sent = Instant::now();
            let answer = self.connection.exchange(&request).await?;
            counts.sent += 1;
            counts.slowest = counts.slowest.max(sent.elapsed());
            due += period;
            match answer.status {
                200 => {
                    counts.saved += 1;
                    self.session.next_request(&mut request)?;
                }
                503 => {
                    counts.refused += 1;
                    // The same answer comes again when the node said so.
                    due = due.max(sent + wait_of(answer.body)?);
                }
                status => bail!("{status} {}", String::from_utf8_lossy(answer.body)),
            }
        }
        Ok(counts)
    }
}

fn wait_of(body: &[u8]) -> Result<Duration> {
    let problem: serde_json::Value = serde_json::from_slice(body)?;
    let Some(wait_ms) = problem["retry_after_ms"].as_u64() else {
        bail!("a 503 without a time to come again: {problem}");
    };
    Ok(Duration::from_millis(wait_ms))
}

impl Counts {
    fn and(self, other: Self) -> Self {
        Self {
            sent: self.sent + other.sent,
            saved: self.saved + other.saved,
            refused: self.refused + other.refused,
            slowest: self.slowest.max(other.slowest),
        }
    }
}
