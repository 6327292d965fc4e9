//! The context file `ops.json`: which cluster, by which URLs, under which CA, with which token. Written by
//! `pariksha-coordinator init` (mode 0600); `--context` or the variable `PARIKSHA_OPS` names it.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use crate::context_file::ContextFile;

/// Where the file is looked for when nothing names it.
const DEFAULT_FILE: &str = "ops.json";

/// Larger is not a context file.
const CONTEXT_BYTES_MAX: u64 = 1024 * 1024;

/// A context that was read and checked.
#[derive(Clone)]
pub(super) struct Context {
    /// The API's addresses, tried in this order.
    pub(super) urls: Vec<reqwest::Url>,
    /// The cluster's CA, PEM: the only one that is trusted.
    pub(super) ca: String,
    /// The bearer token.
    pub(super) token: String,
}

impl Context {
    /// Reads the file that is named, or `ops.json` here.
    pub(super) fn read(path: Option<&Path>) -> Result<Self, Failure> {
        let path = path.map_or_else(|| PathBuf::from(DEFAULT_FILE), Path::to_owned);
        let size = std::fs::metadata(&path).map_err(|error| {
            Failure::Usage(format!(
                "{}: {error}; name the cluster's context with --context FILE or PARIKSHA_OPS (pariksha-coordinator init writes ops.json)",
                path.display()
            ))
        })?;
        if size.len() > CONTEXT_BYTES_MAX {
            return Err(Failure::Usage(format!(
                "{} is not a context file: it is too large",
                path.display()
            )));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| Failure::file(&path, &error))?;
        let file: ContextFile = serde_json::from_str(&text)
            .map_err(|error| Failure::Usage(format!("{} is not a context file: {error}", path.display())))?;
        Self::checked(file).map_err(|problem| Failure::Usage(format!("{}: {problem}", path.display())))
    }

    fn checked(file: ContextFile) -> Result<Self, String> {
        let urls: Vec<reqwest::Url> = file
            .urls
            .iter()
            .map(|url| {
                url.parse()
                    .map_err(|error| format!("{url} is not a URL: {error}"))
            })
            .collect::<Result<_, String>>()?;
        if urls.is_empty() {
            return Err("it names no URL".into());
        }
        if let Some(plain) = urls.iter().find(|url| url.scheme() != "https") {
            return Err(format!(
                "{plain} is not an https URL; the token is sent over TLS only"
            ));
        }
        Ok(Self {
            urls,
            ca: file.ca,
            token: file.token,
        })
    }
}
