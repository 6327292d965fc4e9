//! The configuration loader: defaults < TOML file < environment < command line, and where each value came from.
//!
//! Called by each main with the daemon's own settings struct, which must be `Serialize` (its `Default` is the first
//! layer), `Deserialize` and `#[serde(deny_unknown_fields)]` at every level, so that a misspelt key is an error and
//! not a silent default. `deny_unknown_fields` does not work together with `#[serde(flatten)]`: nest instead.
//! The value of a secret is never shown, not even in an error.
//!
//! ```ignore
//! let settings = Settings::with_defaults(&NodeSettings::default())?
//!     .file(&cli.config)?
//!     .environment("PARIKSHA_NODE_")?
//!     .override_with("http.port", cli.port, "--port")?;
//! let node: NodeSettings = settings.load()?;
//! for shown in settings.show()? { println!("{shown}"); }
//! ```

mod error;
mod layers;
mod show;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::value::Value;
use serde::Serialize;
use serde::de::DeserializeOwned;

use layers::Layer;

pub use error::SettingsError;
pub use show::Shown;

/// A key whose last word ends in one of these holds a secret, unless [`Settings::secrets_end_in`] says otherwise.
/// A key such as `cluster_key_file` does not: the name of a file may be shown.
pub const SECRET_SUFFIXES: [&str; 4] = ["token", "secret", "key", "password"];

/// A larger configuration file is a mistake (somebody else's file) and is not read.
pub const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// This configuration file.
    File(PathBuf),
    /// The environment variable of this name.
    Environment(String),
    /// This flag of the command line.
    CommandLine(String),
}

/// Layers of configuration, the later stronger than the earlier.
#[derive(Debug, Clone)]
pub struct Settings {
    merged: Figment,
    defaults: Value,
    excepted: BTreeSet<String>,
    secret_suffixes: Vec<String>,
}

impl Settings {
    /// Starts with the built-in values, which also say which type each key has.
    pub fn with_defaults<T: Serialize>(defaults: &T) -> Result<Self, SettingsError> {
        let layer = Layer::defaults(defaults)?;
        let defaults = Value::from(layer.dict().clone());
        Ok(Self {
            merged: Figment::from(layer),
            defaults,
            excepted: BTreeSet::new(),
            secret_suffixes: SECRET_SUFFIXES.map(str::to_owned).to_vec(),
        })
    }

    /// Replaces [`SECRET_SUFFIXES`].
    #[must_use]
    pub fn secrets_end_in(mut self, suffixes: &[&str]) -> Self {
        self.secret_suffixes = suffixes.iter().map(|suffix| (*suffix).to_owned()).collect();
        self
    }

    /// Names environment variables, in full, that begin with the prefix but are no settings (such as the one that
    /// names the configuration file). Call it before [`Settings::environment`].
    #[must_use]
    pub fn except_variables(mut self, names: &[&str]) -> Self {
        self.excepted.extend(names.iter().map(|name| (*name).to_owned()));
        self
    }

    /// Adds a TOML file, which must be there.
    pub fn file(mut self, path: &Path) -> Result<Self, SettingsError> {
        self.merged = self.merged.merge(Layer::file(path)?);
        Ok(self)
    }

    /// Adds a TOML file if there is one.
    pub fn file_if_present(self, path: &Path) -> Result<Self, SettingsError> {
        if path.exists() { self.file(path) } else { Ok(self) }
    }

    /// Adds this process's environment variables that begin with `prefix`. What follows the prefix is the key in any
    /// case, with `__` between its parts: `PARIKSHA_NODE_HTTP__PORT` is `http.port`. A list is written `a, b` or
    /// `["a", "b"]`.
    pub fn environment(self, prefix: &str) -> Result<Self, SettingsError> {
        self.environment_of(prefix, std::env::vars_os())
    }

    /// The same with the given variables.
    pub fn environment_of(
        mut self,
        prefix: &str,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, SettingsError> {
        for layer in layers::environment(prefix, variables, &self.excepted, &self.defaults)? {
            self.merged = self.merged.merge(layer);
        }
        Ok(self)
    }

    /// Sets one key from the command line if the flag was given. `flag` is how the person wrote it (`--port`).
    pub fn override_with<V: Serialize>(
        mut self,
        key: &str,
        value: Option<V>,
        flag: &str,
    ) -> Result<Self, SettingsError> {
        if let Some(value) = value {
            self.merged = self.merged.merge(Layer::command_line(key, &value, flag)?);
        }
        Ok(self)
    }

    /// The merged settings as the daemon's own struct.
    pub fn load<T: DeserializeOwned>(&self) -> Result<T, SettingsError> {
        // Lossy means that text from the environment may become a number or a truth value where one is wanted.
        self.merged.extract_lossy().map_err(|error| {
            SettingsError::of_value(error, |key| self.origin_of(key), |key| self.is_secret(key))
        })
    }

    /// Every key with its value and where that came from, sorted by key; secrets hidden.
    pub fn show(&self) -> Result<Vec<Shown>, SettingsError> {
        let mut shown = Vec::new();
        let merged = self.merged_value()?;
        show::flatten(&merged, "", &|key| self.is_secret(key), &mut |key, value, tag| {
            let origin = self
                .merged
                .get_metadata(tag)
                .map_or(Origin::Default, layers::origin);
            shown.push(Shown { key, value, origin });
        });
        Ok(shown)
    }

    /// Where the value of a key came from; for a key without a value, where its nearest parent came from.
    pub fn origin_of(&self, key: &str) -> Origin {
        let mut part = key;
        loop {
            if let Some(metadata) = self.merged.find_metadata(part) {
                return layers::origin(metadata);
            }
            match part.rsplit_once('.') {
                Some((parent, _)) => part = parent,
                None => return Origin::Default,
            }
        }
    }

    fn merged_value(&self) -> Result<Value, SettingsError> {
        self.merged.extract().map_err(|error| {
            SettingsError::of_value(error, |key| self.origin_of(key), |key| self.is_secret(key))
        })
    }

    /// Whether any word of a dotted key says that it holds a secret: what lies below a secret is one too.
    fn is_secret(&self, key: &str) -> bool {
        key.split('.').any(|word| {
            let word = word.to_ascii_lowercase();
            self.secret_suffixes
                .iter()
                .any(|suffix| word.ends_with(suffix.as_str()))
        })
    }
}
