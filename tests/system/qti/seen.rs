//! A response in the words that the candidate saw, so that a rule can be written without a number of the product in it.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use protocol::{
    ids::{OptionId, PartNo},
    paper::{Choice, Item, ItemKind, KindOf},
    response::{Response, ResponseOf},
};

/// What was given, by part; an item without parts is its own first part. Pairs are `first > second`.
pub(crate) type Seen = BTreeMap<u8, Vec<String>>;

/// The words of a response.
pub(crate) fn by(item: &Item, response: &Response) -> Result<Seen> {
    match (&item.kind, response) {
        (ItemKind::Parts(parts), Response::Parts(given)) => given
            .iter()
            .map(|(PartNo(no), response)| {
                let part = parts.get(usize::from(*no) - 1).context("a part")?;
                Ok((*no, words(&part.kind, response)?))
            })
            .collect(),
        (kind, response) => Ok(Seen::from([(1, words(kind, response)?)])),
    }
}

fn words<P, Q>(kind: &KindOf<P>, response: &ResponseOf<Q>) -> Result<Vec<String>> {
    let text = |choices: &[Choice], id: OptionId| -> Result<String> {
        let choice = choices
            .iter()
            .find(|choice| choice.id == id)
            .context("an option")?;
        Ok(choice.text.values().next().context("a text")?.clone())
    };
    // Hottexts, places and gaps have no words of their own: they are named by their number.
    let named = |id: OptionId| match kind.options() {
        [] => Ok(id.to_string()),
        choices => text(choices, id),
    };
    let pair = |first: OptionId, second: OptionId| -> Result<String> {
        let (first, second) = match kind {
            KindOf::Match(matched) => (text(&matched.rows, first)?, text(&matched.columns, second)?),
            KindOf::Gaps(gaps) => (text(&gaps.words, first)?, second.to_string()),
            _ => (named(first)?, named(second)?),
        };
        Ok(format!("{first} > {second}"))
    };
    match response {
        ResponseOf::Choice(option) => Ok(vec![named(*option)?]),
        ResponseOf::Choices(options) => options.iter().map(|option| named(*option)).collect(),
        ResponseOf::Order(options) => options.iter().map(|option| named(*option)).collect(),
        ResponseOf::Number(text) | ResponseOf::Text(text) => Ok(vec![text.clone()]),
        ResponseOf::Pairs(pairs) => pairs
            .iter()
            .map(|(first, second)| pair(*first, *second))
            .collect(),
        ResponseOf::Parts(_) => bail!("parts within a part"),
    }
}
