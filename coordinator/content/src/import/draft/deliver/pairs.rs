//! Pairs as rows and columns. The columns stand in the order of their texts, which says nothing of what is right; equal
//! ones stand once.

use std::collections::BTreeSet;

use protocol::{
    ids::OptionId,
    limits::NAMED_MAX,
    paper::{Choice, ItemKind, Match},
};

use super::{Undeliverable, content::Writer, keys};
use crate::{
    answer_key::{Key, PairsKey},
    import::{
        columns::MAIN_LANGUAGE,
        draft::{Pair, Passage, Passages},
        item::OPTION_CHARS_MAX,
    },
    marks::Marks,
};

/// A row and the text that belongs to it; without a row a text that belongs to none.
struct Line {
    row: Option<Passages>,
    column: Passages,
}

/// Pairs in one language, the stem's.
pub(super) fn of_pairs(
    pairs: &[Pair],
    language: &str,
    marks: Marks,
    writer: &mut Writer<'_>,
) -> Result<(ItemKind, Key), Undeliverable> {
    let texts = |passage: &Passage| Passages::from([(language.to_owned(), passage.clone())]);
    let lines: Vec<Line> = pairs
        .iter()
        .map(|pair| Line {
            row: pair.prompt.as_ref().map(texts),
            column: texts(&pair.answer),
        })
        .collect();
    matched(&lines, sense, marks, writer)
}

/// Pairs in several languages.
pub(super) fn of_rows(
    rows: &[(Option<Passages>, Passages)],
    marks: Marks,
    writer: &mut Writer<'_>,
) -> Result<(ItemKind, Key), Undeliverable> {
    let lines: Vec<Line> = rows
        .iter()
        .map(|(row, column)| Line {
            row: row.clone(),
            column: column.clone(),
        })
        .collect();
    matched(&lines, main, marks, writer)
}

/// What a text says in its language, without differences of spacing.
fn sense(passages: &Passages) -> String {
    let senses: Vec<String> = passages.values().map(Passage::sense).collect();
    senses.join("\n")
}

/// A text in the main language, as it is written.
fn main(passages: &Passages) -> String {
    let main = passages.get(MAIN_LANGUAGE).or_else(|| passages.values().next());
    main.map(|text| text.written().to_owned()).unwrap_or_default()
}

/// Columns are the same where `name` gives the same for them, and stand in the order of it.
fn matched(
    lines: &[Line],
    name: fn(&Passages) -> String,
    marks: Marks,
    writer: &mut Writer<'_>,
) -> Result<(ItemKind, Key), Undeliverable> {
    let distinct: BTreeSet<String> = lines.iter().map(|line| name(&line.column)).collect();
    let names: Vec<String> = distinct.into_iter().collect();
    let mut columns: Vec<Choice> = Vec::with_capacity(names.len());
    for (id, wanted) in (1..).zip(&names) {
        let line = lines.iter().find(|line| name(&line.column) == *wanted);
        let passages = line.map(|line| &line.column).ok_or(Undeliverable::NoKey)?;
        columns.push(writer.choice(id, &format!("answer {id}"), passages, OPTION_CHARS_MAX)?);
    }
    let (mut rows, mut pairs) = (Vec::new(), BTreeSet::new());
    for line in lines {
        let Some(row) = &line.row else { continue };
        let id = id_of(rows.len())?;
        let mut choice = writer.choice(id, &format!("pair {id}"), row, OPTION_CHARS_MAX)?;
        choice.uses_max = 1;
        rows.push(choice);
        let wanted = name(&line.column);
        let place = names.iter().position(|one| *one == wanted);
        pairs.insert((OptionId(id), OptionId(id_of(place.unwrap_or_default())?)));
    }
    if rows.is_empty() || columns.len() < 2 || columns.len() > NAMED_MAX || rows.len() > NAMED_MAX {
        return Err(Undeliverable::Pairs(rows.len(), columns.len()));
    }
    let each = keys::each_of(marks, rows.len());
    let max = id_of(rows.len() - 1)?;
    Ok((
        ItemKind::Match(Match { rows, columns, max }),
        Key::Pairs(PairsKey { pairs, each }),
    ))
}

/// The id of what has this place, from 0.
fn id_of(place: usize) -> Result<u8, Undeliverable> {
    u8::try_from(place + 1).map_err(|_| Undeliverable::Pairs(place, place))
}
