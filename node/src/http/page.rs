//! The candidates' page: the files of `web/`, embedded, compressed once at the start, served with an ETag and headers
//! that let it talk to the district's nodes and to nobody else.

use std::{collections::HashMap, io::Write};

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use flate2::{Compression, write::GzEncoder};
use protocol::hash::Hash;

use super::{cors::origin_of, problem::Problem, served::Served};
use crate::feed::Catalogue;

const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/web_files.rs"));

const INDEX: &str = "index.html";

/// The page's files by path. Built once.
pub struct Page {
    files: HashMap<&'static str, Asset>,
}

struct Asset {
    plain: Bytes,
    /// Where it is smaller.
    gzip: Option<Bytes>,
    content_type: HeaderValue,
    tag: HeaderValue,
}

// === impl Page ===

impl Page {
    /// The files that were embedded when this program was built.
    pub fn embedded() -> Self {
        let files = FILES.iter().map(|(name, bytes)| (*name, Asset::new(name, bytes)));
        Self {
            files: files.collect(),
        }
    }
}

impl Asset {
    fn new(name: &str, bytes: &'static [u8]) -> Self {
        Self {
            plain: Bytes::from_static(bytes),
            gzip: gzip(bytes).filter(|packed| packed.len() < bytes.len()),
            content_type: content_type(name),
            // Sixteen digits tell a file's versions apart; each more is sent with each of thirty files.
            tag: quoted(&Hash::blake3(bytes).to_string()[..16]),
        }
    }
}

fn gzip(bytes: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

fn content_type(name: &str) -> HeaderValue {
    let extension = name.rsplit('.').next().unwrap_or("");
    HeaderValue::from_static(match extension {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",

        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    })
}

/// Serves a file of the page; `/` is its index.
pub async fn serve(State(served): State<Served>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let name = if path.is_empty() { INDEX } else { path };
    let Some(asset) = served.page().files.get(name) else {
        return Problem::not_found().into_response();
    };
    if method != Method::GET && method != Method::HEAD {
        return Problem::method_not_allowed().into_response();
    }
    let unchanged = is_unchanged(&headers, &asset.tag);
    let packed = asset.gzip.as_ref().filter(|_| accepts_gzip(&headers));
    let body = packed.unwrap_or(&asset.plain).clone();
    let mut response = Response::new(if unchanged {
        Body::empty()
    } else {
        Body::from(body)
    });
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let value = HeaderValue::from_static;
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, asset.content_type.clone());
    answer.insert(header::ETAG, asset.tag.clone());
    answer.insert(header::CACHE_CONTROL, value("no-cache"));
    answer.insert(header::VARY, value("Accept-Encoding"));
    if packed.is_some() && !unchanged {
        answer.insert(header::CONTENT_ENCODING, value("gzip"));
    }
    // For documents; on each of twenty modules it would be a fifth of the first load.
    if name == INDEX {
        answer.insert(
            header::CONTENT_SECURITY_POLICY,
            policy(&served.feed().catalogue()),
        );
    }
    response
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok());
    accepted.is_some_and(|list| {
        let mut codings = list.split(',').map(|coding| coding.trim().replace(' ', ""));
        codings.any(|coding| coding.starts_with("gzip") && !coding.ends_with(";q=0"))
    })
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
         font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(text).expect("origins are checked for characters that a header takes")
}
