//! A sanitised fragment as content of a paper: a tree of texts, elements and pictures, and the plain text of the same.
//! Nothing but what the sanitiser let through comes in; what it keeps of attributes is checked once more by value.

use std::collections::BTreeMap;

use protocol::paper::{Element, Image, Node};

use super::{
    ELEMENTS,
    flat::without_entities,
    tags::{Tag, tags},
};

/// Elements within each other; the paper is JSON, whose readers bound their depth.
const DEPTH_MAX: usize = 30;

/// Elements that have no end.
const VOID: [&str; 3] = ["br", "hr", "img"];

/// Elements within which spaces between others mean nothing.
const WITHOUT_TEXT: [&str; 8] = ["table", "thead", "tbody", "tfoot", "tr", "ul", "ol", "dl"];

/// Elements that begin a line.
const BLOCKS: [&str; 20] = [
    "p",
    "div",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "table",
    "caption",
    "tr",
    "pre",
    "blockquote",
    "hr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
];

/// Columns and rows that one cell spans.
const SPAN_MAX: u16 = 100;

/// An element whose end has not come.
struct Open {
    element: Element,
    keeps_spaces: bool,
}

/// The fragment's content; `Err` where it is nested too deeply.
pub(super) fn nodes(html: &str) -> Result<Vec<Node>, usize> {
    let mut tree = Tree::default();
    let mut from = 0;
    for tag in tags(html) {
        tree.text(&html[from..tag.start]);
        from = tag.end;
        tree.tag(&tag)?;
    }
    tree.text(&html[from..]);
    while !tree.open.is_empty() {
        tree.close();
    }
    Ok(tree.done)
}

#[derive(Default)]
struct Tree {
    open: Vec<Open>,
    done: Vec<Node>,
}

impl Tree {
    fn here(&mut self) -> &mut Vec<Node> {
        match self.open.last_mut() {
            Some(open) => &mut open.element.content,
            None => &mut self.done,
        }
    }

    fn tag(&mut self, tag: &Tag<'_>) -> Result<(), usize> {
        let name = tag.name.to_ascii_lowercase();
        if !ELEMENTS.contains(&name.as_str()) {
            return Ok(());
        }
        if tag.is_closing {
            // The sanitiser closes everything that it opens, in order.
            if self.open.iter().any(|open| open.element.tag == name) {
                while self.open.last().is_some_and(|open| open.element.tag != name) {
                    self.close();
                }
                self.close();
            }
            return Ok(());
        }
        let node = match name.as_str() {
            "img" => Node::Image(image(tag)),
            _ => Node::Element(Element {
                attributes: attributes(tag, &name),
                tag: name.clone(),
                content: Vec::new(),
            }),
        };
        match node {
            Node::Element(element) if !VOID.contains(&name.as_str()) => {
                if self.open.len() >= DEPTH_MAX {
                    return Err(DEPTH_MAX);
                }
                let within = self.open.last().is_some_and(|open| open.keeps_spaces);
                let keeps_spaces = within || name == "pre";
                self.open.push(Open {
                    element,
                    keeps_spaces,
                });
            }
            node => self.here().push(node),
        }
        Ok(())
    }

    fn close(&mut self) {
        if let Some(open) = self.open.pop() {
            self.here().push(Node::Element(open.element));
        }
    }

    fn text(&mut self, piece: &str) {
        let piece = without_entities(piece);
        let keeps_spaces = self.open.last().is_some_and(|open| open.keeps_spaces);
        let text = if keeps_spaces {
            piece
        } else {
            single_spaced(&piece)
        };
        let is_between = text == " "
            && self
                .open
                .last()
                .is_some_and(|open| WITHOUT_TEXT.contains(&open.element.tag.as_str()));
        if text.is_empty() || is_between {
            return;
        }
        if let Some(Node::Text(before)) = self.here().last_mut() {
            before.push_str(&text);
        } else {
            self.here().push(Node::Text(text));
        }
    }
}

/// Any run of white space as one space, as HTML has it.
fn single_spaced(text: &str) -> String {
    let mut single = String::with_capacity(text.len());
    for character in text.chars() {
        if !character.is_ascii_whitespace() {
            single.push(character);
        } else if !single.ends_with(' ') {
            single.push(' ');
        }
    }
    single
}

fn image(tag: &Tag<'_>) -> Image {
    let size = |name| tag.attribute(name).and_then(|text| text.parse::<u16>().ok());
    Image {
        name: tag.attribute("src").unwrap_or_default(),
        alt: tag.attribute("alt").unwrap_or_default().trim().to_owned(),
        width: size("width"),
        height: size("height"),
    }
}

fn attributes(tag: &Tag<'_>, name: &str) -> BTreeMap<String, String> {
    let names: &[&str] = match name {
        "td" => &["lang", "dir", "colspan", "rowspan"],
        "th" => &["lang", "dir", "colspan", "rowspan", "scope"],
        "ol" => &["lang", "dir", "start", "type"],
        _ => &["lang", "dir"],
    };
    let kept = names.iter().filter_map(|name| {
        let value = tag.attribute(name)?;
        is_good(name, &value).then(|| ((*name).to_owned(), value))
    });
    kept.collect()
}

