//! The node beside others who do the same durable work: one answer, one row, one commit, on the same disk and core, turn
//! by turn. Everybody keeps the defaults that they are installed with, but where those are not durable.

mod etcd;
mod express;
mod nats;
mod postgres;
mod redis;

use std::{path::Path, time::Duration};

use anyhow::{Result, ensure};

use crate::{
    Options,
    cores::Cores,
    ground::{Ground, Node},
    load::{self, Expect, Lane},
    logged,
    report::{Report, Spread},
    session::Session,
};

/// Connections or clients of each, where nothing else is said.
const CLIENTS: usize = 64;
/// The second figure for whoever gains from more.
const CLIENTS_MANY: usize = 512;

/// What is asked of it.
#[derive(Debug, clap::Args)]
pub(crate) struct Peers {
    /// Only these: express, postgres, redis, etcd, nats.
    #[arg(long, value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Candidates, shared by all connections.
    #[arg(long, default_value_t = 6400)]
    pub(crate) candidates: u32,
}

/// One of them, running.
pub(crate) enum Peer {
    Express(express::Express),
    Postgres(postgres::Pgbench),
    Redis(redis::Clients),
    Etcd(etcd::Etcd),
    Nats(nats::Nats),
}

/// One row of the comparison.
struct Contestant {
    key: &'static str,
    name: String,
    /// How many times its rate the node's is to be, with the same number of clients.
    aim: Option<f64>,
    clients: usize,
    peer: Peer,
    rates: Vec<f64>,
}

/// The node with one number of connections.
struct Own {
    clients: usize,
    lanes: Vec<Lane>,
    rates: Vec<f64>,
}

impl Peers {
    pub(crate) async fn run(&self, options: &Options) -> Result<Report> {
        let cores = options.cores();
        eprintln!("enrolling {} candidates", self.candidates);
        let ground = Ground::with_candidates(self.candidates).await?;
        let node = ground.start(cores).await?;
        cores.hold_client()?;
        let sessions = ground.sessions(&node, &ground.sign_ins).await?;
        let directory = tempfile::Builder::new().prefix("pariksha-peers-").tempdir()?;
        let mut report = Report::new(
            "peers",
            "The same durable work, one answer a request, done by others",
        );
        let mut contestants = self
            .contestants(cores, directory.path(), &ground, &sessions, &mut report)
            .await?;
        let mut own = own(&node, &sessions).await?;
        let mut acknowledged = 0;
        for turn in 0..=options.turns {
            for own in &mut own {
                let turned =
                    load::turn(&mut own.lanes, node.server.pid(), options.turn(), Expect::Saved).await?;
                acknowledged += turned.answers;
                own.rates.push(turned.rate);
            }
            for contestant in &mut contestants {
                let rate = contestant.peer.turn(options.turn()).await?;
                contestant.rates.push(rate);
            }
            eprintln!("turn {turn} of {}", options.turns);
        }
        drop(own.iter_mut().map(|own| own.lanes.clear()).collect::<Vec<()>>());
        node.server.stop()?;
        let logged = logged::answers(&ground.node.data)?;
        ensure!(
            logged == acknowledged,
            "{acknowledged} answers were acknowledged and {logged} are in the log"
        );
        for contestant in &mut contestants {
            contestant.peer.verify().await?;
        }
        figures(&mut report, &own, &contestants);
        Ok(report)
    }

    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }

    /// Starts all that are wanted and installed; says of the others that they are left out.
    async fn contestants(
        &self,
        cores: Cores,
        directory: &Path,
        ground: &Ground,
        sessions: &[Session],
        report: &mut Report,
    ) -> Result<Vec<Contestant>> {
        let mut all = self.on_postgres(cores, directory, ground, sessions).await?;
        if self.wants("redis")
            && let Some(server) = redis::Redis::start(cores, directory).await?
        {
            let name = "Redis XADD, appendfsync always";
            for (key, clients) in [("redis-64", CLIENTS), ("redis-512", CLIENTS_MANY)] {
                let peer = Peer::Redis(server.clients(cores, clients));
                all.push(Contestant::new(key, name, Some(1.0), clients, peer));
            }
        }
        if self.wants("etcd")
            && let Some(etcd) = etcd::Etcd::start(cores, directory, sessions, CLIENTS).await?
        {
            let name = "etcd put by its JSON gateway";
            all.push(Contestant::new("etcd", name, None, CLIENTS, Peer::Etcd(etcd)));
        }
        if self.wants("nats")
            && let Some(nats) = nats::Nats::start(cores, directory, CLIENTS).await?
        {
            let name = "NATS JetStream publish";
            all.push(Contestant::new("nats", name, None, CLIENTS, Peer::Nats(nats)));
            report.note("NATS JetStream acknowledges before it syncs (every 2 minutes by default): a power cut loses what it acknowledged");
        }
        for name in ["express", "postgres", "redis", "etcd", "nats"] {
            let is_here = all.iter().any(|one| one.key.starts_with(name));
            if !is_here && self.wants(name) {
                report.note(format!("left out, not installed here: {name}"));
            }
        }
        Ok(all)
    }

    /// Those who share one PostgreSQL.
    async fn on_postgres(
        &self,
        cores: Cores,
        directory: &Path,
        ground: &Ground,
        sessions: &[Session],
    ) -> Result<Vec<Contestant>> {
        let mut all = Vec::new();
        if !self.wants("express") && !self.wants("postgres") {
            return Ok(all);
        }
        let Some(database) = postgres::Database::start(cores, directory).await? else {
            return Ok(all);
        };
        if self.wants("express")
            && let Some(express) =
                express::Express::start(cores, directory, &database, ground, sessions).await?
        {
            let name = "Express + pg, HTTPS, pool of 20";
            all.push(Contestant::new(
                "express",
                name,
                Some(20.0),
                CLIENTS,
                Peer::Express(express),
            ));
        }
        if self.wants("postgres") {
            let peer = Peer::Postgres(database.pgbench(cores, CLIENTS)?);
            let name = "PostgreSQL INSERT by pgbench";
            all.push(Contestant::new("postgres", name, Some(3.0), CLIENTS, peer));
        }
        Ok(all)
    }
}

