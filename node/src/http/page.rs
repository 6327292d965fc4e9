//! The candidates' page as this node serves it: the document at `/` in the candidate's language, its files under
//! `/v/<version>/`, which a browser never has to ask for again, the service worker, and a font for devices that cannot show
//! Devanagari. Its headers let it talk to the district's nodes and to nobody else.

mod font;
mod shell;

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use page::File;
use protocol::hash::Hash;
use serde_json::json;

use self::{font::Font, shell::Shells};
use super::{Settings, cors::origin_of, problem::Problem, served::Served};
use crate::feed::Catalogue;

/// Digits of the version: enough to tell builds apart.
const VERSION_DIGITS: usize = 12;

/// Under a version a file never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

/// The page. Made once.
pub struct Page {
    /// `v/<version>/`.
    home: String,
    shells: Shells,
    worker: Bytes,
    font: Option<Font>,
}

/// What is sent, in what it may be sent.
struct Content {
    plain: Bytes,
    gzip: Option<Bytes>,
    brotli: Option<Bytes>,
}

// === impl Page ===

impl Page {
    /// The files that were embedded when this program was built, and the font that the settings name.
    pub fn new(settings: &Settings) -> Self {
        let version = version();
        let home = format!("v/{version}/");
        let worker = page::file(page::WORKER).map_or(String::new(), |file| {
            let source = String::from_utf8_lossy(file.plain);
            source
                .replace("\"%VERSION%\"", &json!(version).to_string())
                .replace("\"%FILES%\"", &json!(worker_files()).to_string())
        });
        Self {
            shells: Shells::of(&home),
            worker: worker.into(),
            font: Font::read(&settings.devanagari_font),
            home,
        }
    }
}

/// What the worker keeps: all but itself.
fn worker_files() -> Vec<&'static str> {
    let names = page::FILES.iter().map(|file| file.name);
    names.filter(|name| *name != page::WORKER).collect()
}

/// Another whenever any file is.
fn version() -> String {
    let mut hasher = blake3::Hasher::new();
    for file in page::FILES {
        hasher
            .update(file.name.as_bytes())
            .update(&(file.plain.len() as u64).to_le_bytes());
        hasher.update(file.plain);
    }
    hasher.finalize().to_hex()[..VERSION_DIGITS].to_owned()
}

impl Content {
    fn of(file: &File) -> Self {
        Self {
            plain: Bytes::from_static(file.plain),
            gzip: file.gzip.map(Bytes::from_static),
            brotli: file.brotli.map(Bytes::from_static),
        }
    }

    /// The response with what the client takes of it.
    fn response(&self, headers: &HeaderMap, content_type: &'static str, caching: &'static str) -> Response {
        let value = HeaderValue::from_static;
        let brotli = self.brotli.as_ref().filter(|_| accepts(headers, "br"));
        let gzip = self.gzip.as_ref().filter(|_| accepts(headers, "gzip"));
        let (body, coding) = match (brotli, gzip) {
            (Some(packed), _) => (packed, Some("br")),
            (None, Some(packed)) => (packed, Some("gzip")),
            (None, None) => (&self.plain, None),
        };
        let mut response = Response::new(Body::from(body.clone()));
        let answer = response.headers_mut();
        answer.insert(header::CONTENT_TYPE, value(content_type));
        answer.insert(header::CACHE_CONTROL, value(caching));
        if let Some(coding) = coding {
            answer.insert(header::CONTENT_ENCODING, value(coding));
        }
        if self.brotli.is_some() || self.gzip.is_some() {
            answer.insert(header::VARY, value("Accept-Encoding"));
        }
        response
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or("") {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        _ => "application/octet-stream",
    }
}

/// Serves what of the page is at this path.
pub async fn serve(State(served): State<Served>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let page = served.page();
    let path = uri.path().trim_start_matches('/');
    let found = match path {
        "" => Some(
            page.shells
                .response(&headers, || policy(&served.feed().catalogue())),
        ),
        "sw.js" => Some(page.worker(&headers)),
        "fonts/devanagari" => page.font.as_ref().map(|font| font.response(&headers)),
        _ => path
            .strip_prefix(&page.home)
            .and_then(page::file)
            .map(|file| Content::of(file).response(&headers, content_type(file.name), FOR_EVER)),
    };
    match found {
        None => Problem::not_found().into_response(),
        Some(_) if method != Method::GET && method != Method::HEAD => {
            Problem::method_not_allowed().into_response()
        }
        Some(response) => response,
    }
}

impl Page {
    fn worker(&self, headers: &HeaderMap) -> Response {
        let content = Content {
            plain: self.worker.clone(),
            gzip: None,
            brotli: None,
        };
        let mut response = content.response(headers, "text/javascript; charset=utf-8", ASK_AGAIN);
        // A worker has a policy of its own: it fetches the page's files and nothing else.
        let policy = HeaderValue::from_static("default-src 'none'; connect-src 'self'");
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
        response
    }
}

/// Whether the client takes this coding.
fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    let accepted = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok());
    accepted.is_some_and(|list| {
        list.split(',').any(|one| {
            let one = one.trim().replace(' ', "");
            one.split(';').next() == Some(coding) && !one.ends_with(";q=0")
        })
    })
}

/// What the client has already needs not be sent.
fn not_modified(tag: &HeaderValue) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    response.headers_mut().insert(header::ETAG, tag.clone());
    response
}

/// Whether the client has this version already.
pub(super) fn is_unchanged(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    let tag = tag.to_str().unwrap_or_default();
    known.is_some_and(|list| {
        list.split(',')
            .any(|known| known.trim().trim_start_matches("W/") == tag)
    })
}

/// An ETag.
pub(super) fn quoted(text: &str) -> HeaderValue {
    HeaderValue::try_from(format!("\"{text}\""))
        .expect("a hash in hex has only characters that a header takes")
}

/// The tag of bytes.
fn tag_of(bytes: &[u8]) -> HeaderValue {
    /// Enough to tell versions apart.
    const TAG_DIGITS: usize = 16;
    quoted(&Hash::blake3(bytes).to_string()[..TAG_DIGITS])
}

/// The page may load nothing but its own files, and talk to the nodes of its district only.
fn policy(catalogue: &Catalogue) -> HeaderValue {
    let district = catalogue.district.as_ref().map(|district| district.id);
    let nodes = catalogue.directory.nodes.iter();
    let nodes = nodes.filter(|node| Some(node.district) == district);
    let mut connect = String::from("'self'");
    for origin in nodes.filter_map(|node| origin_of(&node.candidate_url)) {
        connect.push(' ');
        connect.push_str(origin);
    }
    let text = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src {connect}; img-src 'self' data: blob:; \
         font-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(text).expect("origins are checked for characters that a header takes")
}
