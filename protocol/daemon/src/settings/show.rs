//! What `config show` prints: every key, its value, and who set it.

use std::fmt;

use figment::value::{Dict, Empty, Num, Tag, Value};

use super::Origin;

const HIDDEN: &str = "(hidden)";
const NOT_SET: &str = "(not set)";

/// One setting as a person may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Dotted, as in `http.port`.
    pub key: String,
    /// As TOML would write it, or `(hidden)`, or `(not set)`.
    pub value: String,
    /// Who set it.
    pub origin: Origin,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}  # {}", self.key, self.value, self.origin)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Environment(variable) => write!(f, "environment variable {variable}"),
            Self::CommandLine(flag) => write!(f, "command line {flag}"),
        }
    }
}

/// Calls `each` with the key, the shown value and the tag of every leaf, in the order of the keys. The depth is that
/// of the settings struct and of files that the TOML parser has accepted, which limits it.
pub(super) fn flatten(
    value: &Value,
    key: &str,
    is_secret: &dyn Fn(&str) -> bool,
    each: &mut dyn FnMut(String, String, Tag),
) {
    match value {
        Value::Dict(_, dict) if !dict.is_empty() => {
            for (word, inner) in dict {
                let key = if key.is_empty() {
                    word.clone()
                } else {
                    format!("{key}.{word}")
                };
                flatten(inner, &key, is_secret, each);
            }
        }
        Value::Empty(tag, _) => each(key.to_owned(), NOT_SET.to_owned(), *tag),
        leaf => {
            let shown = if is_secret(key) {
                HIDDEN.to_owned()
            } else {
                written(leaf, is_secret)
            };
            each(key.to_owned(), shown, leaf.tag());
        }
    }
}

fn written(value: &Value, is_secret: &dyn Fn(&str) -> bool) -> String {
    match value {
        Value::String(_, text) => format!("{text:?}"),
        Value::Char(_, letter) => format!("{:?}", letter.to_string()),
        Value::Bool(_, truth) => truth.to_string(),
        Value::Num(_, number) => written_number(*number),
        Value::Empty(_, Empty::None | Empty::Unit) => NOT_SET.to_owned(),
        Value::Array(_, values) => {
            let parts: Vec<_> = values.iter().map(|inner| written(inner, is_secret)).collect();
            format!("[{}]", parts.join(", "))
        }
        Value::Dict(_, dict) => written_table(dict, is_secret),
    }
}

fn written_table(dict: &Dict, is_secret: &dyn Fn(&str) -> bool) -> String {
    if dict.is_empty() {
        return "{}".to_owned();
    }
    let entry = |(word, inner): (&String, &Value)| {
        let shown = if is_secret(word) {
            HIDDEN.to_owned()
        } else {
            written(inner, is_secret)
        };
        format!("{word} = {shown}")
    };
    let parts: Vec<_> = dict.iter().map(entry).collect();
    format!("{{ {} }}", parts.join(", "))
}

fn written_number(number: Num) -> String {
    if let Some(whole) = number.to_u128() {
        whole.to_string()
    } else if let Some(whole) = number.to_i128() {
        whole.to_string()
    } else {
        number
            .to_f64()
            .map_or_else(|| NOT_SET.to_owned(), |float| format!("{float:?}"))
    }
}
