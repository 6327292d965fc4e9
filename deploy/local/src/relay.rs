//! The lines of the local system: a UDP relay on each way from a node to a coordinator and before each node that has
//! peers. What the line's state says is done to every datagram, in silence, as a real line does: nobody is told.

use std::{collections::VecDeque, net::SocketAddr};

use anyhow::Context;
use daemon::Tasks;
use rand::Rng;
use tokio::{net::UdpSocket, time::Instant};

pub use crate::line::{Line, LineName, Lines};
use crate::{line::Way, plan::RelayPlan};

/// The greatest UDP datagram.
const DATAGRAM_BYTES_MAX: usize = 65_535;

/// Datagrams that a slow line holds; more are lost, as in any router.
const HELD_MAX: usize = 4096;

/// Starts a relay.
pub async fn start(plan: RelayPlan, lines: &Lines, tasks: &Tasks) -> anyhow::Result<()> {
    let near = UdpSocket::bind(plan.listen)
        .await
        .with_context(|| format!("the relay cannot bind {}", plan.listen))?;
    let far = UdpSocket::bind("127.0.0.1:0")
        .await
        .context("the relay cannot bind a port")?;
    far.connect(plan.to).await?;
    let relay = Relay {
        near,
        far,
        lines: lines.clone(),
        plan,
        speaker: None,
        held: VecDeque::new(),
    };
    tasks.spawn("relay", relay.carry(tasks.child_token()));
    Ok(())
}

/// The sockets' two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Near,
    Far,
}

/// A datagram on a slow line.
struct Held {
    due: Instant,
    to: Side,
    datagram: Vec<u8>,
}

struct Relay {
    near: UdpSocket,
    far: UdpSocket,
    lines: Lines,
    plan: RelayPlan,
    /// One node dials here, from one socket: the answer goes to whoever spoke last.
    speaker: Option<SocketAddr>,
    /// In the order of their being due: the delay is the same for all.
    held: VecDeque<Held>,
}

// === impl Relay ===

impl Relay {
    async fn carry(mut self, stop: daemon::CancellationToken) -> anyhow::Result<()> {
        let (mut up, mut down) = (vec![0; DATAGRAM_BYTES_MAX], vec![0; DATAGRAM_BYTES_MAX]);
        loop {
            let due = self.held.front().map(|held| held.due);
            // Errors here are what ICMP told of a closed port: the line itself is whole, so go on.
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                heard = self.near.recv_from(&mut up) => if let Ok((length, from)) = heard {
                    self.speaker = Some(from);
                    self.take(Side::Far, &up[..length]).await;
                },
                heard = self.far.recv(&mut down) => match heard {
                    Ok(length) => self.take(Side::Near, &down[..length]).await,
                    Err(_) => tokio::task::yield_now().await,
                },
                () = until(due) => self.release().await,
            }
        }
    }

    async fn take(&mut self, to: Side, datagram: &[u8]) {
        let way = if (to == Side::Near) == self.plan.home_dials {
            Way::ToHome
        } else {
            Way::FromHome
        };
        let dice = rand::rng().random_range(0..100);
        let delay = self.lines.get(self.plan.line).delay_of(way, dice);
        if delay.is_some() {
            self.lines.count(self.plan.line, way, datagram.len());
        }
        match delay {
            Some(delay) if delay.is_zero() && self.held.is_empty() => self.send(to, datagram).await,
            Some(delay) if self.held.len() < HELD_MAX => self.held.push_back(Held {
                due: Instant::now() + delay,
                to,
                datagram: datagram.to_vec(),
            }),
            // Lost.
            Some(_) | None => {}
        }
    }

    async fn release(&mut self) {
        if let Some(held) = self.held.pop_front() {
            self.send(held.to, &held.datagram).await;
        }
    }

    async fn send(&self, to: Side, datagram: &[u8]) {
        // A datagram that cannot be sent is lost, as on any line.
        match (to, self.speaker) {
            (Side::Far, _) => drop(self.far.send(datagram).await),
            (Side::Near, Some(speaker)) => drop(self.near.send_to(datagram, speaker).await),
            (Side::Near, None) => {}
        }
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn hears(socket: &UdpSocket) -> bool {
        let mut buffer = [0; 64];
        tokio::time::timeout(Duration::from_millis(300), socket.recv_from(&mut buffer))
            .await
            .is_ok()
    }

    struct Bench {
        centre: UdpSocket,
        node: UdpSocket,
        relay: SocketAddr,
        lines: Lines,
        tasks: Tasks,
    }

    async fn bench() -> Bench {
        let bind = || UdpSocket::bind("127.0.0.1:0");
        let centre = bind().await.unwrap();
        let relay = bind().await.unwrap().local_addr().unwrap();
        let plan = RelayPlan {
            line: LineName::Wan("mumbai"),
            home_dials: true,
            listen: relay,
            to: centre.local_addr().unwrap(),
        };
        let (lines, tasks) = (Lines::default(), Tasks::new(daemon::CancellationToken::new()));
        start(plan, &lines, &tasks).await.unwrap();
        Bench {
            node: bind().await.unwrap(),
            centre,
            relay,
            lines,
            tasks,
        }
    }

    #[tokio::test]
    async fn a_cut_line_carries_nothing_and_a_healed_one_carries_again() {
        let bench = bench().await;
        for (line, carried) in [(Line::Whole, true), (Line::Cut, false), (Line::Whole, true)] {
            assert!(bench.lines.set_wan("mumbai", line));
            bench.node.send_to(b"datagram", bench.relay).await.unwrap();
            assert_eq!(hears(&bench.centre).await, carried, "{line}");
        }
        assert!(bench.tasks.stop(Duration::from_secs(2)).await.is_clean());
    }

    #[tokio::test]
    async fn a_deaf_district_is_heard_and_hears_nothing() {
        let bench = bench().await;
        assert!(bench.lines.set_wan("mumbai", Line::Deaf));
        bench.node.send_to(b"one", bench.relay).await.unwrap();
        let (_, from) = bench.centre.recv_from(&mut [0; 64]).await.unwrap();
        bench.centre.send_to(b"answer", from).await.unwrap();
        assert!(!hears(&bench.node).await);
        assert!(bench.lines.set_wan("mumbai", Line::Mute));
        bench.node.send_to(b"two", bench.relay).await.unwrap();
        assert!(!hears(&bench.centre).await);
        bench.centre.send_to(b"answer", from).await.unwrap();
        assert!(hears(&bench.node).await);
        assert!(bench.tasks.stop(Duration::from_secs(2)).await.is_clean());
    }

    #[tokio::test]
    async fn a_slow_line_carries_everything_late_and_in_order() {
        let bench = bench().await;
        assert!(bench.lines.set_wan("mumbai", Line::Delay(200)));
        let sent = Instant::now();
        for number in 0..5_u8 {
            bench.node.send_to(&[number], bench.relay).await.unwrap();
        }
        for number in 0..5_u8 {
            let mut buffer = [0; 64];
            bench.centre.recv_from(&mut buffer).await.unwrap();
            assert_eq!(buffer[0], number);
        }
        assert!(sent.elapsed() >= Duration::from_millis(200));
        assert!(bench.tasks.stop(Duration::from_secs(2)).await.is_clean());
    }
}
