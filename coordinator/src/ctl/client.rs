//! HTTPS to the ops API: the cluster's CA is the only one trusted, and the next URL is tried when one is down. A change
//! is sent to another coordinator only when the first never got it.

use std::time::Duration;

use reqwest::{Method, Response, Url, header};
use serde::{Serialize, de::DeserializeOwned};

use super::{context::Context, failure::Failure};
use crate::ops::shapes::ProblemBody;

/// How long a coordinator may take to answer the telephone.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a request may take: scoring 40,000 attempts is the longest.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(600);
/// The longest JSON answer that is read.
const ANSWER_BYTES_MAX: usize = 256 * 1024 * 1024;

/// The API of one cluster.
#[derive(Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    urls: Vec<Url>,
    token: String,
    officer: Option<String>,
}

/// What a request carries.
#[derive(Clone)]
pub(super) enum Body {
    Empty,
    Json(Vec<u8>),
    Csv(Vec<u8>),
    Bytes(bytes::Bytes),
}

impl Client {
    pub(super) fn new(context: &Context) -> Result<Self, Failure> {
        let ca = reqwest::Certificate::from_pem(context.ca.as_bytes()).map_err(|error| {
            Failure::Usage(format!("the context's CA certificate cannot be read: {error}"))
        })?;
        let http = reqwest::Client::builder()
            .tls_certs_only([ca])
            .https_only(true)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .build()
            .map_err(|error| Failure::Usage(format!("the context cannot be used: {error}")))?;
        Ok(Self {
            http,
            urls: context.urls.clone(),
            token: context.token.clone(),
            officer: None,
        })
    }

    /// The same with an officer's token beside the operators' own.
    pub(super) fn with_officer(self, token: &str) -> Self {
        Self {
            officer: Some(token.to_owned()),
            ..self
        }
    }

    /// Reads.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &[&str]) -> Result<T, Failure> {
        self.get_with(path, &[]).await
    }

    /// Reads, with a query.
    pub(super) async fn get_with<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, String)],
    ) -> Result<T, Failure> {
        decode(self.stream(path, query).await?).await
    }

    /// Reads something long, piece by piece.
    pub(super) async fn stream(&self, path: &[&str], query: &[(&str, String)]) -> Result<Response, Failure> {
        self.send(Method::GET, path, query, Body::Empty).await
    }

    /// Changes, with a JSON body.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &(impl Serialize + Sync),
    ) -> Result<T, Failure> {
        let json = serde_json::to_vec(body).map_err(|error| Failure::Other(error.to_string()))?;
        decode(self.send(Method::POST, path, &[], Body::Json(json)).await?).await
    }

    /// Changes, with a CSV file as the body.
    pub(super) async fn post_csv<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, String)],
        csv: Vec<u8>,
    ) -> Result<T, Failure> {
        decode(self.send(Method::POST, path, query, Body::Csv(csv)).await?).await
    }

    /// Changes, with a file as the body.
    pub(super) async fn post_file<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, String)],
        file: Vec<u8>,
    ) -> Result<T, Failure> {
        decode(
            self.send(Method::POST, path, query, Body::Bytes(file.into()))
                .await?,
        )
        .await
    }

    /// Changes, with a binary body. Only for what may be sent twice.
    pub(super) async fn post_bytes<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, String)],
        bytes: bytes::Bytes,
    ) -> Result<T, Failure> {
        decode(self.send(Method::POST, path, query, Body::Bytes(bytes)).await?).await
    }

    /// Removes.
    pub(super) async fn delete(&self, path: &[&str]) -> Result<(), Failure> {
        self.send(Method::DELETE, path, &[], Body::Empty).await.map(drop)
    }

    /// Tries the URLs in order. A read goes on after any failure to talk; a change only if it cannot have arrived.
    async fn send(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, String)],
        body: Body,
    ) -> Result<Response, Failure> {
        let mut problems = Vec::new();
        for base in &self.urls {
            let url = address(base, path, query);
            match self.request(method.clone(), url, body.clone()).send().await {
                Ok(response) if response.status().is_success() => return Ok(response),
                Ok(response) => {
                    let failure = refused(response).await;
                    if !matches!(failure, Failure::Unreachable(_)) || method != Method::GET {
                        return Err(failure);
                    }
                    problems.push(format!("{base}: {failure}"));
                }
                Err(error) => {
                    problems.push(format!("{base}: {}", sentence(&error)));
                    if method != Method::GET && !error.is_connect() {
                        problems.push(
                            "it is not known whether the change was made; look before you repeat it".into(),
                        );
                        break;
                    }
                }
            }
        }
        Err(Failure::Unreachable(format!(
            "no coordinator answered: {}",
            problems.join("; ")
        )))
    }

    fn request(&self, method: Method, url: Url, body: Body) -> reqwest::RequestBuilder {
        let request = self.http.request(method, url).bearer_auth(&self.token);
        let request = match &self.officer {
            Some(officer) => request.header("pariksha-officer", officer),
            None => request,
        };
        match body {
            Body::Empty => request,
            Body::Json(bytes) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(bytes),
            Body::Bytes(bytes) => request
                .header(header::CONTENT_TYPE, "application/octet-stream")
                .body(bytes),
            Body::Csv(bytes) => request.header(header::CONTENT_TYPE, "text/csv").body(bytes),
        }
    }
}

fn address(base: &Url, path: &[&str], query: &[(&str, String)]) -> Url {
    let mut url = base.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(["api", "v1"]).extend(path);
    }
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    url
}

async fn refused(response: Response) -> Failure {
    let status = response.status().as_u16();
    let bytes = bounded(response).await.unwrap_or_default();
    let problem = serde_json::from_slice(&bytes).unwrap_or_else(|_| ProblemBody {
        kind: "about:blank".into(),
        title: format!("HTTP {status}"),
        status,
        detail: "the server gave no reason; is this the ops API's address?".into(),
        errors: Vec::new(),
        retry_after_ms: None,
        more: std::collections::BTreeMap::new(),
    });
    Failure::from_problem(problem)
}

async fn decode<T: DeserializeOwned>(response: Response) -> Result<T, Failure> {
    let bytes = bounded(response).await?;
    // An empty answer stands for nothing.
    let text: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
    serde_json::from_slice(text).map_err(|error| {
        Failure::Other(format!(
            "the answer cannot be read: {error}; are both of one version?"
        ))
    })
}

async fn bounded(mut response: Response) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    while let Some(piece) = piece(&mut response).await? {
        if bytes.len() + piece.len() > ANSWER_BYTES_MAX {
            return Err(Failure::Other("the answer is longer than any should be".into()));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// The next piece of a long answer.
pub(super) async fn piece(response: &mut Response) -> Result<Option<bytes::Bytes>, Failure> {
    response
        .chunk()
        .await
        .map_err(|error| Failure::Unreachable(format!("the answer broke off: {}", sentence(&error))))
}

/// An error with its causes, which say more than its first line.
fn sentence(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
