//! Languages that a card can speak.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A language of cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Marathi.
    #[serde(rename = "mr")]
    Marathi,
    /// Hindi.
    #[serde(rename = "hi")]
    Hindi,
}

/// A language that cards do not speak.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cards are made in en (English), mr (Marathi) or hi (Hindi); write one of them")]
pub struct UnknownLanguage;

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::English, Self::Marathi, Self::Hindi];

    /// Its tag, as BCP 47 has it.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Marathi => "mr",
            Self::Hindi => "hi",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        let language = Self::ALL.into_iter().find(|language| language.tag() == text);
        language.ok_or(UnknownLanguage)
    }
}
