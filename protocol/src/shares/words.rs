//! A share as words that can be read over a telephone. Each word is five letters, consonant and vowel in turn, and stands
//! for 16 bits: four for each consonant, two for each vowel, the highest first, by their place in the lists below. All
//! 65,536 words are used, so there is no list to carry.
//!
//! ```text
//! 0  1  format: 1
//! 1  4  paper    5  2  version    7  2  deal    9  1  needed    10 1  number    (big-endian)
//! 11 32 value
//! 43 5  the first bytes of BLAKE3 over the 43 before: a wrong word is noticed before anybody is asked
//! ```

use std::{fmt, str::FromStr};

use super::{NEED_MIN, NotAShare, OFFICERS_MAX, Share, paper_bytes, paper_of};

const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
const VOWELS: &[u8; 4] = b"aeio";
const FORMAT: u8 = 1;
const CONTENT_BYTES: usize = 43;
const CHECK_BYTES: usize = 5;
/// Each word holds two bytes.
const WORDS: usize = 24;

/// A share's words are read from no longer text.
const TEXT_BYTES_MAX: usize = 1024;

const _: () = assert!(WORDS * 2 == CONTENT_BYTES + CHECK_BYTES);

fn content(share: &Share) -> [u8; CONTENT_BYTES] {
    let mut bytes = [0; CONTENT_BYTES];
    bytes[0] = FORMAT;
    bytes[1..7].copy_from_slice(&paper_bytes(share.paper));
    bytes[7..9].copy_from_slice(&share.deal.to_be_bytes());
    bytes[9] = share.need;
    bytes[10] = share.number;
    bytes[11..].copy_from_slice(&share.value);
    bytes
}

fn check(content: &[u8]) -> [u8; CHECK_BYTES] {
    let hash = blake3::hash(content);
    let mut check = [0; CHECK_BYTES];
    check.copy_from_slice(&hash.as_bytes()[..CHECK_BYTES]);
    check
}

fn word(bits: u16) -> [u8; 5] {
    let consonant = |shift: u32| CONSONANTS[usize::from(bits >> shift & 15)];
    let vowel = |shift: u32| VOWELS[usize::from(bits >> shift & 3)];
    [consonant(12), vowel(10), consonant(6), vowel(4), consonant(0)]
}

fn bits(word: &str) -> Option<u16> {
    let letters: [u8; 5] = word.as_bytes().try_into().ok()?;
    let mut bits = 0;
    for (place, letter) in letters.into_iter().enumerate() {
        let letter = letter.to_ascii_lowercase();
        let (list, width): (&[u8], u32) = if place % 2 == 0 {
            (CONSONANTS, 4)
        } else {
            (VOWELS, 2)
        };
        let value = list.iter().position(|known| *known == letter)?;
        bits = bits << width | u16::try_from(value).ok()?;
    }
    Some(bits)
}

impl fmt::Display for Share {
    /// The words, six a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = content(self);
        let bytes = [&content[..], &check(&content)].concat();
        for (place, pair) in bytes.chunks_exact(2).enumerate() {
            if place > 0 {
                f.write_str(if place % 6 == 0 { "\n" } else { " " })?;
            }
            let word = word(u16::from_be_bytes([pair[0], pair[1]]));
            f.write_str(&String::from_utf8_lossy(&word))?;
        }
        Ok(())
    }
}

impl FromStr for Share {
    type Err = NotAShare;

    /// Words in any case, with any blanks, commas or dashes between.
    fn from_str(text: &str) -> Result<Self, NotAShare> {
        let parts: Vec<&str> = text
            .get(..text.len().min(TEXT_BYTES_MAX))
            .unwrap_or_default()
            .split(|c: char| c.is_whitespace() || matches!(c, ',' | '-'))
            .filter(|part| !part.is_empty())
            .collect();
        if parts.len() != WORDS || text.len() > TEXT_BYTES_MAX {
            return Err(NotAShare::Length {
                expected: WORDS,
                given: parts.len(),
            });
        }
        let mut bytes = Vec::with_capacity(WORDS * 2);
        for (number, part) in (1..).zip(parts) {
            bytes.extend_from_slice(&bits(part).ok_or(NotAShare::Word(number))?.to_be_bytes());
        }
        let (content, given) = bytes.split_at(CONTENT_BYTES);
        if check(content) != given {
            return Err(NotAShare::Check);
        }
        let field = |from: usize| [content[from], content[from + 1]];
        let mut paper = [0; 6];
        paper.copy_from_slice(&content[1..7]);
        let mut value = [0; 32];
        value.copy_from_slice(&content[11..]);
        let share = Self {
            paper: paper_of(paper),
            deal: u16::from_be_bytes(field(7)),
            need: content[9],
            number: content[10],
            value,
        };
        let is_possible =
            (NEED_MIN..=OFFICERS_MAX).contains(&share.need) && (1..=OFFICERS_MAX).contains(&share.number);
        if content[0] == FORMAT && is_possible {
            Ok(share)
        } else {
            Err(NotAShare::Format)
        }
    }
}
