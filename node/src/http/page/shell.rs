//! The document at `/`, in the language that the browser asks for. It names every module that is loaded at once, so that a
//! browser fetches them together and not one after the other.

use askama::Template;
use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use flate2::{Compression, write::GzEncoder};
use serde::Deserialize;

use super::{ASK_AGAIN, Content, is_unchanged, not_modified, tag_of};

/// A language of the page in which a browser that asks for none, or for others, is answered.
const FIRST: &str = "en";

#[derive(Template)]
#[template(path = "shell.html")]
struct Document<'a> {
    language: &'a str,
    home: &'a str,
    style: &'a str,
    start: &'a str,
    modules: &'a [&'a str],
    words: Words,
}

/// The texts of the document itself, of the language's own.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Words {
    skip: String,
    loading: String,
    needs_script: String,
}

struct Shell {
    language: &'static str,
    content: Content,
    tag: HeaderValue,
}

/// The document in each language.
pub(super) struct Shells(Vec<Shell>);

impl Shells {
    /// For the files under `/<home>`.
    pub(super) fn of(home: &str) -> Self {
        let home = format!("/{home}");
        let shells = page::LANGUAGES.iter().filter_map(|language| {
            let words = serde_json::from_slice(page::words(language)?.plain);
            let document = Document {
                language,
                home: &home,
                style: page::STYLE,
                start: page::START,
                modules: page::MODULES,
                words: words.expect("the build of the page checks that each language has every text"),
            };
            let html = document
                .render()
                .expect("a template of texts alone always renders");
            Some(Shell {
                language,
                tag: tag_of(html.as_bytes()),
                content: Content {
                    gzip: gzip(html.as_bytes()),
                    brotli: None,
                    plain: Bytes::from(html),
                },
            })
        });
        Self(shells.collect())
    }

    /// The document for a browser; `policy` is asked for only where a document is sent.
    pub(super) fn response(&self, headers: &HeaderMap, policy: impl FnOnce() -> HeaderValue) -> Response {
        let shell = self.wanted(headers);
        let mut response = if is_unchanged(headers, &shell.tag) {
            not_modified(&shell.tag)
        } else {
            shell
                .content
                .response(headers, "text/html; charset=utf-8", ASK_AGAIN)
        };
        let answer = response.headers_mut();
        answer.insert(header::ETAG, shell.tag.clone());
        answer.insert(
            header::VARY,
            HeaderValue::from_static("Accept-Encoding, Accept-Language"),
        );
        answer.insert(header::CONTENT_SECURITY_POLICY, policy());
        response
    }

    /// The first of the browser's languages that there is.
    fn wanted(&self, headers: &HeaderMap) -> &Shell {
        let accepted = headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok());
        let codes = accepted
            .unwrap_or(FIRST)
            .split(',')
            .map(|one| one.trim().split(['-', ';']).next());
        let of = |code: &str| {
            self.0
                .iter()
                .find(|shell| shell.language.eq_ignore_ascii_case(code))
        };
        let mut known = codes.flatten().filter_map(of);
        known.next().or_else(|| of(FIRST)).unwrap_or(&self.0[0])
    }
}

fn gzip(bytes: &[u8]) -> Option<Bytes> {
    use std::io::Write;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().map(Bytes::from)
}
