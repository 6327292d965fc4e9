//! A text of a question: as the file writes it, and as it may be shown. What is shown is plain text or a sanitised
//! fragment, made once when the passage is made; nothing else of a foreign file ever comes near a page.

use crate::import::sanitise::{self, Fragment};

/// Characters of one passage as written, markup included.
pub const PASSAGE_CHARS_MAX: usize = 20_000;

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Markup {
    /// As it stands.
    Plain,
    /// HTML.
    Html,
    /// Markdown.
    Markdown,
    /// Moodle's own: HTML in which a line's end is one.
    Moodle,
}

/// A text and what may be shown of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    markup: Markup,
    written: String,
    shown: Shown,
}

/// What may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// Text without any markup.
    Plain(String),
    /// Sanitised HTML.
    Html(Fragment),
    /// Markdown with markup in it; nothing renders it yet.
    Unrendered,
}

/// A text that is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PassageFault {
    /// Too long.
    #[error("the text has {held} characters, at most {PASSAGE_CHARS_MAX} are read; shorten it")]
    TooLong {
        /// How many it has.
        held: usize,
    },
    /// Markup without end.
    #[error("the text has too many or too deeply nested HTML elements; simplify it")]
    TooNested,
    /// Codes that no text holds.
    #[error("the text holds a control character (code {0}); remove it")]
    ControlCharacter(u32),
}

impl Passage {
    /// Takes a text in.
    pub fn new(markup: Markup, written: &str) -> Result<Self, PassageFault> {
        let held = written.chars().count();
        if held > PASSAGE_CHARS_MAX {
            return Err(PassageFault::TooLong { held });
        }
        let control = written
            .chars()
            .find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
        if let Some(control) = control {
            return Err(PassageFault::ControlCharacter(u32::from(control)));
        }
        Ok(Self {
            markup,
            written: written.to_owned(),
            shown: shown(markup, written)?,
        })
    }

    /// How it is written.
    pub fn markup(&self) -> Markup {
        self.markup
    }

    /// As the file writes it. Never for a page.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// What may be shown.
    pub fn shown(&self) -> &Shown {
        &self.shown
    }

    /// Whether there is nothing to read or see.
    pub fn is_empty(&self) -> bool {
        match &self.shown {
            Shown::Plain(text) => text.trim().is_empty(),
            Shown::Html(fragment) => fragment.is_empty(),
            Shown::Unrendered => self.written.trim().is_empty(),
        }
    }

    /// A text to compare by: what is shown, without differences of spacing.
    pub fn sense(&self) -> String {
        let text = match &self.shown {
            Shown::Plain(text) => text,
            Shown::Html(fragment) => fragment.html(),
            Shown::Unrendered => &self.written,
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ")
    }

    /// What there is to read, without any markup that could be taken out.
    pub fn text(&self) -> String {
        match &self.shown {
            Shown::Plain(text) => text.clone(),
            Shown::Html(fragment) => fragment.text(),
            Shown::Unrendered => self.written.clone(),
        }
    }

    /// Images that it shows.
    pub fn images(&self) -> Vec<sanitise::Image> {
        match &self.shown {
            Shown::Html(fragment) => fragment.images(),
            Shown::Plain(_) | Shown::Unrendered => Vec::new(),
        }
    }
}

fn shown(markup: Markup, written: &str) -> Result<Shown, PassageFault> {
    let has_markup = written.contains(['<', '&']);
    let shown = match markup {
        Markup::Plain => Shown::Plain(written.to_owned()),
        Markup::Markdown => markdown(written).map_or(Shown::Unrendered, Shown::Plain),
        Markup::Moodle if !has_markup => Shown::Plain(written.to_owned()),
        Markup::Html if !has_markup => {
            let words: Vec<&str> = written.split_ascii_whitespace().collect();
            Shown::Plain(words.join(" "))
        }
        Markup::Html => Shown::Html(sanitise::fragment(written).ok_or(PassageFault::TooNested)?),
        Markup::Moodle => {
            let lines = written.replace('\n', "<br>");
            Shown::Html(sanitise::fragment(&lines).ok_or(PassageFault::TooNested)?)
        }
    };
    Ok(shown)
}

/// The plain text that Markdown without markup means; `None` where it has some.
fn markdown(written: &str) -> Option<String> {
    let is_plain_line = |line: &str| {
        let starts_a_block = |text: &str| {
            let number = text.trim_start_matches(|c: char| c.is_ascii_digit());
            text.starts_with(['#', '>', '-', '+', '=', '~', '|'])
                || (number.len() < text.len() && number.starts_with(['.', ')']))
        };
        !line.starts_with("    ") && !line.starts_with('\t') && !starts_a_block(line.trim_start())
    };
    let has_inline = written.contains(['*', '_', '`', '[', '<', '&', '\\']);
    if has_inline || !written.lines().all(is_plain_line) {
        return None;
    }
    let mut text = String::new();
    for line in written.lines() {
        text.push_str(line.trim());
        // Two spaces at a line's end are a line's end; without them a line goes on.
        text.push(if line.is_empty() || line.ends_with("  ") {
            '\n'
        } else {
            ' '
        });
    }
    Some(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(markup: Markup, written: &str) -> Shown {
        Passage::new(markup, written).unwrap().shown().clone()
    }

    #[test]
    fn text_without_markup_is_plain_however_it_is_declared() {
        let plain = |text: &str| Shown::Plain(text.to_owned());
        assert_eq!(shown(Markup::Plain, "a < b\nc"), plain("a < b\nc"));
        assert_eq!(shown(Markup::Moodle, "a\nb"), plain("a\nb"));
        assert_eq!(shown(Markup::Html, " a\n b"), plain("a b"));
        assert_eq!(shown(Markup::Markdown, "a\nb  \nc"), plain("a b\nc"));
    }

    #[test]
    fn markdown_with_markup_is_not_shown_as_if_it_had_none() {
        for text in [
            "a *b*",
            "# a",
            "- a",
            "1. a",
            "x\n    code",
            "[a](b)",
            "a_b",
            "`a`",
            "<b>",
        ] {
            assert_eq!(shown(Markup::Markdown, text), Shown::Unrendered, "{text}");
        }
    }

    #[test]
    fn a_text_beyond_the_bounds_is_refused() {
        let long = "x".repeat(PASSAGE_CHARS_MAX + 1);
        assert!(matches!(
            Passage::new(Markup::Plain, &long),
            Err(PassageFault::TooLong { .. })
        ));
        let deep = "<div>".repeat(500);
        assert_eq!(Passage::new(Markup::Html, &deep), Err(PassageFault::TooNested));
        assert_eq!(
            Passage::new(Markup::Plain, "a\u{7}"),
            Err(PassageFault::ControlCharacter(7))
        );
    }
}
