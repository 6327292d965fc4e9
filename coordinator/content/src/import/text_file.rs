//! A text file's bytes as text, within a bound and with its encoding known. The importers of text formats begin here.

use std::borrow::Cow;

use super::drafts::{Reason, Refusal};

/// The greatest text file of questions: ten thousand long ones. Pictures are not in these formats.
pub const TEXT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Tags of one file, its own and those in its texts: what they cost is not seen in the file's size. Twenty in each of five
/// thousand questions' ten texts.
const TAGS_MAX: usize = 1_000_000;

/// Refuses a file with more markup than questions have, before any of it is read.
pub(super) fn check_markup(bytes: &[u8]) -> Result<(), Refusal> {
    let plain = bytes.split(|byte| *byte == b'<').skip(1).count();
    let escaped = bytes.windows(4).filter(|window| window == b"&lt;").count();
    if plain + escaped > TAGS_MAX {
        return Err(Refusal::file(&Reason::TooMuchMarkup(TAGS_MAX)));
    }
    Ok(())
}

/// The text without a byte order mark, lines ended by `\n`.
pub(super) fn text(bytes: &[u8]) -> Result<Cow<'_, str>, Refusal> {
    if bytes.len() > TEXT_BYTES_MAX {
        return Err(Refusal::file(&Reason::TooLarge {
            bytes: bytes.len(),
            max: TEXT_BYTES_MAX,
        }));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Refusal::file(&Reason::Utf16));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = 1 + before.split(|byte| *byte == b'\n').skip(1).count() as u64;
        Refusal {
            line,
            ..Refusal::file(&Reason::NotUtf8)
        }
    })?;
    if text.contains('\r') {
        return Ok(Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")));
    }
    Ok(Cow::Borrowed(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_end_and_mark_is_read_and_other_encodings_are_refused_by_line() {
        assert_eq!(text(b"\xef\xbb\xbfa\r\nb\rc").unwrap(), "a\nb\nc");
        assert!(text(b"\xff\xfea\0").unwrap_err().why.contains("UTF-16"));
        let refusal = text(b"a\nb\xe9\n").unwrap_err();
        assert_eq!(refusal.line, 2);
        assert!(check_markup(&b"<b".repeat(TAGS_MAX)).is_ok());
        assert!(check_markup(&b"&lt;".repeat(TAGS_MAX + 1)).is_err());
        assert!(
            text(&vec![b'a'; TEXT_BYTES_MAX + 1])
                .unwrap_err()
                .why
                .contains("split it")
        );
    }
}
