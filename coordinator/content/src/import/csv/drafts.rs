//! The rows of a paper's CSV file as drafts, so that every format is checked by the same rules.

use std::collections::BTreeSet;

use protocol::{
    ids::OptionId,
    paper::{Choice, ItemKind, Match, Text},
};

use super::read;
use crate::{
    answer_key::{Key, Share, TextShare, TextsKey},
    import::{
        draft::{
            AcceptedNumber, AcceptedText, ChoicesRule, Draft, DraftOption, Fraction, Interaction, Markup,
            NumberRange, Passage, PassageFault, Passages,
        },
        drafts::{Drafts, Reason, Refusal},
        fault::{ImportErrors, RowError},
        item::ItemRow,
    },
    number::Number,
};

/// Reads a file as drafts; rows with faults are refused one by one.
pub fn drafts(bytes: &[u8]) -> Drafts {
    let mut drafts = Drafts::default();
    let errors = match read(bytes) {
        Err(errors) => errors,
        Ok(read) => {
            for row in read.items.into_values() {
                let line = row.line;
                let name = row.item.stem.values().next().cloned().unwrap_or_default();
                let refused = |fault| {
                    let part = "the question";
                    Refusal::question(line, &name, &Reason::Passage { part, fault })
                };
                drafts.add(draft(row).map_err(refused));
            }
            read.errors
        }
    };
    refuse(errors, &mut drafts);
    drafts
}

fn refuse(errors: ImportErrors, drafts: &mut Drafts) {
    let refusal = |error: RowError| Refusal {
        line: error.line,
        what: match error.column.as_str() {
            "" => "the row".to_owned(),
            column => format!("column {column}"),
        },
        why: error.problem,
    };
    for error in errors.errors {
        drafts.add(Err(refusal(error)));
    }
    drafts.more_refused += errors.more;
    drafts.refused.sort_by_key(|refusal| refusal.line);
}

fn draft(row: ItemRow) -> Result<Draft, PassageFault> {
    let (choices, key) = (row.item.kind.options(), &row.key.key);
    let interaction = match (&row.item.kind, key) {
        (ItemKind::Match(matched), Key::Pairs(pairs)) => {
            Interaction::MatchingRows(rows(matched, &pairs.pairs)?)
        }
        (_, Key::Choice(_) | Key::Shares(_)) => Interaction::Choice(options(choices, key)?),
        (_, Key::Choices(_)) => Interaction::Choices(options(choices, key)?, ChoicesRule::AllOrNothing),
        (_, Key::Sum(_)) => Interaction::Choices(options(choices, key)?, ChoicesRule::SumOfFractions),
        (_, Key::Order(right)) => Interaction::Order {
            options: choices
                .iter()
                .map(|choice| passages(choice.text.clone()))
                .collect::<Result<_, _>>()?,
            right: right.clone(),
        },
        (_, Key::Texts(texts)) => Interaction::ShortText {
            accepted: accepted(texts)?,
            is_case_sensitive: texts.is_case_sensitive,
        },
        (_, Key::ByHand) => Interaction::ExtendedText,
        (_, _) => Interaction::Number(numbers(key)),
    };
    let mut draft = Draft::new(row.line, passages(row.item.stem)?, interaction);
    draft.category = Some(row.item.section).filter(|section| !section.is_empty());
    (draft.marks, draft.penalty) = (row.key.marks, row.key.penalty);
    Ok(draft)
}

fn options(choices: &[Choice], key: &Key) -> Result<Vec<DraftOption>, PassageFault> {
    let all_if = |is_right: bool| if is_right { Fraction::ALL } else { Fraction::NONE };
    let fraction = |id: OptionId| match key {
        Key::Choice(right) => all_if(*right == id),
        Key::Choices(right) => all_if(right.contains(&id)),
        Key::Shares(shares) | Key::Sum(shares) => {
            shares.get(&id).map_or(Fraction::NONE, |one| of_share(*one))
        }
        _ => Fraction::NONE,
    };
    let option = |choice: &Choice| {
        Ok(DraftOption {
            text: passages(choice.text.clone())?,
            fraction: fraction(choice.id),
            feedback: None,
        })
    };
    choices.iter().map(option).collect()
}

