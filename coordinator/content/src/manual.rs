//! Manual marks: what two markers and a moderator gave becomes one mark, or the reason why there is none yet. The scorer
//! and the ops API call it with what the state holds; nothing here knows whose the script is.
//!
//! The rule: the moderator's mark stands where there is one. Two markers who differ by no more than the tolerance agree,
//! and the mark is half of their sum, exactly. Everything else waits for a person.

use rust_decimal::Decimal;

use crate::marks::{Marks, NotMarks};

/// Where a script stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marking {
    /// Nobody has marked it.
    New,
    /// One has.
    Once,
    /// Two have, and they agree.
    Agreed(Decimal),
    /// Two have, and they differ by more than the tolerance.
    Differs,
    /// A moderator has decided.
    Moderated(Decimal),
}

impl Marking {
    /// What the script brings, once that is decided.
    pub fn marks(self) -> Option<Decimal> {
        match self {
            Self::Agreed(marks) | Self::Moderated(marks) => Some(marks),
            Self::New | Self::Once | Self::Differs => None,
        }
    }
}

/// Where a script stands that these marks were given to: at most two markers' and the moderator's.
pub fn marking(markers: &[&str], moderator: Option<&str>, tolerance: Marks) -> Result<Marking, NotMarks> {
    if let Some(marks) = moderator {
        return Ok(Marking::Moderated(marks.parse::<Marks>()?.decimal()));
    }
    Ok(match markers {
        [] => Marking::New,
        [_] => Marking::Once,
        [first, second, ..] => {
            let (first, second) = (
                first.parse::<Marks>()?.decimal(),
                second.parse::<Marks>()?.decimal(),
            );
            if (first - second).abs() <= tolerance.decimal() {
                // Four places halved are five: exact.
                Marking::Agreed((first + second) / Decimal::TWO)
            } else {
                Marking::Differs
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(markers: &[&str], moderator: Option<&str>, tolerance: &str) -> Marking {
        marking(markers, moderator, tolerance.parse().unwrap()).unwrap()
    }

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn two_who_say_the_same_agree_and_one_alone_does_not() {
        assert_eq!(of(&[], None, "0"), Marking::New);
        assert_eq!(of(&["3"], None, "0"), Marking::Once);
        assert_eq!(of(&["3", "3.0"], None, "0"), Marking::Agreed(decimal("3")));
        assert_eq!(of(&["3", "3.0001"], None, "0"), Marking::Differs);
    }

    #[test]
    fn within_the_tolerance_the_mark_is_half_of_the_sum_exactly() {
        assert_eq!(of(&["3", "4"], None, "1"), Marking::Agreed(decimal("3.5")));
        assert_eq!(of(&["3", "4.0001"], None, "1"), Marking::Differs);
        assert_eq!(
            of(&["0.0001", "0.0002"], None, "1"),
            Marking::Agreed(decimal("0.00015"))
        );
    }

    #[test]
    fn a_moderator_stands_whatever_the_markers_said() {
        assert_eq!(
            of(&["3", "5"], Some("4.5"), "0"),
            Marking::Moderated(decimal("4.5"))
        );
        assert_eq!(of(&["3"], None, "0").marks(), None);
        assert_eq!(of(&["3", "5"], Some("0"), "0").marks(), Some(Decimal::ZERO));
    }

    #[test]
    fn what_is_not_marks_is_an_error_and_never_nothing() {
        assert!(marking(&["3", "five"], None, Marks::ZERO).is_err());
        assert!(marking(&["3", "5"], Some("-1"), Marks::ZERO).is_err());
    }
}
