//! Words that are too long for a card's line get places where they may break, so that no text leaves its card. A place is
//! never within a letter or a conjunct, as Unicode's grapheme clusters have them.

use unicode_segmentation::UnicodeSegmentation;

/// A place where a line may end, without a width.
const ZERO_WIDTH_SPACE: char = '\u{200b}';

/// The text with places to break after every so many letters of a word.
pub(crate) fn broken(text: &str, letters_max: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = 0;
    for letter in text.graphemes(true) {
        if letter.chars().all(char::is_whitespace) {
            run = 0;
        } else if run == letters_max {
            out.push(ZERO_WIDTH_SPACE);
            run = 1;
        } else {
            run += 1;
        }
        out.push_str(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_that_are_too_long_get_places_to_break() {
        assert_eq!(broken("Asha Patil", 5), "Asha Patil");
        assert_eq!(broken("abcdefg hi", 3), "abc\u{200b}def\u{200b}g hi");
    }

    #[test]
    fn no_place_is_within_a_conjunct() {
        // Three letters: a conjunct of three consonants with a vowel sign, and twice a conjunct of two.
        let word = "स्त्रीक्षज्ञ";
        assert_eq!(broken(word, 1), "स्त्री\u{200b}क्ष\u{200b}ज्ञ");
    }
}