fn of_share(share: Share) -> Fraction {
    Fraction::from(share)
}

/// Each row with its column; columns that belong to no row come last.
fn rows(
    matched: &Match,
    pairs: &BTreeSet<(OptionId, OptionId)>,
) -> Result<Vec<(Option<Passages>, Passages)>, PassageFault> {
    let text = |choice: &Choice| passages(choice.text.clone());
    let mut rows = Vec::new();
    for column in &matched.columns {
        let first = pairs.iter().find(|(_, one)| *one == column.id);
        if first.is_none() {
            rows.push((None, text(column)?));
        }
    }
    for row in matched.rows.iter().rev() {
        let column = pairs
            .iter()
            .find(|(one, _)| *one == row.id)
            .map(|(_, column)| *column);
        let column = matched.columns.iter().find(|one| Some(one.id) == column);
        if let Some(column) = column {
            rows.push((Some(text(row)?), text(column)?));
        }
    }
    rows.reverse();
    Ok(rows)
}

fn accepted(texts: &TextsKey) -> Result<Vec<AcceptedText>, PassageFault> {
    let one = |one: &TextShare| {
        Ok(AcceptedText {
            text: Passage::new(Markup::Plain, &one.text)?,
            fraction: of_share(one.share),
            feedback: None,
        })
    };
    texts.accepted.iter().map(one).collect()
}

fn numbers(key: &Key) -> Vec<AcceptedNumber> {
    let one = |from: &Number, to: &Number, share: Share| {
        let (from, to) = (from.clone(), to.clone());
        AcceptedNumber {
            range: if from == to {
                NumberRange::Exactly(from)
            } else {
                NumberRange::Between { from, to }
            },
            fraction: of_share(share),
            feedback: None,
        }
    };
    match key {
        Key::Number { from, to } => vec![one(from, to, Share::ALL)],
        Key::Numbers(numbers) => numbers
            .iter()
            .map(|number| one(&number.from, &number.to, number.share))
            .collect(),
        _ => Vec::new(),
    }
}

