//! The candidate API over HTTP, with failover: a node that does not answer is left for the next one that was named.

mod surely;

use std::time::Duration;

use protocol::ids::{CandidateId, SittingId};
use reqwest::{Method, StatusCode};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{Given, Memory, Saved, SittingView, Started, Submitted};

/// How long a node may take to answer before the client tries another.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// One candidate's client.
pub struct Client {
    http: reqwest::Client,
    nodes: Vec<String>,
    at: usize,
    device: Option<u32>,
    token: String,
    sign_in_token: String,
    access_code: String,
    sitting: Option<SittingId>,
    /// What it was told.
    pub memory: Memory,
}

/// A problem as the node states it.
#[derive(Debug, Clone, Deserialize)]
pub struct Problem {
    /// `urn:pariksha:problem:<slug>`.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// What happened.
    #[serde(default)]
    pub detail: String,
    /// When to try again.
    pub retry_after_ms: Option<u64>,
}

/// Why a call gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// No node answered.
    #[error("no node answers: {0}")]
    Unreachable(#[from] reqwest::Error),
    /// The node said no.
    #[error("{status}: {} ({})", problem.detail, problem.kind)]
    Problem {
        /// The HTTP status.
        status: StatusCode,
        /// Its words.
        problem: Problem,
        /// The whole body.
        body: Value,
    },
}

impl Problem {
    /// The slug, `submitted` of `urn:pariksha:problem:submitted`.
    pub fn slug(&self) -> &str {
        self.kind.rsplit(':').next().unwrap_or_default()
    }
}

impl Refused {
    /// The problem's slug.
    pub fn slug(&self) -> &str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Problem { problem, .. } => problem.slug(),
        }
    }

    /// Whether the same call may succeed later or at another node: this one is busy, full or gone.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Problem { status, .. } => [
                StatusCode::TOO_MANY_REQUESTS,
                StatusCode::SERVICE_UNAVAILABLE,
                StatusCode::INSUFFICIENT_STORAGE,
            ]
            .contains(status),
        }
    }
}

#[derive(Deserialize)]
struct SignedIn {
    token: String,
    device: u32,
}

#[derive(Deserialize)]
struct Sittings {
    sittings: Vec<SittingView>,
}

impl Client {
    /// A client that knows these nodes (the first is tried first).
    pub fn new(http: reqwest::Client, nodes: Vec<String>, candidate: CandidateId, access_code: &str) -> Self {
        Self {
            http,
            nodes,
            at: 0,
            device: None,
            token: String::new(),
            sign_in_token: String::new(),
            access_code: access_code.to_owned(),
            sitting: None,
            memory: Memory {
                candidate,
                ..Memory::default()
            },
        }
    }

    /// An HTTP client that many candidates may share.
    pub fn http(ca_certificate: Option<&[u8]>) -> Result<reqwest::Client, reqwest::Error> {
        let builder = reqwest::Client::builder()
            .timeout(ANSWER_TIMEOUT)
            .pool_max_idle_per_host(1024);
        match ca_certificate {
            Some(pem) => builder
                .tls_certs_only([reqwest::Certificate::from_pem(pem)?])
                .build(),
            None => builder.build(),
        }
    }

    /// The node that is asked now.
    pub fn node(&self) -> &str {
        &self.nodes[self.at]
    }

    /// Goes on at the next node that is known.
    pub fn fail_over(&mut self) {
        self.at = (self.at + 1) % self.nodes.len();
    }

    /// The token in use.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Uses another token (tests forge them).
    pub fn set_token(&mut self, token: &str) {
        token.clone_into(&mut self.token);
    }

    /// Signs in.
    pub async fn sign_in(&mut self) -> Result<Vec<SittingView>, Refused> {
        let body = json!({ "candidate": self.memory.candidate, "access_code": self.access_code, "device": self.device });
        let answer: Value = self.call(Method::POST, "sign-in", Some(body)).await?;
        let signed_in: SignedIn = self.shape(&answer)?;
        self.device = Some(signed_in.device);
        self.token.clone_from(&signed_in.token);
        self.sign_in_token = signed_in.token;
        Ok(self.shape::<Sittings>(&answer)?.sittings)
    }