fn is_good(name: &str, value: &str) -> bool {
    match name {
        "lang" => {
            value.len() <= 35
                && value
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        }
        "dir" => matches!(value, "ltr" | "rtl" | "auto"),
        "colspan" | "rowspan" => value
            .parse()
            .is_ok_and(|span: u16| (1..=SPAN_MAX).contains(&span)),
        "scope" => matches!(value, "row" | "col" | "rowgroup" | "colgroup"),
        "start" => value.parse::<i16>().is_ok(),
        "type" => matches!(value, "1" | "a" | "A" | "i" | "I"),
        _ => false,
    }
}

/// The plain text of content: lines for blocks, words for pictures.
pub(crate) fn plain_of(nodes: &[Node]) -> String {
    let mut text = String::new();
    write_plain(nodes, &mut text);
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("\n")
}

fn write_plain(nodes: &[Node], text: &mut String) {
    for node in nodes {
        match node {
            Node::Text(piece) => text.push_str(piece),
            Node::Image(image) => text.push_str(&image.alt),
            Node::Element(element) => {
                let is_block = BLOCKS.contains(&element.tag.as_str());
                if is_block || element.tag == "br" {
                    text.push('\n');
                }
                write_plain(&element.content, text);
                match element.tag.as_str() {
                    "td" | "th" => text.push(' '),
                    _ if is_block => text.push('\n'),
                    _ => {}
                }
            }
            Node::Hottext { content, .. } => write_plain(content, text),
            Node::Part { .. } | Node::Gap { .. } => text.push_str(" _____ "),
        }
    }
}

/// Plain text as content: its lines stay lines.
pub(crate) fn of_plain(text: &str) -> Vec<Node> {
    let mut nodes = Vec::new();
    for (place, line) in text.lines().enumerate() {
        if place > 0 {
            nodes.push(Node::Element(Element {
                tag: "br".to_owned(),
                attributes: BTreeMap::new(),
                content: Vec::new(),
            }));
        }
        if !line.is_empty() {
            nodes.push(Node::Text(line.to_owned()));
        }
    }
    nodes
}

#[cfg(test)]
mod tests {
    use super::super::fragment;
    use super::*;

    fn json(html: &str) -> String {
        serde_json::to_string(&fragment(html).unwrap().nodes().unwrap()).unwrap()
    }

    #[test]
    fn formatted_text_becomes_a_tree_of_allowed_elements() {
        for (html, expected) in [
            (
                "<p>x<sup>2</sup> &lt; 4</p>",
                r#"[{"tag":"p","content":["x",{"tag":"sup","content":["2"]}," < 4"]}]"#,
            ),
            (
                "<table>\n<tr> <td colspan='2' onclick='x()'>a\n b</td></tr></table>",
                r#"[{"tag":"table","content":[{"tag":"tbody","content":[{"tag":"tr","content":[{"tag":"td","attributes":{"colspan":"2"},"content":["a b"]}]}]}]}]"#,
            ),
            ("<pre>a\n  b</pre>", r#"[{"tag":"pre","content":["a\n  b"]}]"#),
            (
                "a<br>b<img src='m.png' alt='a map' width='40' height='x'>",
                r#"["a",{"tag":"br"},"b",{"image":"m.png","alt":"a map","width":40}]"#,
            ),
            (
                "<ol start='3' type='z'><li>a</ol>",
                r#"[{"tag":"ol","attributes":{"start":"3"},"content":[{"tag":"li","content":["a"]}]}]"#,
            ),
            ("<script>alert(1)</script><a href='x'>b</a>", r#"["b"]"#),
        ] {
            assert_eq!(json(html), expected, "{html}");
        }
    }

    #[test]
    fn the_plain_text_of_content_has_its_lines_and_the_words_of_its_pictures() {
        let html = "<h3>Map</h3><p>See <b>this</b>: <img src='m.png' alt='two rivers'></p><ul><li>a</li><li>b</li></ul>";
        let nodes = fragment(html).unwrap().nodes().unwrap();
        assert_eq!(plain_of(&nodes), "Map\nSee this: two rivers\na\nb");
        assert_eq!(plain_of(&of_plain("a\nb")), "a\nb");
    }

    #[test]
    fn what_is_nested_deeper_than_readers_go_is_refused() {
        let deep = |depth: usize| format!("{}x{}", "<ul><li>".repeat(depth), "</li></ul>".repeat(depth));
        assert!(fragment(&deep(20)).unwrap().nodes().is_err());
        let nodes = fragment(&deep(15)).unwrap().nodes().unwrap();
        let json = serde_json::to_string(&nodes).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Node>>(&json).unwrap(), nodes);
    }
}