impl Contestant {
    fn new(key: &'static str, name: &str, aim: Option<f64>, clients: usize, peer: Peer) -> Self {
        Self {
            key,
            name: format!("{name}, {clients} clients"),
            aim,
            clients,
            peer,
            rates: Vec::new(),
        }
    }
}

/// The node's connections; no candidate answers on two of them.
async fn own(node: &Node, sessions: &[Session]) -> Result<[Own; 2]> {
    let (few, many) = sessions.split_at(sessions.len() / 2);
    let own = async |clients, sessions| {
        anyhow::Ok(Own {
            clients,
            lanes: load::lanes(&node.dialler, clients, sessions).await?,
            rates: Vec::new(),
        })
    };
    Ok([own(CLIENTS, few).await?, own(CLIENTS_MANY, many).await?])
}

fn figures(report: &mut Report, own: &[Own; 2], contestants: &[Contestant]) {
    // The first turn warms up and does not count.
    let counted = |rates: &[f64]| rates[1..].to_vec();
    for own in own {
        let name = format!("node, HTTPS, {} connections", own.clients);
        report.series(name, "1/s", counted(&own.rates));
    }
    for contestant in contestants {
        report.series(contestant.name.clone(), "1/s", counted(&contestant.rates));
    }
    for contestant in contestants {
        let Some(own) = own.iter().find(|own| own.clients == contestant.clients) else {
            continue;
        };
        let pairs = counted(&own.rates).into_iter().zip(counted(&contestant.rates));
        let key = format!("peers/{}", contestant.key);
        report.ratio(key, contestant.aim, pairs.map(|(own, other)| own / other));
    }
    let slowest = own.iter().map(|own| Spread::of(counted(&own.rates)).least);
    let slowest = slowest.fold(f64::INFINITY, f64::min);
    report.note(format!(
        "the node does TLS, HTTP, JSON, the token and the exam's rules for each answer; its slowest turn was {slowest:.0}/s"
    ));
}

impl Peer {
    /// Durable rows a second in one turn.
    async fn turn(&mut self, time: Duration) -> Result<f64> {
        match self {
            Self::Express(express) => express.turn(time).await,
            Self::Postgres(pgbench) => pgbench.turn(time),
            Self::Redis(clients) => clients.turn(time),
            Self::Etcd(etcd) => etcd.turn(time).await,
            Self::Nats(nats) => nats.turn(time).await,
        }
    }

    /// That what it acknowledged is there.
    async fn verify(&mut self) -> Result<()> {
        match self {
            Self::Express(express) => express.verify(),
            Self::Postgres(pgbench) => pgbench.verify(),
            Self::Redis(clients) => clients.verify(),
            Self::Etcd(etcd) => etcd.verify().await,
            Self::Nats(nats) => nats.verify().await,
        }
    }
}
