//! The rows of a paper's CSV file as drafts, so that every format is checked by the same rules.

use protocol::{
    ids::OptionId,
    paper::{Choice, Text},
};

use super::read;
use crate::{
    answer_key::Key,
    import::{
        draft::{
            AcceptedNumber, ChoicesRule, Draft, DraftOption, Fraction, Interaction, Markup, NumberRange,
            Passage, PassageFault, Passages,
        },
        drafts::{Drafts, Reason, Refusal},
        fault::{ImportErrors, RowError},
        item::ItemRow,
    },
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
    let interaction = match key {
        Key::Choice(_) => Interaction::Choice(options(choices, key)?),
        Key::Choices(_) => Interaction::Choices(options(choices, key)?, ChoicesRule::AllOrNothing),
        Key::Number { .. } => Interaction::Number(numbers(key)),
    };
    let mut draft = Draft::new(row.line, passages(row.item.stem)?, interaction);
    draft.category = Some(row.item.section).filter(|section| !section.is_empty());
    (draft.marks, draft.penalty) = (row.key.marks, row.key.penalty);
    Ok(draft)
}

fn options(choices: &[Choice], key: &Key) -> Result<Vec<DraftOption>, PassageFault> {
    let is_right = |id: OptionId| match key {
        Key::Choice(right) => *right == id,
        Key::Choices(right) => right.contains(&id),
        Key::Number { .. } => false,
    };
    let option = |choice: &Choice| {
        let fraction = if is_right(choice.id) {
            Fraction::ALL
        } else {
            Fraction::NONE
        };
        Ok(DraftOption {
            text: passages(choice.text.clone())?,
            fraction,
            feedback: None,
        })
    };
    choices.into_iter().map(option).collect()
}

fn numbers(key: &Key) -> Vec<AcceptedNumber> {
    let Key::Number { from, to } = key else {
        return Vec::new();
    };
    let (from, to) = (from.clone(), to.clone());
    vec![AcceptedNumber {
        range: if from == to {
            NumberRange::Exactly(from)
        } else {
            NumberRange::Between { from, to }
        },
        fraction: Fraction::ALL,
        feedback: None,
    }]
}

fn passages(text: Text) -> Result<Passages, PassageFault> {
    let passage = |(language, text): (String, String)| Ok((language, Passage::new(Markup::Plain, &text)?));
    text.into_iter().map(passage).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{csv::paper, draft::item_of};

    #[test]
    fn a_draft_of_a_row_becomes_the_same_item_and_key() {
        let csv = "item,section,kind,marks,penalty,key,stem,a,b,c,stem_hi,a_hi,b_hi,c_hi\n\
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
        assert_eq!(drafts.drafts.len(), 3);
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
}
