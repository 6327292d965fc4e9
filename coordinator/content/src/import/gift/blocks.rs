//! A GIFT file as blocks between blank lines, comments taken out, each line's number kept.

/// One block: a question, a category, or comments alone.
pub(super) struct Block<'a> {
    /// Its lines without comments.
    pub(super) text: String,
    /// The file's line of each line of `text`.
    lines: Vec<u64>,
    /// From a comment: `[id:…]`.
    pub(super) id: Option<String>,
    /// From comments: `[tag:…]`.
    pub(super) tags: Vec<String>,
    /// The lines that are not in `text` yet.
    rest: Vec<(u64, &'a str)>,
}

/// Tags of one question.
const TAGS_MAX: usize = 50;
/// Characters of a question's name in a message.
const NAME_CHARS: usize = 60;
const CATEGORY: &str = "$CATEGORY:";

/// The blocks of a file.
pub(super) fn blocks(text: &str) -> impl Iterator<Item = Block<'_>> {
    let mut lines = (1u64..).zip(text.lines()).peekable();
    std::iter::from_fn(move || {
        while lines.next_if(|(_, line)| is_blank(line)).is_some() {}
        lines.peek()?;
        let mut block = Vec::new();
        while let Some(line) = lines.next_if(|(_, line)| !is_blank(line)) {
            block.push(line);
        }
        Some(Block::of(block))
    })
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

impl<'a> Block<'a> {
    fn of(lines: Vec<(u64, &'a str)>) -> Self {
        let (mut id, mut tags) = (None, Vec::new());
        let mut rest = Vec::with_capacity(lines.len());
        for (number, line) in lines {
            let Some(comment) = line.trim_start().strip_prefix("//") else {
                rest.push((number, line));
                continue;
            };
            for mark in comment
                .split('[')
                .skip(1)
                .filter_map(|mark| mark.split(']').next())
            {
                match mark.split_once(':') {
                    Some(("id", value)) => id = Some(value.trim().to_owned()),
                    Some(("tag", value)) if tags.len() < TAGS_MAX => tags.push(value.trim().to_owned()),
                    Some(_) | None => {}
                }
            }
        }
        let mut block = Self {
            text: String::new(),
            lines: Vec::new(),
            id,
            tags,
            rest,
        };
        block.fill();
        block
    }

    fn fill(&mut self) {
        let texts: Vec<&str> = self.rest.iter().map(|(_, line)| *line).collect();
        self.text = texts.join("\n");
        self.lines = self.rest.iter().map(|(number, _)| *number).collect();
    }

    /// Takes a first line that names a category out of the block.
    pub(super) fn take_category(&mut self) -> Option<String> {
        let (_, first) = self.rest.first()?;
        let category = first.trim().strip_prefix(CATEGORY)?.trim().to_owned();
        self.rest.remove(0);
        self.fill();
        Some(category)
    }

    /// Whether no question is in it.
    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The file's line of a place in the text.
    pub(super) fn line_at(&self, place: usize) -> u64 {
        let before = self
            .text
            .bytes()
            .take(place)
            .filter(|byte| *byte == b'\n')
            .count();
        self.lines.get(before).or(self.lines.last()).copied().unwrap_or(0)
    }

    /// How a message names it: the beginning of its text.
    pub(super) fn name(&self) -> String {
        let first = self.text.lines().next().unwrap_or_default();
        let name = first.trim().trim_start_matches("::");
        name.split("::")
            .next()
            .unwrap_or_default()
            .chars()
            .take(NAME_CHARS)
            .collect()
    }
}
