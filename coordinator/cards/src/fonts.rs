//! The fonts that cards are set in: those that were named, then the first of each script that this machine has. None is
//! part of the program. Whatever a card needs is looked up in them before it is set: a name with an empty box in it must
//! not be printed forty thousand times.

mod find;

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use typst::{
    foundations::Bytes,
    text::{Font, FontBook},
    utils::LazyHash,
};

/// The greatest font file that is read.
const FONT_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Font files that can be named.
pub const FONTS_NAMED_MAX: usize = 16;

/// Characters that an error names.
const CHARACTERS_NAMED_MAX: usize = 12;

/// Why there are no fonts to set the cards in.
#[derive(Debug, thiserror::Error)]
pub enum FontError {
    /// A file that was named cannot be read.
    #[error("the font {} cannot be read: {error}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file that was named is no font.
    #[error("{} is not a font that can be used; name a .ttf or .otf file", .0.display())]
    NotAFont(PathBuf),
    /// Too many files were named.
    #[error("at most {FONTS_NAMED_MAX} fonts can be named")]
    TooMany,
    /// No font at all.
    #[error(
        "no font was found on this machine; install one (on Debian: apt-get install fonts-noto-core) or name a file with --font"
    )]
    None,
    /// Characters that no font has.
    #[error(
        "no font here has the {script} characters {characters} (first needed {place}); install one (on Debian: apt-get install {package}) or name a file with --font"
    )]
    Missing {
        /// Which script.
        script: &'static str,
        /// Which characters.
        characters: String,
        /// Where.
        place: String,
        /// What has them.
        package: &'static str,
    },
}

/// Fonts, loaded.
pub struct Fonts {
    fonts: Vec<Font>,
    book: LazyHash<FontBook>,
}

/// Devanagari and what joins it, as the typesetter writes a class of characters.
pub(crate) const DEVANAGARI_CLASS: &str =
    "[\\u{900}-\\u{97f}\\u{a8e0}-\\u{a8ff}\\u{1cd0}-\\u{1cff}\\u{200c}\\u{200d}\\u{25cc}]";

/// A letter that every font for Devanagari has.
const DEVANAGARI_LETTER: char = 'क';

/// Where a script's characters are.
struct Script {
    name: &'static str,
    package: &'static str,
    holds: fn(char) -> bool,
}

const DEVANAGARI: Script = Script {
    name: "Devanagari",
    package: "fonts-noto-core",
    holds: |c| matches!(c, '\u{900}'..='\u{97f}' | '\u{a8e0}'..='\u{a8ff}' | '\u{1cd0}'..='\u{1cff}'),
};

const OTHER: Script = Script {
    name: "other",
    package: "fonts-noto-core",
    holds: |_| true,
};

impl Fonts {
    /// Reads the fonts that were named, then those that this machine has.
    pub fn load(named: &[PathBuf]) -> Result<Self, FontError> {
        if named.len() > FONTS_NAMED_MAX {
            return Err(FontError::TooMany);
        }
        let mut fonts = Vec::new();
        for path in named {
            let read = read(path).map_err(|error| FontError::File {
                path: path.clone(),
                error,
            })?;
            let before = fonts.len();
            fonts.extend(Font::iter(Bytes::new(read)));
            if fonts.len() == before {
                return Err(FontError::NotAFont(path.clone()));
            }
        }
        // A font of the system that cannot be read is as good as none.
        let found = find::of_this_machine();
        let found = found.iter().filter_map(|path| read(path).ok());
        fonts.extend(found.flat_map(|bytes| Font::iter(Bytes::new(bytes))));
        Self::of(fonts)
    }

    fn of(fonts: Vec<Font>) -> Result<Self, FontError> {
        if fonts.is_empty() {
            return Err(FontError::None);
        }
        let book = LazyHash::new(FontBook::from_fonts(&fonts));
        Ok(Self { fonts, book })
    }

    /// Their families, in the order in which a character is looked up.
    pub(crate) fn families(&self) -> Vec<&str> {
        let mut families: Vec<&str> = Vec::new();
        for font in &self.fonts {
            let family = font.info().family.as_str();
            if !families.contains(&family) {
                families.push(family);
            }
        }
        families
    }

    /// Whether a family is made for Devanagari.
    pub(crate) fn is_devanagari(&self, family: &str) -> bool {
        let mut of_it = self.fonts.iter().filter(|font| font.info().family == family);
        of_it.any(|font| font.info().coverage.contains(u32::from(DEVANAGARI_LETTER)))
    }

    pub(crate) fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    pub(crate) fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    /// Whether every character of the texts can be set. Each text comes with where it stands.
    pub(crate) fn check<'a>(&self, texts: impl Iterator<Item = (&'a str, Place)>) -> Result<(), FontError> {
        let mut known = BTreeMap::new();
        let mut missing: Vec<(char, Place)> = Vec::new();
        for (text, place) in texts {
            for c in text.chars() {
                if !*known.entry(c).or_insert_with(|| self.has(c))
                    && missing.iter().all(|(other, _)| *other != c)
                {
                    missing.push((c, place));
                }
            }
        }
        for script in [&DEVANAGARI, &OTHER] {
            let of_it = missing.iter().filter(|(c, _)| (script.holds)(*c));
            let named: Vec<_> = of_it.take(CHARACTERS_NAMED_MAX).collect();
            if let Some((_, place)) = named.first() {
                let characters = named
                    .iter()
                    .map(|(c, _)| format!("{c} (U+{:04X})", u32::from(*c)));
                return Err(FontError::Missing {
                    script: script.name,
                    characters: characters.collect::<Vec<_>>().join(", "),
                    place: place.to_string(),
                    package: script.package,
                });
            }
        }
        Ok(())
    }

    fn has(&self, c: char) -> bool {
        // What only joins or parts letters, and blanks, is never drawn.
        let is_drawn = !c.is_whitespace() && !matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}');
        !is_drawn
            || self
                .fonts
                .iter()
                .any(|font| font.info().coverage.contains(u32::from(c)))
    }
}

/// Where a text stands, for an error.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    /// On every card.
    Everywhere,
    /// On this candidate's.
    Candidate(u32),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Everywhere => write!(f, "on every card"),
            Self::Candidate(number) => write!(f, "for candidate {number}"),
        }
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(FONT_BYTES_MAX + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FONT_BYTES_MAX {
        return Err(io::Error::other("it is larger than any font"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