    /// The sittings as they are now.
    pub async fn sittings(&self) -> Result<Vec<SittingView>, Refused> {
        let answer: Value = self.call(Method::GET, "sittings", None).await?;
        Ok(self.shape::<Sittings>(&answer)?.sittings)
    }

    /// The sealed paper.
    pub async fn paper(&self, paper: &str) -> Result<Vec<u8>, Refused> {
        let url = format!("{}/api/v1/papers/{paper}", self.node());
        let answer = self.http.get(url).bearer_auth(&self.token).send().await?;
        if answer.status().is_success() {
            return Ok(answer.bytes().await?.to_vec());
        }
        Err(refused(answer.status(), answer.json().await.unwrap_or_default()))
    }

    /// Starts, or goes on with, the attempt; from now on its token is used.
    pub async fn start(&mut self, sitting: SittingId) -> Result<Started, Refused> {
        self.start_with(sitting, json!({})).await
    }

    /// Takes the attempt over from another device; an invigilator has unlocked it at the node in use.
    pub async fn take_over(&mut self, sitting: SittingId) -> Result<Started, Refused> {
        self.start_with(sitting, json!({ "move": true })).await
    }

    async fn start_with(&mut self, sitting: SittingId, body: Value) -> Result<Started, Refused> {
        // Until this is answered, the attempt's token stays in use: the node may be gone before it answers.
        let path = format!("sittings/{sitting}/start");
        let started: Started = self
            .call_with(&self.sign_in_token, Method::POST, &path, Some(body))
            .await?;
        self.token.clone_from(&started.token);
        self.sitting = Some(sitting);
        Ok(started)
    }

    /// Saves responses and remembers what was acknowledged; what was sent without an answer is remembered as unknown.
    pub async fn save(&mut self, responses: &[Given]) -> Result<Saved, Refused> {
        let body = json!({ "responses": responses });
        match self
            .call::<Saved>(Method::POST, "attempt/responses", Some(body))
            .await
        {
            Ok(saved) => {
                self.memory.note(responses, &saved);
                Ok(saved)
            }
            Err(error) => {
                if matches!(error, Refused::Unreachable(_)) {
                    self.memory.unknown.extend_from_slice(responses);
                }
                Err(error)
            }
        }
    }

    /// The attempt as the node holds it.
    pub async fn attempt(&self) -> Result<Value, Refused> {
        self.call(Method::GET, "attempt", None).await
    }

    /// Hands in, with the digest of what was acknowledged.
    pub async fn submit(&mut self, submission: &str) -> Result<Submitted, Refused> {
        let body = json!({ "submission": submission, "digest": self.memory.digest() });
        let submitted: Submitted = self.call(Method::POST, "attempt/submit", Some(body)).await?;
        self.memory.receipt = Some(submitted.receipt.clone());
        self.memory.reference = Some(submitted.reference.clone());
        Ok(submitted)
    }

    /// Any call of the API.
    pub async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<T, Refused> {
        self.call_with(&self.token, method, path, body).await
    }

    async fn call_with<T: DeserializeOwned>(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<T, Refused> {
        let mut request = self
            .http
            .request(method, format!("{}/api/v1/{path}", self.node()));
        if !token.is_empty() && path != "sign-in" {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        if answer.status().is_success() {
            return Ok(answer.json().await?);
        }
        Err(refused(answer.status(), answer.json().await.unwrap_or_default()))
    }

    fn shape<T: DeserializeOwned>(&self, value: &Value) -> Result<T, Refused> {
        serde_json::from_value(value.clone()).map_err(|error| Refused::Problem {
            status: StatusCode::OK,
            problem: Problem {
                kind: "urn:pariksha:problem:unexpected".into(),
                detail: format!("{} answered in another shape: {error}", self.node()),
                retry_after_ms: None,
            },
            body: value.clone(),
        })
    }
}

fn refused(status: StatusCode, body: Value) -> Refused {
    let problem = serde_json::from_value(body.clone()).unwrap_or_else(|_| Problem {
        kind: String::new(),
        detail: status.to_string(),
        retry_after_ms: None,
    });
    Refused::Problem {
        status,
        problem,
        body,
    }
}
