//! The pace of an exam: real clients save one answer after the other at one node, whose link the relay counts.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use anyhow::{Context, Result};
use local::teacher::{Client, Given, any_response};
use protocol::ids::ItemNo;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tests::{cluster::eventually, crowd};
use tokio::time::{Instant, sleep, sleep_until};

use super::district::District;

/// Clients that save; each as often as it takes.
const CLIENTS: u32 = 200;

/// The link before anybody answers: so long it is watched.
const IDLE: Duration = Duration::from_secs(10);

/// Saves at a pace and says what each cost on the WAN.
pub(crate) async fn run(district: &District, pace: u32, seconds: u64, seed: u64) -> Result<Value> {
    let few = &district.sign_ins[..CLIENTS as usize];
    let address = vec![format!("http://localhost:{}", district.node.plain.port())];
    eventually(
        "the node can start the sitting",
        Duration::from_secs(60),
        || async {
            let mut client = crowd::client(address.clone(), &few[0]).map_err(|error| error.to_string())?;
            let sittings = client.sign_in().await.map_err(|error| error.to_string())?;
            let is_ready = sittings
                .iter()
                .any(|view| view.id == district.sitting && view.released);
            is_ready.then_some(()).ok_or_else(|| format!("{sittings:?}"))
        },
    )
    .await?;
    let mut clients = Vec::new();
    for one in few {
        let mut client = crowd::client(address.clone(), one)?;
        client.sign_in_surely(crowd::TRIES).await?;
        let started = client.start_surely(district.sitting, crowd::TRIES).await?;
        clients.push((client, started.next_seq));
    }
    let (log, head) = district.log().await?;
    district.held_by_all(log, head).await?;
    let before = district.reading().await?;
    sleep(IDLE).await;
    let idle = before.until(&district.reading().await?);
    let idle_per_second = idle.wan_bytes() as f64 / IDLE.as_secs_f64();
    let saved = AtomicU64::new(0);
    let before = district.reading().await?;
    let begun = Instant::now();
    let until = begun + Duration::from_secs(seconds);
    let every = Duration::from_secs_f64(f64::from(CLIENTS) / f64::from(pace));
    let saving = clients.into_iter().zip(0..).map(|((client, seq), number)| {
        let mut random = StdRng::seed_from_u64(seed + number);
        let first = begun + every.mul_f64(random.random());
        save(district, client, seq, (first, every, until), random, &saved)
    });
    futures::future::try_join_all(saving).await?;
    let (log, head) = district.log().await?;
    district.held_by_all(log, head).await?;
    let took = begun.elapsed().as_secs_f64();
    let used = before.until(&district.reading().await?);
    let saved = saved.into_inner();
    let per_answer = used.wan_bytes() as f64 / saved as f64;
    println!(
        "\nsteady: {saved} answers in {took:.1} s ({:.0} a second) at one node",
        saved as f64 / took
    );
    println!(
        "WAN: {per_answer:.1} bytes an answer; up {} datagrams, {} bytes; down {} datagrams, {} bytes; idle {idle_per_second:.0} bytes/s",
        used.up.datagrams, used.up.bytes, used.down.datagrams, used.down.bytes
    );
    println!("processor seconds: {}", used.cpu_text());
    Ok(json!({
        "answers": saved, "answers_per_second": saved as f64 / took, "wan_bytes_per_answer": per_answer,
        "idle_bytes_per_second": idle_per_second, "up": used.up, "down": used.down, "cpu_seconds": used.cpu_seconds,
    }))
}

/// One client: an answer at each of its times, whether or not the one before was slow.
async fn save(
    district: &District,
    mut client: Client,
    mut seq: u32,
    (first, every, until): (Instant, Duration, Instant),
    mut random: StdRng,
    saved: &AtomicU64,
) -> Result<()> {
    let items: Vec<ItemNo> = district.exam.items.keys().copied().collect();
    let mut due = first;
    while due < until {
        sleep_until(due).await;
        due += every;
        let item = items[random.random_range(0..items.len())];
        let response = any_response(&district.exam.items[&item].kind, &mut random);
        let given = Given {
            item,
            seq,
            response: Some(response),
            marked: false,
        };
        seq += 1;
        let told = client.save_surely(&[given], crowd::TRIES).await.context("save")?;
        saved.fetch_add(told.acknowledged.len() as u64, Ordering::Relaxed);
    }
    Ok(())
}
