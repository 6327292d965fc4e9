//! A font for devices that cannot show Devanagari: the machine's own copy (Debian's package fonts-noto-core), never part of
//! the program. The page asks for it only after it saw that the device has none.

use std::{fs::File, io::Read, path::Path};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};

use super::{is_unchanged, not_modified, tag_of};

/// What is read at most; Noto Sans Devanagari has 220 KB.
const BYTES_MAX: u64 = 4 * 1024 * 1024;

/// How long a browser needs not ask again.
const CACHING: &str = "public, max-age=604800";

/// The font, read once.
pub(super) struct Font {
    bytes: Bytes,
    tag: HeaderValue,
    content_type: &'static str,
}

impl Font {
    /// The font in this file; `None` where there is none, which is said in the log.
    pub(super) fn read(path: &Path) -> Option<Self> {
        match bytes_of(path) {
            Ok(bytes) => Some(Self {
                tag: tag_of(&bytes),
                content_type: if bytes.starts_with(b"wOF2") {
                    "font/woff2"
                } else {
                    "font/ttf"
                },
                bytes: bytes.into(),
            }),
            Err(error) => {
                tracing::info!(
                    path = %path.display(), %error,
                    "no font for devices without Devanagari; install fonts-noto-core or set http.devanagari_font"
                );
                None
            }
        }
    }

    /// The font for a browser.
    pub(super) fn response(&self, headers: &HeaderMap) -> Response {
        if is_unchanged(headers, &self.tag) {
            return not_modified(&self.tag);
        }
        let mut response = Response::new(Body::from(self.bytes.clone()));
        let answer = response.headers_mut();
        answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHING));
        answer.insert(header::ETAG, self.tag.clone());
        response
    }
}

fn bytes_of(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(std::io::Error::other(format!(
            "it has more than {BYTES_MAX} bytes"
        )));
    }
    Ok(bytes)
}