fn passages(text: Text) -> Result<Passages, PassageFault> {
    let passage = |(language, text): (String, String)| Ok((language, Passage::new(Markup::Plain, &text)?));
    text.into_iter().map(passage).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::import::{
        csv::{paper, paper_partly},
        draft::item_of,
    };

    #[test]
    fn a_draft_of_a_row_becomes_the_same_item_and_key() {
        let csv = "item,section,kind,marks,penalty,key,stem,a,b,c,stem_hi,a_hi,b_hi,c_hi\n\
                   4,,text,1,0.5,x|y z*=50%,Which town?,,,,कौन सा?,,,\n\
                   5,,order,3,1,C;A;B,In order?,x,y,z,क्रम?,क,ख,ग\n\
                   6,,match,2,0,,Where?,a -> y,b -> x,-> w,कहाँ?,क -> य,ख -> र,-> ल\n\
                   7,,long,10,0,,Write,,,,लिखिए,,,\n\
                   8,,choice,2,0,A;B=50%;C=-50%,Which share?,x,y,z,कौन?,क,ख,ग\n\
                   9,,choices,2,0,A=50%;B=50%,Which share two?,x,y,z,कौन?,क,ख,ग\n\
                   10,,number,2,0,1;2..3=50%,Which number?,,,,कौन?,,,\n\
                   1,S,choice,2,0.5,B,Which?,x,y,z,कौन?,क,ख,ग\n\
                   2,,choices,1,0.25,A;C,Which two?,x,y,z,कौन?,क,ख,ग\n\
                   3,,number,,,3.4..3.6,How much?,,,,कितना?,,,\n";
        let imported = paper(csv.as_bytes(), "T").unwrap();
        let drafts = drafts(csv.as_bytes());
        assert_eq!(drafts.refused, []);
        for (draft, item) in drafts.drafts.iter().zip(&imported.paper.items) {
            let (made, key) = item_of(draft, item.no).unwrap();
            assert_eq!(&made, item);
            assert!(key == imported.key.items[&item.no], "item {}", item.no);
        }
        assert_eq!(drafts.drafts.len(), 10);
    }

    #[test]
    fn faulty_rows_and_files_are_refused_by_line_and_column() {
        let drafts = drafts(b"key,stem,a,b\nA,Q,x,y\nC,Q2,x,y\n");
        assert_eq!(drafts.drafts.len(), 1);
        assert!(
            drafts.refused[0]
                .to_string()
                .starts_with("line 3: column key: option C does not exist")
        );
        let no_paper = super::drafts(b"name,district\nx,y\n");
        assert!(no_paper.drafts.is_empty() && no_paper.refused[0].why.contains("must name the columns"));
    }

    /// A row of any kind, with keys and cells that fit it or nearly do.
    fn any_row() -> impl Strategy<Value = String> {
        let kinds = vec!["choice", "choices", "number", "text", "order", "match", "long"];
        let shares = vec!["", "=100%", "=99.9%", "=50%", "=0%", "=-25%", "=33.33333%"];
        let names = vec!["A", "B", "C", "1", "2..3", "x", "x*"];
        let piece = (
            prop::sample::select(names),
            prop::sample::select(shares),
            prop::sample::select(vec![";", "|"]),
        );
        let key = proptest::collection::vec(piece, 0..4).prop_map(|pieces| {
            let pieces = pieces
                .iter()
                .map(|(name, share, separator)| format!("{name}{share}{separator}"));
            let key: String = pieces.collect();
            key.trim_end_matches([';', '|']).to_owned()
        });
        let cells = vec![
            "x",
            "y",
            "x  y",
            "x y",
            "x -> y",
            "z -> y",
            "-> w",
            "u -> x  y",
            "u -> x y",
        ];
        let options = || proptest::collection::vec(prop::sample::select(cells.clone()), 2..6);
        let penalty = prop::sample::select(vec!["0", "0.5"]);
        (prop::sample::select(kinds), key, penalty, options(), options()).prop_map(
            |(kind, key, penalty, options, others)| {
                let has_options = !matches!(kind, "number" | "text" | "long");
                let row = |cells: &[&str]| {
                    let cells = cells.iter().copied().chain([""; 5]).take(5);
                    let cells = cells.map(|cell| if has_options { cell } else { "" });
                    cells.collect::<Vec<_>>().join(",")
                };
                let count = options.len().min(others.len());
                let (options, others) = (row(&options[..count]), row(&others[..count]));
                format!("{kind},2,{penalty},{key},Q,{options},Q,{others}\n")
            },
        )
    }

    proptest! {
        #[test]
        fn whatever_a_row_says_its_draft_is_delivered_as_the_same_item(
            rows in proptest::collection::vec(any_row(), 1..12),
        ) {
            let header = "kind,marks,penalty,key,stem,a,b,c,d,e,stem_bn,a_bn,b_bn,c_bn,d_bn,e_bn\n";
            let csv = format!("{header}{}", rows.concat());
            if let Ok(partly) = paper_partly(csv.as_bytes(), "T") {
                let drafts = drafts(csv.as_bytes());
                prop_assert_eq!(drafts.drafts.len(), partly.imported.paper.items.len());
                for (draft, item) in drafts.drafts.iter().zip(&partly.imported.paper.items) {
                    let made = item_of(draft, item.no);
                    prop_assert!(made.is_ok(), "{:?}\n{}", made.err(), csv);
                    prop_assert_eq!(&made.unwrap().0, item);
                }
            }
        }
    }
}
