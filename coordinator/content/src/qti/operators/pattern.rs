//! Patterns of `patternMatch`: XML Schema's regular expressions, turned into those of the `regex` crate, which match in
//! time that grows with the text alone.
//!
//! XML Schema has no anchors: a pattern is of the whole text, `^` and `$` are plain characters. Authors write them as
//! anchors all the same, so one at the very beginning or end is taken as meant.

use std::fmt::Write as _;

use regex::{Regex, RegexBuilder};

/// Bytes of a pattern.
const PATTERN_BYTES_MAX: usize = 2000;
/// Bytes of a pattern in compiled form: a thousandfold `{1000}` says no here.
const COMPILED_BYTES_MAX: usize = 1 << 20;

/// What XML Schema calls an initial name character, and a name character.
const NAME_START: &str = r"_:A-Za-z\u{C0}-\u{D6}\u{D8}-\u{F6}\u{F8}-\u{2FF}\u{370}-\u{37D}\u{37F}-\u{1FFF}\u{200C}\u{200D}\u{2070}-\u{218F}\u{2C00}-\u{2FEF}\u{3001}-\u{D7FF}\u{F900}-\u{FDCF}\u{FDF0}-\u{FFFD}";
const NAME_MORE: &str = r"\-.0-9\u{B7}\u{300}-\u{36F}\u{203F}\u{2040}";

/// The pattern, ready to match whole texts; or why it cannot be read.
pub(super) fn compile(pattern: &str, case_sensitive: bool) -> Result<Regex, String> {
    if pattern.len() > PATTERN_BYTES_MAX {
        return Err(format!(
            "it has {} bytes, at most {PATTERN_BYTES_MAX} are read",
            pattern.len()
        ));
    }
    RegexBuilder::new(&translate(pattern))
        .case_insensitive(!case_sensitive)
        .size_limit(COMPILED_BYTES_MAX)
        .dfa_size_limit(COMPILED_BYTES_MAX)
        .nest_limit(50)
        .build()
        // The library explains over several lines, the reason last.
        .map_err(|error| error.to_string().lines().last().unwrap_or_default().trim().to_owned())
}

/// The same pattern as the `regex` crate writes it, anchored.
fn translate(pattern: &str) -> String {
    let inner = pattern.strip_prefix('^').unwrap_or(pattern);
    let inner = match inner.strip_suffix('$') {
        Some(rest) if !ends_escaped(rest) => rest,
        _ => inner,
    };
    let mut regex = String::from(r"\A(?:");
    // Open classes; XML Schema nests them by subtraction only: [a-z-[aeiou]].
    let mut classes = 0usize;
    let mut characters = inner.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => escape(characters.next(), classes > 0, &mut regex),
            '-' if classes > 0 && characters.peek() == Some(&'[') => regex.push_str("--"),
            '[' => {
                classes += 1;
                regex.push('[');
                if classes > 0 && characters.peek() == Some(&'^') {
                    characters.next();
                    regex.push('^');
                }
            }
            ']' => {
                classes = classes.saturating_sub(1);
                regex.push(']');
            }
            // Set operations that XML Schema does not have; and its plain characters.
            '&' | '~' | '#' if classes > 0 => {
                regex.push('\\');
                regex.push(character);
            }
            '^' | '$' => {
                regex.push('\\');
                regex.push(character);
            }
            // The dot leaves out line ends; `regex` leaves out \n alone.
            '.' if classes == 0 => regex.push_str(r"[^\n\r]"),
            other => regex.push(other),
        }
    }
    regex.push_str(r")\z");
    regex
}

fn ends_escaped(text: &str) -> bool {
    let slashes = text
        .chars()
        .rev()
        .take_while(|character| *character == '\\')
        .count();
    slashes % 2 == 1
}

fn escape(escaped: Option<char>, in_class: bool, regex: &mut String) {
    let class = |regex: &mut String, negated: &str, ranges: &[&str]| {
        let _ = write!(regex, "[{negated}{}]", ranges.concat());
    };
    match escaped {
        None => regex.push_str(r"\\"),
        Some('i') => class(regex, "", &[NAME_START]),
        Some('I') => class(regex, "^", &[NAME_START]),
        Some('c') => class(regex, "", &[NAME_START, NAME_MORE]),
        Some('C') => class(regex, "^", &[NAME_START, NAME_MORE]),
        // A back reference or a look-around would be refused by `regex`; letters it does not know as well.
        Some(letter) => {
            let anchor = !in_class && matches!(letter, 'A' | 'z' | 'b' | 'B');
            regex.push_str(if anchor { r"\\" } else { r"\" });
            regex.push(letter);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        compile(pattern, true).unwrap().is_match(text)
    }

    #[test]
    fn patterns_mean_what_xml_schema_says() {
        for (pattern, yes, no) in [
            ("ab|cd", "cd", "abcd"),
            (r"\d{2,3}", "123", "1234"),
            (r"[a-z-[aeiou]]+", "xyz", "xay"),
            (r"[^0-9]*", "abc", "a1"),
            (r"\i\c*", "name-1", "1name"),
            (r"\p{Lu}\p{Ll}+", "Pune", "pune"),
            (r"a.c", "abc", "a\nc"),
            (r"a^b", "a^b", "ab"),
            (r"a\$", "a$", "a"),
            ("^[0-9]+$", "12", "^12$"),
            ("[a&&b]+", "a&b", "c"),
            (r"\s*42\s*", " 42 ", "4 2"),
        ] {
            assert!(matches(pattern, yes), "{pattern} on {yes}");
            assert!(!matches(pattern, no), "{pattern} on {no}");
        }
        assert!(compile("AB", false).unwrap().is_match("ab"));
    }

    #[test]
    fn what_cannot_be_read_or_would_be_huge_is_refused() {
        for pattern in ["(", "[a", r"(a)\1", "a{2,1}", r"(?=a)", "((a{1000}){1000}){1000}"] {
            assert!(compile(pattern, true).is_err(), "{pattern}");
        }
        assert!(compile(&"a".repeat(PATTERN_BYTES_MAX + 1), true).is_err());
    }

    proptest! {
        #[test]
        fn no_pattern_makes_it_panic(pattern in r"[\[\]\\^$a-c(){}*+?.|\-&0-9]{0,30}", text in ".{0,30}") {
            if let Ok(regex) = compile(&pattern, false) {
                let _ = regex.is_match(&text);
            }
        }
    }
}
