//! The WAN of the local system: a UDP relay on each way from a node to a coordinator. Cutting a district drops every
//! datagram of its relays, in both directions, as a cut line does: nobody is told.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::Context;
use daemon::Tasks;
use tokio::net::UdpSocket;

use crate::plan::{DISTRICTS, RelayPlan};

/// The greatest UDP datagram.
const DATAGRAM_BYTES_MAX: usize = 65_535;

/// The switches of the districts' lines.
#[derive(Debug, Clone)]
pub struct Wan {
    cut: Arc<BTreeMap<&'static str, AtomicBool>>,
}

impl Default for Wan {
    fn default() -> Self {
        Self {
            cut: Arc::new(
                DISTRICTS
                    .iter()
                    .map(|(district, _)| (*district, AtomicBool::new(false)))
                    .collect(),
            ),
        }
    }
}

impl Wan {
    /// Cuts (or heals) a district's line. `false` when there is no such district.
    #[must_use]
    pub fn set(&self, district: &str, line: Line) -> bool {
        self.cut
            .get(district)
            .map(|cut| cut.store(line == Line::Cut, Ordering::Relaxed))
            .is_some()
    }

    /// How a district's line is.
    pub fn line(&self, district: &str) -> Line {
        let cut = self
            .cut
            .get(district)
            .is_some_and(|cut| cut.load(Ordering::Relaxed));
        if cut { Line::Cut } else { Line::Whole }
    }
}

/// The state of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Line {
    /// It carries.
    Whole,
    /// It drops everything.
    Cut,
}

/// Starts a relay.
pub async fn start(plan: RelayPlan, wan: &Wan, tasks: &Tasks) -> anyhow::Result<()> {
    let near = UdpSocket::bind(plan.listen)
        .await
        .with_context(|| format!("the WAN relay cannot bind {}", plan.listen))?;
    let far = UdpSocket::bind("127.0.0.1:0")
        .await
        .context("the WAN relay cannot bind a port")?;
    far.connect(plan.to).await?;
    tasks.spawn(
        "wan-relay",
        carry(near, far, wan.clone(), plan.district, tasks.child_token()),
    );
    Ok(())
}

async fn carry(
    near: UdpSocket,
    far: UdpSocket,
    wan: Wan,
    district: &'static str,
    stop: daemon::CancellationToken,
) -> anyhow::Result<()> {
    let (mut up, mut down) = (vec![0; DATAGRAM_BYTES_MAX], vec![0; DATAGRAM_BYTES_MAX]);
    // A node has one socket: the answer goes to whoever spoke last.
    let mut speaker: Option<SocketAddr> = None;
    loop {
        // Errors here are what ICMP told of a closed port: the line itself is whole, so go on.
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            heard = near.recv_from(&mut up) => if let Ok((length, from)) = heard {
                speaker = Some(from);
                if wan.line(district) == Line::Whole {
                    let _ = far.send(&up[..length]).await;
                }
            },
            heard = far.recv(&mut down) => match (heard, speaker) {
                (Ok(length), Some(to)) if wan.line(district) == Line::Whole => {
                    let _ = near.send_to(&down[..length], to).await;
                }
                (Err(_), _) => tokio::task::yield_now().await,
                _ => {}
            },
        }
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

    #[tokio::test]
    async fn a_cut_line_carries_nothing_and_a_healed_one_carries_again() {
        let centre = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let free = UdpSocket::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap();
        let plan = RelayPlan {
            district: "mumbai",
            listen: free,
            to: centre.local_addr().unwrap(),
        };
        let (wan, tasks) = (Wan::default(), Tasks::new(daemon::CancellationToken::new()));
        start(plan, &wan, &tasks).await.unwrap();
        let node = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        node.send_to(b"one", free).await.unwrap();
        assert!(hears(&centre).await);
        assert!(wan.set("mumbai", Line::Cut));
        node.send_to(b"two", free).await.unwrap();
        assert!(!hears(&centre).await);
        assert!(wan.set("mumbai", Line::Whole));
        node.send_to(b"three", free).await.unwrap();
        assert!(hears(&centre).await);
        assert!(!wan.set("atlantis", Line::Cut));
        assert!(tasks.stop(Duration::from_secs(2)).await.is_clean());
    }
}
