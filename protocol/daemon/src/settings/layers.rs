//! The sources of settings, each turned into one layer that remembers where it came from.
//!
//! Used by [`Settings`](super::Settings) only.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider, Source};
use serde::Serialize;

use super::{FILE_BYTES_MAX, Origin, SettingsError};

const ENVIRONMENT: &str = "environment";
const COMMAND_LINE: &str = "command line";

/// One source's values.
#[derive(Debug)]
pub(super) struct Layer {
    metadata: Metadata,
    dict: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        self.metadata.clone()
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.dict.clone()))
    }
}

impl Layer {
    pub(super) fn defaults<T: Serialize>(defaults: &T) -> Result<Self, SettingsError> {
        let value = Value::serialize(defaults).map_err(|error| SettingsError::Defaults(error.to_string()))?;
        let not_keys = || SettingsError::Defaults("they are not a struct".to_owned());
        Ok(Self {
            metadata: Metadata::named("default"),
            dict: value.into_dict().ok_or_else(not_keys)?,
        })
    }

    pub(super) fn file(path: &Path) -> Result<Self, SettingsError> {
        let text = read(path)?;
        let dict = toml::from_str(&text).map_err(|error| SettingsError::syntax(path, &text, &error))?;
        Ok(Self {
            metadata: Metadata::from("file", Source::File(path.to_owned())),
            dict,
        })
    }

    pub(super) fn command_line<V: Serialize>(
        key: &str,
        value: &V,
        flag: &str,
    ) -> Result<Self, SettingsError> {
        let value = Value::serialize(value).map_err(|error| SettingsError::Invalid {
            key: key.to_owned(),
            origin: Origin::CommandLine(flag.to_owned()),
            problem: error.to_string(),
        })?;
        let metadata = Metadata::from(COMMAND_LINE, Source::Custom(flag.to_owned()));
        Ok(Self {
            metadata,
            dict: nest(key, value),
        })
    }

    pub(super) fn dict(&self) -> &Dict {
        &self.dict
    }
}

/// One layer for each variable that begins with `prefix`, in the order of their names.
pub(super) fn environment(
    prefix: &str,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    except: &BTreeSet<String>,
    defaults: &Value,
) -> Result<Vec<Layer>, SettingsError> {
    let mut found = BTreeMap::new();
    for (name, value) in variables {
        // A name that is not text cannot begin with the prefix and be meant for us.
        let Ok(name) = name.into_string() else { continue };
        let Some(rest) = name.strip_prefix(prefix) else {
            continue;
        };
        if rest.is_empty() || except.contains(&name) {
            continue;
        }
        let key = rest.to_ascii_lowercase().replace("__", ".");
        let Ok(text) = value.into_string() else {
            return Err(SettingsError::NotText { variable: name });
        };
        found.insert(name, (key, text.trim().to_owned()));
    }
    let layer = |(name, (key, text)): (String, (String, String))| Layer {
        metadata: Metadata::from(ENVIRONMENT, Source::Custom(name)),
        dict: nest(&key, typed(&text, defaults.find_ref(&key))),
    };
    Ok(found.into_iter().map(layer).collect())
}

/// Text from the environment as the kind of value that the default is, so that an access code of digits stays text.
fn typed(text: &str, default: Option<&Value>) -> Value {
    let parsed = || {
        text.parse()
            .unwrap_or_else(|never: std::convert::Infallible| match never {})
    };
    match default {
        // Both brackets, as a list may begin with an address such as `[::1]:8443`.
        Some(Value::Array(..)) if !(text.starts_with('[') && text.ends_with(']')) => list(text),
        Some(Value::Bool(..) | Value::Num(..) | Value::Dict(..) | Value::Array(..)) => parsed(),
        // Nothing is known of the type: an optional setting or an entry of a map.
        Some(Value::Empty(..)) | None if text.starts_with(['[', '{']) => parsed(),
        Some(Value::String(..) | Value::Char(..) | Value::Empty(..)) | None => Value::from(text),
    }
}

fn list(text: &str) -> Value {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    Value::from(parts.map(Value::from).collect::<Vec<_>>())
}

fn nest(key: &str, value: Value) -> Dict {
    let (first, rest) = key
        .split_once('.')
        .map_or((key, None), |(first, rest)| (first, Some(rest)));
    let value = match rest {
        Some(rest) => Value::from(nest(rest, value)),
        None => value,
    };
    Dict::from([(first.to_owned(), value)])
}

/// Where the layer that carries this metadata came from.
pub(super) fn origin(metadata: &Metadata) -> Origin {
    match &metadata.source {
        Some(Source::File(path)) => Origin::File(path.clone()),
        Some(Source::Custom(name)) if metadata.name == ENVIRONMENT => Origin::Environment(name.clone()),
        Some(Source::Custom(flag)) => Origin::CommandLine(flag.clone()),
        _ => Origin::Default,
    }
}

fn read(path: &Path) -> Result<String, SettingsError> {
    let unreadable = |source| SettingsError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let mut text = String::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(FILE_BYTES_MAX + 1)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(SettingsError::TooLarge {
            path: path.to_owned(),
        });
    }
    Ok(text)
}
