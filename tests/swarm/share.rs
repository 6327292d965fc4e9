//! One share of the teachers: a child process on one thread, so that descriptors and work are spread. Reads its orders,
//! lets its teachers sit, tells the parent each second how it goes, leaves what they were told in a file.

mod client;
mod connection;
mod meter;
mod shapes;
mod teacher;
mod tickets;
mod trouble;

use std::{io::Write, net::IpAddr, path::Path, process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context;
use daemon::Clock;
use rand::{SeedableRng, rngs::SmallRng};
use rustls::{ClientConfig, RootCertStore, client::Resumption};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior},
};

use self::{
    client::{Client, GRACE},
    meter::Meter,
    teacher::{Common, Teacher, Who},
    tickets::Tickets,
};
use crate::{
    message::{self, Line, NodeAddress, Orders, Outcome, TeacherOrders},
    timetable::Timetable,
};

/// The first argument of a share's process.
pub(crate) const ARGUMENT: &str = "as-share";

/// Runs a share to its end.
pub(crate) fn main(orders: &Path) -> ExitCode {
    match run(orders) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The parent may be gone; then nobody reads it.
            let _ = say(&Line::Failed(format!("{error:#}")));
            ExitCode::FAILURE
        }
    }
}

fn run(orders: &Path) -> anyhow::Result<()> {
    let orders: Orders = message::read(orders)?;
    end_with_parent();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("no runtime can be started")?;
    let outcome_file = orders.outcome.clone();
    let outcome = runtime.block_on(sit_all(orders))?;
    message::write(&outcome_file, &outcome)?;
    say(&Line::Done)
}

/// The parent holds the other end of standard input: when it dies, so does the share.
fn end_with_parent() {
    let watch = || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(1);
    };
    // Without the watch the share still works; it would only outlive a killed parent.
    let _ = std::thread::Builder::new()
        .name("parent-watch".into())
        .spawn(watch);
}

fn say(line: &Line) -> anyhow::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    let mut out = std::io::stdout().lock();
    out.write_all(&text)?;
    Ok(out.flush()?)
}

async fn sit_all(orders: Orders) -> anyhow::Result<Outcome> {
    let meter = Meter::default();
    let begins = begin(orders.begins_at_ms);
    let mut sitting = seat(orders, begins, &meter)?;
    let mut told = Vec::with_capacity(sitting.len());
    let mut clock = tokio::time::interval_at(begins + Duration::from_secs(1), Duration::from_secs(1));
    clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            sat = sitting.join_next() => match sat {
                Some(sat) => told.push(sat.context("a teacher's task ended with a panic")?),
                None => break,
            },
            _ = clock.tick() => say(&Line::Tick(Box::new(meter.readings().tick(second(begins))?)))?,
        }
    }
    say(&Line::Tick(Box::new(meter.readings().tick(second(begins) + 1)?)))?;
    let logs = std::mem::take(&mut meter.readings().logs);
    Ok(Outcome { logs, teachers: told })
}

/// The second that has just ended, from 0.
fn second(begins: Instant) -> u64 {
    begins.elapsed().as_secs().saturating_sub(1)
}

/// The beginning on this process's clock.
fn begin(at_ms: i64) -> Instant {
    let wait_ms = at_ms.saturating_sub(daemon::SystemClock.wall_ms());
    Instant::now() + Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0))
}

/// Puts every teacher on a task of their own.
fn seat(orders: Orders, begins: Instant, meter: &Meter) -> anyhow::Result<JoinSet<message::Told>> {
    let tls = tls_config(&orders.authority)?;
    let common = Arc::new(Common {
        kinds: orders.items.iter().cloned().collect(),
        look_max: Duration::from_secs_f64(orders.poll_seconds),
        look: Duration::from_secs_f64(orders.look_seconds),
        change_percent: orders.change_percent,
        mark_percent: orders.mark_percent,
    });
    let districts: Vec<Arc<[NodeAddress]>> = orders.districts.into_iter().map(Into::into).collect();
    let mut sitting = JoinSet::new();
    for teacher in orders.teachers {
        let slot = &orders.slots[usize::from(teacher.slot)];
        let seed = orders.seed ^ u64::from(teacher.candidate).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut random = SmallRng::seed_from_u64(seed);
        let timetable = Timetable::draw(&slot.hours, usize::from(u16::MAX) - 1, &mut random);
        let client = Client::new(
            Arc::clone(&districts[usize::from(teacher.district)]),
            teacher.node.into(),
            IpAddr::V4(teacher.address),
            own_memory(&tls),
            meter.clone(),
            begins + slot.hours.end() + GRACE,
        );
        let who = who(teacher, slot.sitting);
        let teacher = Teacher::new(Arc::clone(&common), client, who, seed.rotate_left(32));
        sitting.spawn(teacher.sit(begins, timetable));
    }
    Ok(sitting)
}

fn who(teacher: TeacherOrders, sitting: u32) -> Who {
    Who {
        candidate: teacher.candidate,
        code: teacher.code.into(),
        slot: teacher.slot,
        sitting,
    }
}

/// TLS as a browser does it, trusting the cluster's CA alone.
fn tls_config(authority: &str) -> anyhow::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
        roots.add(certificate.context("the CA's certificate cannot be read")?)?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The same for a teacher whose browser remembers its own sessions.
fn own_memory(config: &ClientConfig) -> Arc<ClientConfig> {
    let mut own = config.clone();
    own.resumption = Resumption::store(Arc::new(Tickets::default()));
    Arc::new(own)
}
