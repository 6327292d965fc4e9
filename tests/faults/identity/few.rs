//! A few candidates who answer when they are told to, so that it is known at each moment what was acknowledged and what the
//! centre had of it.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, ensure};
use local::{
    plan::NodePlan,
    teacher::{Client, Given, any_response, submission_id},
};
use protocol::ids::ItemNo;
use rand::{rngs::StdRng, seq::IndexedRandom};
use rustix::process::Signal;
use tests::{
    cluster::eventually,
    crowd::{self, Memories, TRIES},
};

use super::BACK_MAX;
use crate::campaign::Campaign;

/// A few candidates who answer when they are told to.
pub(super) struct Few {
    pub(super) campaign: Campaign,
    pub(super) random: StdRng,
    pub(super) clients: BTreeMap<&'static str, Vec<(Client, u32)>>,
}

impl Few {
    pub(super) async fn start(
        name: &'static str,
        items: usize,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let campaign = Campaign::start_with(name, 2, items, settings).await?;
        let random = campaign.random();
        let mut clients: BTreeMap<&'static str, Vec<(Client, u32)>> = BTreeMap::new();
        for sign_in in &campaign.sign_ins {
            let mut client = crowd::client(crowd::addresses(&campaign.cluster, sign_in), sign_in)?;
            client.sign_in_surely(TRIES).await?;
            let seq = client.start_surely(campaign.sitting, TRIES).await?.next_seq;
            let node = campaign.cluster.nodes_of(&sign_in.district);
            let district = node.first().context("every district has a node")?.district;
            clients.entry(district).or_default().push((client, seq));
        }
        Ok(Self {
            campaign,
            random,
            clients,
        })
    }

    pub(super) fn node(&self, name: &str) -> anyhow::Result<NodePlan> {
        let nodes = self.campaign.cluster.plan.nodes();
        nodes
            .into_iter()
            .find(|node| node.name == name)
            .context("a node of the plan")
    }

    /// Each candidate of the district answers so many items.
    pub(super) async fn answer(&mut self, district: &str, count: usize) -> anyhow::Result<()> {
        let items: Vec<ItemNo> = self.campaign.exam.items.keys().copied().collect();
        for (client, seq) in self.clients.get_mut(district).context("a district")? {
            let mut responses = Vec::new();
            for item in items.choose_multiple(&mut self.random, count) {
                let kind = &self.campaign.exam.items[item].kind;
                responses.push(Given {
                    item: *item,
                    seq: *seq,
                    response: Some(any_response(kind, &mut self.random)),
                    marked: false,
                });
                *seq += 1;
            }
            let saved = client.save_surely(&responses, TRIES).await?;
            ensure!(saved.refused.is_empty(), "refused: {:?}", saved.refused);
        }
        Ok(())
    }

    /// Waits until the centre has all that the node acknowledged.
    pub(super) async fn delivered(&self, node: &NodePlan) -> anyhow::Result<()> {
        eventually("everything is delivered", BACK_MAX, || async {
            let status = self.campaign.cluster.node_status(node).await;
            let status = status.map_err(|error| error.to_string())?;
            let (head, delivered) = (&status["log"]["head"], &status["log"]["delivered"]);
            let lag = status["lag_seconds"].as_f64();
            if head == delivered && lag == Some(0.0) {
                Ok(())
            } else {
                Err(status["log"].to_string())
            }
        })
        .await
    }

    /// Waits until the node serves each candidate of its district with everything that was acknowledged.
    pub(super) async fn serves_everything(&mut self, node: &NodePlan) -> anyhow::Result<()> {
        let url = format!("http://localhost:{}", node.plain.port());
        for (client, _) in self.clients.get_mut(node.district).context("a district")? {
            while client.node() != url {
                client.fail_over();
            }
            let right = client.memory.responses();
            let client = &*client;
            eventually("the node serves everything", BACK_MAX, || async {
                let attempt = client.attempt().await.map_err(|error| format!("{error:?}"))?;
                let given: Vec<Given> = serde_json::from_value(attempt["responses"].clone())
                    .map_err(|error| error.to_string())?;
                let held: BTreeMap<_, _> = given
                    .into_iter()
                    .filter_map(|given| Some((given.item, given.response?)))
                    .collect();
                if held == right {
                    Ok(())
                } else {
                    Err(format!(
                        "candidate {}: {} of {} responses: {held:?}, right {right:?}",
                        client.memory.candidate,
                        held.len(),
                        right.len()
                    ))
                }
            })
            .await?;
        }
        Ok(())
    }

    /// SIGTERM, and waits until it has ended.
    pub(super) async fn stop(&self, name: &str) -> anyhow::Result<()> {
        self.campaign.cluster.signal(name, Signal::TERM).await?;
        eventually("the node has stopped", Duration::from_secs(20), || async {
            let running = self.campaign.cluster.process_ids().await;
            let runs = running.map_err(|error| error.to_string())?.contains_key(name);
            if runs { Err("it runs".to_owned()) } else { Ok(()) }
        })
        .await
    }

    pub(super) async fn log_of(&self, node: &NodePlan) -> anyhow::Result<String> {
        let status = self.campaign.cluster.node_status(node).await?;
        Ok(status["log"]["id"]
            .as_str()
            .context("a node names its log")?
            .to_owned())
    }

    /// Hands all in and gives the memories.
    pub(super) async fn hand_in(&mut self) -> anyhow::Result<Memories> {
        let mut memories = Memories::new();
        for (client, _) in self.clients.values_mut().flatten() {
            let submission = submission_id(&mut self.random);
            client.submit_surely(&submission, TRIES).await?;
            memories.insert(client.memory.candidate, client.memory.clone());
        }
        Ok(memories)
    }
}
