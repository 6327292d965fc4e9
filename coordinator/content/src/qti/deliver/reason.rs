//! Why an item that can be read cannot be delivered as it is meant, in the words of whoever made the file.

use crate::qti::fault::Fault;

/// A reason; it becomes a [`Fault`] with its line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Reason {
    #[error(
        "`{0}` is not delivered: it cannot be shown to every candidate alike; remove it or write it in another way"
    )]
    Element(String),
    #[error(
        "`{0}` cannot be answered here by everybody, also by keyboard and by ear; ask the question in another way"
    )]
    Interaction(String),
    #[error(
        "`{0}` is sound, film or a program, which is not delivered; put it into words, or into a picture with a text"
    )]
    Media(String),
    #[error("the item has no interaction: there is nothing to answer; add one")]
    NothingToAnswer,
    #[error("the item has more than {max} {what}; split it")]
    TooMany { what: &'static str, max: usize },
    #[error("the elements of the text stand more than {0} deep within each other; simplify it")]
    TooDeep(usize),
    #[error("the text has more than {0} elements; split the item")]
    TooLong(usize),
    #[error("the text holds a control character (code {0}); remove it")]
    ControlCharacter(u32),
    #[error("the item has no text: a candidate would not know what is asked; write the question")]
    NoText,
    #[error("`{0}` shows a value that the rules make from responses; an exam shows none; remove it")]
    PrintedOutcome(String),
    #[error(
        "the item draws its values by chance, so candidates would get different questions; write the values down"
    )]
    RandomTemplate,
    #[error(
        "the item's rules draw by chance, so the same response would be worth different marks; remove it"
    )]
    RandomScore,
    #[error("the item's rules use the time that was taken, which is not known for one item; remove it")]
    Duration,
    #[error(
        "`{element}` depends on a template variable ({attribute}); write each form of the item as an item of its own"
    )]
    Templated {
        element: String,
        attribute: &'static str,
    },
    #[error("`{0}` is seen before an answer and hidden after it, as only practice material does; remove it")]
    FeedbackAtFirst(String),
    #[error(
        "`{variable}` is declared as {declared}, but `{interaction}` gives {given}; correct the declaration"
    )]
    Declared {
        variable: String,
        declared: String,
        interaction: String,
        given: &'static str,
    },
    #[error("`{0}` is answered by two interactions; give each its own variable")]
    AnsweredTwice(String),
    #[error("the identifier `{0}` stands twice; give each its own")]
    IdentifierTwice(String),
    #[error("`{0}` has nothing to choose from; add choices")]
    NoChoices(String),
    #[error("`{element}` says {attribute}=\"{given}\"; {expected}")]
    Attribute {
        element: String,
        attribute: &'static str,
        given: String,
        expected: &'static str,
    },
    #[error(
        "`{element}` restricts what goes together ({attribute}), which is not delivered; remove it or split the item"
    )]
    Grouped {
        element: String,
        attribute: &'static str,
    },
    #[error("{0} pairs could be made, at most 255 are kept; set maxAssociations or matchMax")]
    TooManyPairs(usize),
    #[error("the choice `{0}` has no text; write what it says")]
    EmptyChoice(String),
    #[error("the hotspot's picture is missing; add an `object` or `img`")]
    NoPicture,
    #[error("the shape `{0}` is not delivered; write circle, rect or poly")]
    Shape(String),
    #[error("the item is marked by rules in part and by hand in part; make two items of it")]
    PartlyByHand,
    #[error("the item has no outcome SCORE with one number; declare it, it is what the item is worth")]
    NoScore,
    #[error(
        "the item has no rules (`responseProcessing`): nothing says what an answer is worth; add them, match_correct for example"
    )]
    NoRules,
    #[error(
        "nothing says what the item is worth at most; declare MAXSCORE, or normalMaximum of SCORE, or the correct response"
    )]
    NoMaximum,
    #[error(
        "its greatest score {0} is not marks: from 0 to 1000 with at most four decimal places; change MAXSCORE or the weight"
    )]
    BadMaximum(String),
    #[error(
        "its rules give {0} for no response, but an item that is left out brings nothing; let them give 0 then"
    )]
    ForNothing(String),
    #[error("the rules cannot be evaluated ({0})")]
    Evaluation(String),
    // Pictures.
    #[error("`{0}` is SVG, which can hold programs; save it as PNG or WebP")]
    Svg(String),
    #[error("`{0}` is no PNG, JPEG, GIF or WebP picture; save it as one")]
    NotAPicture(String),
    #[error("the picture `{name}` has {bytes} bytes, at most {max} are taken; make it smaller")]
    PictureTooLarge { name: String, bytes: usize, max: usize },
    #[error("the file `{0}` is not in the package; add it, or correct its name")]
    Missing(String),
    #[error("`{0}` is an address outside the package, which is never fetched; put the file into the package")]
    Outside(String),
    #[error(
        "`{0}` is text of another file, which is delivered only as QTI 3's shared stimulus; write it here"
    )]
    OtherText(String),
}

impl Reason {
    pub(crate) fn at(&self, line: u32) -> Fault {
        Fault {
            line,
            problem: self.to_string(),
        }
    }
}
