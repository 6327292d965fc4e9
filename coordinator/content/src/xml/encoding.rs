//! From a file's bytes to its text: UTF-8 and UTF-16, told apart by the byte order mark or the first bytes. Another
//! encoding is refused by name, never guessed, unless the file holds nothing but ASCII.

use std::borrow::Cow;

use super::fault::XmlFault;

const UTF8_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

/// The file's text without a byte order mark.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, XmlFault> {
    let text = match bytes {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => {
            return Err(XmlFault::Encoding("UTF-32".to_owned()));
        }
        [0xFF, 0xFE, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)?),
        [0xFE, 0xFF, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)?),
        [b'<', 0, ..] => Cow::Owned(utf16(bytes, u16::from_le_bytes)?),
        [0, b'<', ..] => Cow::Owned(utf16(bytes, u16::from_be_bytes)?),
        _ => return utf8(bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes)),
    };
    Ok(text)
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, XmlFault> {
    if let Some(name) = declared(bytes)
        && !is_read(&name, bytes)
    {
        return Err(XmlFault::Encoding(name));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| XmlFault::NotText("UTF-8"))?;
    Ok(Cow::Borrowed(text))
}

/// UTF-8; or one of the encodings that say the same as long as every character is ASCII.
fn is_read(name: &str, bytes: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let own = ["utf-8", "utf8", "us-ascii", "ascii"];
    let others = ["iso-8859-", "iso8859-", "latin", "windows-125", "cp125"];
    own.contains(&name.as_str()) || (bytes.is_ascii() && others.iter().any(|other| name.starts_with(other)))
}

/// The encoding that the XML declaration names.
fn declared(bytes: &[u8]) -> Option<String> {
    const DECLARATION_BYTES: usize = 200;
    const NAME_CHARS: usize = 40;
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(DECLARATION_BYTES)]);
    let declaration = start.strip_prefix("<?xml")?.split_once("?>")?.0;
    let (_, after) = declaration.split_once("encoding")?;
    let value = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
    let (name, _) = value[1..].split_once(quote)?;
    Some(name.chars().take(NAME_CHARS).collect())
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, XmlFault> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(XmlFault::NotText("UTF-16"));
    }
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
        .collect::<Result<String, _>>()
        .map_err(|_| XmlFault::NotText("UTF-16"))
}
