//! GIFT's texts: escapes, markups, and where a question's parts begin and end. All places are bytes from the beginning of
//! the text that was given.

use crate::import::{draft::Markup, drafts::Reason};

/// What a backslash may stand before; before anything else it is a backslash.
const ESCAPED: [char; 8] = ['~', '=', '#', '{', '}', ':', '\\', 'n'];

/// A question without its name.
pub(super) struct Cut<'a> {
    /// The stem before the answers.
    pub(super) before: &'a str,
    /// Where the answers begin, and they; without the braces.
    pub(super) answers: Option<(usize, &'a str)>,
    /// What follows the answers.
    pub(super) after: &'a str,
}

/// The characters that no backslash stands before, each with its place.
pub(super) fn unescaped(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut characters = text.char_indices().peekable();
    std::iter::from_fn(move || {
        loop {
            let (place, character) = characters.next()?;
            let escapes =
                character == '\\' && characters.next_if(|(_, next)| ESCAPED.contains(next)).is_some();
            if !escapes {
                return Some((place, character));
            }
        }
    })
}

/// Where a sequence begins in which no character is escaped.
pub(super) fn find(text: &str, sequence: &str) -> Option<usize> {
    unescaped(text)
        .map(|(place, _)| place)
        .find(|place| text[*place..].starts_with(sequence))
}

/// The name between colons, and where what follows begins; `None` where it is not closed.
pub(super) fn title(text: &str) -> Option<(Option<String>, usize)> {
    let start = text.len() - text.trim_start().len();
    let Some(named) = text[start..].strip_prefix("::") else {
        return Some((None, start));
    };
    let end = find(named, "::")?;
    let name = written(&named[..end], Markup::Moodle);
    let title = (!name.is_empty()).then_some(name);
    Some((title, start + 2 + end + 2))
}

/// Finds the answers from this place on.
pub(super) fn cut(text: &str, from: usize) -> Result<Cut<'_>, (usize, Reason)> {
    let body = &text[from..];
    let mut braces = unescaped(body).filter(|(_, character)| matches!(character, '{' | '}'));
    let Some((open, brace)) = braces.next() else {
        return Ok(Cut {
            before: body,
            answers: None,
            after: "",
        });
    };
    if brace == '}' {
        return Err((from + open, Reason::StrayBrace));
    }
    let Some((close, brace)) = braces.next() else {
        return Err((from + open, Reason::OpenBrace));
    };
    if brace == '{' {
        return Err((from + close, Reason::StrayBrace));
    }
    if let Some((stray, _)) = braces.next() {
        return Err((from + stray, Reason::StrayBrace));
    }
    Ok(Cut {
        before: &body[..open],
        answers: Some((from + open + 1, &body[open + 1..close])),
        after: &body[close + 1..],
    })
}

/// A text with its markup: the one that it names, or else this one.
pub(super) fn rich(text: &str, default: Markup) -> (Markup, String) {
    let text = text.trim();
    let named = [
        ("[html]", Markup::Html),
        ("[moodle]", Markup::Moodle),
        ("[plain]", Markup::Plain),
        ("[markdown]", Markup::Markdown),
    ];
    let found = named
        .into_iter()
        .find_map(|(name, markup)| text.strip_prefix(name).map(|rest| (markup, rest)));
    let (markup, text) = found.unwrap_or((default, text));
    (markup, written(text, markup))
}

/// The text that is meant: escapes resolved; in Moodle's own markup a line's end in the file is a space.
pub(super) fn written(text: &str, markup: Markup) -> String {
    let text = text.trim();
    let mut meant = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let escaped = match character {
            '\\' => characters.next_if(|next| ESCAPED.contains(next)),
            _ => None,
        };
        match escaped {
            Some('n') => meant.push('\n'),
            Some(other) => meant.push(other),
            None if markup == Markup::Moodle && character.is_ascii_whitespace() => {
                if !meant.ends_with([' ', '\n']) {
                    meant.push(' ');
                }
            }
            None => meant.push(character),
        }
    }
    meant.trim().to_owned()
}
