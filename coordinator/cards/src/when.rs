//! A moment as a card tells it: in India's time, wherever the cards are made.

use jiff::{Timestamp, tz::TimeZone};

use crate::words::Words;

const ZONE: &str = "Asia/Kolkata";

/// Day, month by its name, year and time; `None` for a moment that no calendar has.
pub(crate) fn shown(ms: i64, words: &Words) -> Option<String> {
    let zone = TimeZone::get(ZONE).ok()?;
    let there = Timestamp::from_millisecond(ms).ok()?.to_zoned(zone);
    let month = words
        .months
        .get(usize::try_from(there.month()).ok()?.checked_sub(1)?)?;
    Some(format!(
        "{} {month} {}, {:02}:{:02} IST",
        there.day(),
        there.year(),
        there.hour(),
        there.minute()
    ))
}

#[cfg(test)]
mod tests {
    use content::cards::Language;

    use super::*;
    use crate::words;

    #[test]
    fn a_moment_is_told_in_indias_time_and_the_cards_words() {
        // 2027-01-31T03:30:00Z
        let ms = 1_801_366_200_000;
        assert_eq!(
            shown(ms, words::of(Language::English)).unwrap(),
            "31 January 2027, 09:00 IST"
        );
        assert_eq!(
            shown(ms, words::of(Language::Marathi)).unwrap(),
            "31 जानेवारी 2027, 09:00 IST"
        );
        assert_eq!(shown(i64::MAX, words::of(Language::Hindi)), None);
    }
}
