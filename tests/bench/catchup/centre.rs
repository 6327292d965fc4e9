//! Asks each coordinator by itself how far it holds a log, as often as the measurement wants, without a process each time.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;
use tests::cluster::Cluster;

/// The coordinators' ops APIs.
pub(crate) struct Centre {
    http: reqwest::Client,
    urls: Vec<String>,
    token: String,
}

/// How far one coordinator has one log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Held {
    pub(crate) sequence: u64,
    pub(crate) hash: String,
    pub(crate) answered: u64,
}

impl Centre {
    pub(crate) fn of(cluster: &Cluster) -> Result<Self> {
        let context: Value = serde_json::from_slice(&std::fs::read(cluster.plan.ops_context())?)?;
        let text = |field: &str| {
            context[field]
                .as_str()
                .map(str::to_owned)
                .with_context(|| format!("ops.json has no {field}"))
        };
        let http = reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(text("ca")?.as_bytes())?])
            .no_proxy()
            .timeout(Duration::from_secs(30))
            .build()?;
        let urls = context["urls"].as_array().context("ops.json has no urls")?;
        Ok(Self {
            http,
            urls: urls
                .iter()
                .filter_map(|url| url.as_str().map(|url| url.trim_end_matches('/').to_owned()))
                .collect(),
            token: text("token")?,
        })
    }

    /// How far each coordinator has the log, in the order of the coordinators.
    pub(crate) async fn held(&self, log: &str) -> Result<Vec<Held>> {
        let mut all = Vec::new();
        for url in &self.urls {
            let answer = self
                .http
                .get(format!("{url}/api/v1/logs"))
                .bearer_auth(&self.token)
                .send()
                .await?
                .error_for_status()?;
            let rows: Vec<Value> = answer.json().await?;
            let row = rows.iter().find(|row| row["log"] == log);
            all.push(row.map_or_else(Held::default, |row| Held {
                sequence: row["sequence"].as_u64().unwrap_or_default(),
                hash: row["hash"].as_str().unwrap_or_default().to_owned(),
                answered: row["answered"].as_u64().unwrap_or_default(),
            }));
        }
        Ok(all)
    }
}
