//! Serves one paper to a browser on this machine. The address holds a secret, so that other users of the machine cannot
//! open it, and requests under another host name are refused, so that no page of elsewhere can read it through a name of
//! its own. Nothing is written anywhere.

use std::{collections::HashMap, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use protocol::paper::Paper;
use tokio::net::TcpListener;
use tower::limit::GlobalConcurrencyLimitLayer;

use crate::ctl::failure::Failure;

/// Requests at a time; a browser makes a dozen.
const REQUESTS_MAX: usize = 64;
const SECRET_BYTES: usize = 16;
const PAPER: &str = "paper.json";
/// The frame in which the page's own modules show the questions; the first is what the address itself gives.
const FRAME: [(&str, &str); 2] = [
    ("", include_str!("frame.html")),
    ("preview.js", include_str!("preview.js")),
];
/// As a node has it, without the district's other nodes.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A server that listens and does not answer yet.
pub(super) struct Server {
    listener: TcpListener,
    address: SocketAddr,
    served: Arc<Served>,
}

struct Served {
    /// Where the page stands: `/SECRET/`.
    folder: String,
    /// What the browser must call this machine.
    host: String,
    files: HashMap<&'static str, Bytes>,
}

impl Server {
    /// Listens on a free port of this machine only.
    pub(super) async fn bind(paper: &Paper) -> Result<Self, Failure> {
        let failed = |error| Failure::Other(format!("cannot listen on this machine: {error}"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let json = serde_json::to_vec(paper).map_err(|error| Failure::Other(error.to_string()))?;
        // What the preview shows is what candidates will see: by the same modules.
        let page = page::FILES.iter().map(|file| (file.name, file.plain));
        let frame = FRAME.iter().map(|(name, text)| (*name, text.as_bytes()));
        let fixed = page.chain(frame);
        let mut files: HashMap<_, _> = fixed
            .map(|(name, bytes)| (name, Bytes::from_static(bytes)))
            .collect();
        files.insert(PAPER, json.into());
        let secret = hex::encode(rand::random::<[u8; SECRET_BYTES]>());
        let served = Arc::new(Served {
            folder: format!("/{secret}/"),
            host: address.to_string(),
            files,
        });
        Ok(Self {
            listener,
            address,
            served,
        })
    }

    /// What to open in a browser.
    pub(super) fn url(&self) -> String {
        format!("http://{}{}", self.address, self.served.folder)
    }

    /// Answers until `end`.
    pub(super) async fn run(self, end: impl Future<Output = ()> + Send + 'static) -> Result<(), Failure> {
        let router = Router::new()
            .fallback(answer)
            .with_state(self.served)
            .layer(GlobalConcurrencyLimitLayer::new(REQUESTS_MAX));
        axum::serve(self.listener, router)
            .with_graceful_shutdown(end)
            .await
            .map_err(|error| Failure::Other(format!("the preview ended: {error}")))
    }
}

async fn answer(State(served): State<Arc<Served>>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let is_own = headers
        .get(header::HOST)
        .is_some_and(|host| host.as_bytes() == served.host.as_bytes());
    let file = uri
        .path()
        .strip_prefix(&served.folder)
        .and_then(|name| Some((name, served.files.get(name)?)));
    let (true, Some((name, bytes))) = (is_own, file) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if method != Method::GET && method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let mut response = Response::new(bytes.clone().into());
    let value = HeaderValue::from_static;
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, value(content_type(name)));
    answer.insert(header::CACHE_CONTROL, value("no-store"));
    answer.insert(header::CONTENT_SECURITY_POLICY, value(POLICY));
    answer.insert(header::REFERRER_POLICY, value("no-referrer"));
    answer.insert(header::X_CONTENT_TYPE_OPTIONS, value("nosniff"));
    response
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        _ => "text/html; charset=utf-8",
    }
}
