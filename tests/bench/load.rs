//! The closed loop: so many connections, one request outstanding on each, the next as soon as its answer is there.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use tokio::time::Instant;

use crate::{
    connection::{Connection, Dialler},
    session::Session,
    usage::Processor,
};

/// One connection with the candidates who share it, one after the other.
pub(crate) struct Lane {
    connection: Connection,
    sessions: Vec<Session>,
    turn: usize,
}

/// What an answer must say.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expect {
    /// 200 is enough.
    Ok,
    /// That a record was written for it.
    Saved,
}

/// What came of one turn.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    pub(crate) answers: u64,
    /// Answers a second.
    pub(crate) rate: f64,
    /// Latencies in microseconds.
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    /// CPU time of the server for one answer, in microseconds.
    pub(crate) server_us: f64,
    /// Shares of one core.
    pub(crate) server_share: f64,
    pub(crate) client_share: f64,
}

/// Connects, and shares the sessions out.
pub(crate) async fn lanes(dialler: &Dialler, connections: usize, sessions: &[Session]) -> Result<Vec<Lane>> {
    ensure!(
        sessions.len() >= connections,
        "fewer candidates than connections: {} and {connections}",
        sessions.len()
    );
    let mut lanes = Vec::with_capacity(connections);
    for lane in 0..connections {
        let connection = dialler.dial().await?;
        let sessions = sessions.iter().skip(lane).step_by(connections).cloned().collect();
        lanes.push(Lane {
            connection,
            sessions,
            turn: 0,
        });
    }
    Ok(lanes)
}

/// One turn against the server with this process id.
pub(crate) async fn turn(lanes: &mut [Lane], server: u32, time: Duration, expect: Expect) -> Result<Turn> {
    let (server, client) = (Processor::of(server)?, Processor::of(std::process::id())?);
    let begun = Instant::now();
    let until = begun + time;
    let loops = lanes.iter_mut().map(|lane| lane.drive(until, expect));
    let latencies = futures::future::try_join_all(loops).await?;
    let seconds = begun.elapsed().as_secs_f64();
    let (server_cpu, client_cpu) = (server.seconds()?, client.seconds()?);
    let mut latencies = latencies.concat();
    latencies.sort_unstable();
    ensure!(!latencies.is_empty(), "no answer came in {time:?}");
    let at = |permille: usize| f64::from(latencies[(latencies.len() - 1) * permille / 1000]);
    let answers = latencies.len() as f64;
    Ok(Turn {
        answers: latencies.len() as u64,
        rate: answers / seconds,
        p50_us: at(500),
        p99_us: at(990),
        server_us: server_cpu * 1e6 / answers,
        server_share: server_cpu / seconds,
        client_share: client_cpu / seconds,
    })
}

impl Lane {
    /// One answer after the other; gives the latencies in microseconds.
    async fn drive(&mut self, until: Instant, expect: Expect) -> Result<Vec<u32>> {
        let mut latencies = Vec::with_capacity(8192);
        let mut request = Vec::with_capacity(1024);
        let mut now = Instant::now();
        while now < until {
            let count = self.sessions.len();
            self.sessions[self.turn % count].next_request(&mut request)?;
            self.turn += 1;
            let answer = self.connection.exchange(&request).await?;
            if answer.status != 200 || !expect.is_met(answer.body) {
                bail!("{} {}", answer.status, String::from_utf8_lossy(answer.body));
            }
            let then = std::mem::replace(&mut now, Instant::now());
            latencies.push(u32::try_from((now - then).as_micros()).unwrap_or(u32::MAX));
        }
        Ok(latencies)
    }

    /// The bytes of the next answer's body, to be imitated by the bare server.
    pub(crate) async fn probe(&mut self) -> Result<usize> {
        let mut request = Vec::new();
        self.sessions[0].next_request(&mut request)?;
        let answer = self.connection.exchange(&request).await?;
        ensure!(
            Expect::Saved.is_met(answer.body),
            "the probe was not saved: {}",
            answer.status
        );
        Ok(answer.body.len())
    }
}

impl Expect {
    fn is_met(self, body: &[u8]) -> bool {
        const SAVED: &[u8] = br#""state":"saved""#;
        match self {
            Self::Ok => true,
            Self::Saved => body.windows(SAVED.len()).any(|window| window == SAVED),
        }
    }
}
