//! The cells of a match: what is asked, an arrow, what belongs to it. Rows and columns are made of them in every language;
//! the columns stand in the order of their texts in the main language, which says nothing of what is right.

use std::collections::BTreeSet;

use protocol::{
    ids::OptionId,
    paper::{Choice, ItemKind, Match, Text},
};

use crate::{
    answer_key::{Key, PairsKey},
    import::{
        columns::MAIN_LANGUAGE,
        draft::each_of,
        fault::{Problem, excerpt},
    },
    marks::Marks,
};

const ARROW: &str = "->";

/// The item and its key of the cells from `a` on, each in every language.
pub(super) fn matched(cells: &[Choice], marks: Marks) -> Result<(ItemKind, Key), Problem> {
    let lines: Vec<(Text, Text)> = cells
        .iter()
        .map(|cell| halves(&cell.text))
        .collect::<Result<_, Problem>>()?;
    let main = |text: &Text| text.get(MAIN_LANGUAGE).cloned().unwrap_or_default();
    let order: BTreeSet<String> = lines.iter().map(|(_, column)| main(column)).collect();
    let names: Vec<String> = order.into_iter().collect();
    let mut columns: Vec<Choice> = Vec::with_capacity(names.len());
    for (id, name) in (1..).zip(&names) {
        let same: Vec<&Text> = lines
            .iter()
            .map(|(_, column)| column)
            .filter(|column| main(column) == *name)
            .collect();
        // What is the same in one language is the same in all.
        if same.iter().any(|column| *column != same[0]) {
            return Err(Problem::AnswerTranslatedTwice(excerpt(name)));
        }
        columns.push(Choice::plain(OptionId(id), same[0].clone()));
    }
    let (mut rows, mut pairs) = (Vec::new(), BTreeSet::new());
    for (row, column) in &lines {
        if main(row).is_empty() {
            continue;
        }
        let id = OptionId(u8::try_from(rows.len() + 1).map_err(|_| Problem::TooFewPairs)?);
        let mut choice = Choice::plain(id, row.clone());
        choice.uses_max = 1;
        rows.push(choice);
        let place = names.iter().position(|name| *name == main(column));
        let place = place.and_then(|place| u8::try_from(place + 1).ok());
        pairs.insert((id, OptionId(place.ok_or(Problem::TooFewPairs)?)));
    }
    if rows.is_empty() || columns.len() < 2 {
        return Err(Problem::TooFewPairs);
    }
    let max = u8::try_from(rows.len()).map_err(|_| Problem::TooFewPairs)?;
    let each = each_of(marks, rows.len());
    Ok((
        ItemKind::Match(Match { rows, columns, max }),
        Key::Pairs(PairsKey { pairs, each }),
    ))
}

/// What stands before and after the arrow, in every language; before it nothing in all, or something in all.
fn halves(cell: &Text) -> Result<(Text, Text), Problem> {
    let (mut row, mut column) = (Text::new(), Text::new());
    for (language, text) in cell {
        let refused = || Problem::NotAPair(excerpt(text));
        let (before, after) = text.split_once(ARROW).ok_or_else(refused)?;
        let (before, after) = (before.trim(), after.trim());
        if after.is_empty() || after.contains(ARROW) {
            return Err(refused());
        }
        row.insert(language.clone(), before.to_owned());
        column.insert(language.clone(), after.to_owned());
    }
    let empty = row.values().filter(|text| text.is_empty()).count();
    if empty > 0 && empty < row.len() {
        let shown = cell.values().next().map_or("", String::as_str);
        return Err(Problem::NotAPair(excerpt(shown)));
    }
    Ok((row, column))
}
