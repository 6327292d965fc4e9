//! Sanitised HTML as plain text, for what shows plain text only. Only paragraphs and line ends may be lost on the way;
//! everything else is named.

use super::tags::tags;

/// The text with line ends for paragraphs; `Err` is the element that plain text cannot stand for.
pub(super) fn plain(html: &str) -> Result<String, String> {
    let mut text = String::new();
    let mut from = 0;
    for tag in tags(html) {
        push(&html[from..tag.start], &mut text);
        from = tag.end;
        match tag.name {
            "br" => text.push('\n'),
            "p" | "div" => end_line(&mut text),
            "span" => {}
            other => return Err(other.to_owned()),
        }
    }
    push(&html[from..], &mut text);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    Ok(lines.join("\n").trim().to_owned())
}

/// All text, whatever the elements are.
pub(super) fn text(html: &str) -> String {
    let mut text = String::new();
    let mut from = 0;
    for tag in tags(html) {
        push(&html[from..tag.start], &mut text);
        from = tag.end;
    }
    push(&html[from..], &mut text);
    text
}

fn end_line(text: &mut String) {
    let is_inside_a_line = !text.trim_end_matches(' ').is_empty() && !text.ends_with('\n');
    if is_inside_a_line {
        text.push('\n');
    }
}

/// Adds text in which, as in HTML, any white space is one space.
fn push(piece: &str, text: &mut String) {
    let piece = without_entities(piece);
    for character in piece.chars() {
        if !character.is_ascii_whitespace() {
            text.push(character);
        } else if !text.ends_with([' ', '\n']) {
            text.push(' ');
        }
    }
}

/// The text with the entities that a sanitised fragment may hold resolved.
pub(super) fn without_entities(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    // `&amp;` last: what it uncovers is no entity any more.
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&nbsp;", "\u{a0}")
        .replace("&amp;", "&")
}
