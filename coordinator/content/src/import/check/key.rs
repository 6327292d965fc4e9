//! Questions that nothing is right for.

use super::Finding;
use crate::import::draft::{Draft, Fraction, Interaction};

/// A finding where no answer brings marks.
pub(super) fn missing(draft: &Draft) -> Option<Finding> {
    let mut fractions: Box<dyn Iterator<Item = Fraction>> = match &draft.interaction {
        Interaction::Choice(options) | Interaction::Choices(options, _) => {
            Box::new(options.iter().map(|option| option.fraction))
        }
        Interaction::Number(accepted) => Box::new(accepted.iter().map(|number| number.fraction)),
        Interaction::ShortText { accepted, .. } => Box::new(accepted.iter().map(|text| text.fraction)),
        Interaction::Matching(pairs) => {
            let has_prompt = pairs.iter().any(|pair| pair.prompt.is_some());
            let problem = "no answer belongs to a prompt; write what it is matched with".to_owned();
            return (!has_prompt).then(|| Finding::blocks(draft, problem));
        }
        Interaction::TrueFalse { .. }
        | Interaction::MatchingRows(_)
        | Interaction::Order { .. }
        | Interaction::ExtendedText
        | Interaction::Description => return None,
    };
    let problem = "no answer brings marks; mark what is right".to_owned();
    (!fractions.any(Fraction::is_positive)).then(|| Finding::blocks(draft, problem))
}
