//! The name of an XML file's root element, from its first bytes alone. It only helps to choose a reader; the reader decides
//! whether the file is XML.

/// The name without its prefix; `None` where no element begins.
pub(super) fn name(head: &[u8]) -> Option<String> {
    let text = decoded(head);
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    while let Some(after) = rest.strip_prefix('<') {
        let end = if let Some(comment) = after.strip_prefix("!--") {
            comment.find("-->").map(|end| 1 + 3 + end + 3)
        } else if after.starts_with('?') {
            after.find("?>").map(|end| 1 + end + 2)
        } else if after.starts_with('!') {
            doctype_end(rest)
        } else {
            return element_name(after);
        };
        rest = rest.get(end?..)?.trim_start();
    }
    None
}

/// Where a document type ends: the first `>` outside of its own part in brackets.
fn doctype_end(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (place, byte) in text.bytes().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' => depth = depth.saturating_sub(1),
            b'>' if depth == 0 => return Some(place + 1),
            _ => {}
        }
    }
    None
}

fn element_name(text: &str) -> Option<String> {
    let full = text
        .split(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))
        .next()?;
    let name = full.rsplit(':').next()?;
    let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    is_name.then(|| name.chars().take(60).collect())
}

fn decoded(head: &[u8]) -> String {
    let utf16 = |unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = head.as_chunks().0.iter().map(|pair| unit(*pair)).collect();
        String::from_utf16_lossy(&units)
    };
    match head {
        [0xff, 0xfe, ..] => utf16(u16::from_le_bytes),
        [0xfe, 0xff, ..] => utf16(u16::from_be_bytes),
        _ => String::from_utf8_lossy(head).into_owned(),
    }
}
