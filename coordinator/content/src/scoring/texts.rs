//! Whether a text that was typed is one that a key accepts. What two people would call the same text is the same here:
//! Unicode's composed form, any run of spaces as one, no invisible joiners; nothing else is forgiven.

use unicode_normalization::UnicodeNormalization as _;

/// The text as it is compared; empty where nothing was typed that can be seen.
pub(super) fn comparable(text: &str) -> String {
    let composed: String = text.chars().filter(|c| !is_invisible(*c)).nfc().collect();
    let words: Vec<&str> = composed.split_whitespace().collect();
    words.join(" ")
}

/// Joiners and marks that keyboards of Indian scripts add or leave out, and nobody sees alone.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// Whether a text, already [`comparable`], is what the accepted one says.
pub(super) fn is_accepted(given: &str, accepted: &str, is_case_sensitive: bool) -> bool {
    let case = |text: String| {
        if is_case_sensitive {
            text
        } else {
            text.to_lowercase()
        }
    };
    let given = case(given.to_owned());
    let pieces: Vec<String> = pieces(&comparable(accepted)).into_iter().map(case).collect();
    match pieces.as_slice() {
        [] => given.is_empty(),
        [whole] => given == *whole,
        [first, middle @ .., last] => fits(&given, first, middle, last),
    }
}

/// The first piece at the beginning, the last at the end, the others between them in their order.
fn fits(given: &str, first: &str, middle: &[String], last: &str) -> bool {
    let Some(rest) = given.strip_prefix(first) else {
        return false;
    };
    let Some(mut rest) = rest.strip_suffix(last) else {
        return false;
    };
    for piece in middle {
        // The earliest place leaves the most for the others.
        let Some(place) = rest.find(piece.as_str()) else {
            return false;
        };
        rest = &rest[place + piece.len()..];
    }
    true
}

/// What stands between the signs `*`; `\*` is the sign itself.
fn pieces(accepted: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut characters = accepted.chars().peekable();
    while let Some(character) = characters.next() {
        let is_escaped = character == '\\' && characters.peek() == Some(&'*');
        match (character, is_escaped, pieces.last_mut()) {
            ('*', _, _) => pieces.push(String::new()),
            (_, true, Some(piece)) => {
                characters.next();
                piece.push('*');
            }
            (other, _, Some(piece)) => piece.push(other),
            (_, _, None) => {}
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(accepted: &str, given: &str) -> bool {
        is_accepted(&comparable(given), accepted, false)
    }

    #[test]
    fn texts_that_look_the_same_are_the_same() {
        assert!(accepts("New  Delhi", " new delhi\n"));
        // A letter with a nukta, as one sign and as two.
        assert!(accepts("\u{929}", "\u{928}\u{93c}"));
        assert!(accepts("र्\u{200d}य", "र्य"));
        assert!(!accepts("Delhi", "Delhi."));
        assert!(!is_accepted("delhi", "Delhi", true));
        assert_eq!(comparable(" \u{200b}\t"), "");
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (accepted, given, is_right) in [
            ("*river*", "the river Tapi", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "abc", true),
            ("a*b*c", "acb", false),
            ("a*a", "a", false),
            ("*", "", true),
            (r"5\*3", "5*3", true),
            (r"5\*3", "5x3", false),
            ("ab*bc", "abc", false),
        ] {
            assert_eq!(accepts(accepted, given), is_right, "{accepted} / {given}");
        }
    }
}
