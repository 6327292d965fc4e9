//! When a page that waits should look at its sittings again: often when something is about to happen, seldom otherwise.
//! Pure. Forty thousand pages that look every 15 seconds are the greatest load of the whole day; most of them wait for
//! something that is half an hour away.

use protocol::time::Instant;

use super::forms::SittingState;

/// From so long before a sitting opens, changes are seen soon.
const NEAR_MS: i64 = 120_000;
/// Then the page looks at least so often...
const NEAR_LOOK_MS: i64 = 15_000;
/// ...and else so often.
const FAR_LOOK_MS: i64 = 60_000;

/// Milliseconds until the next look. `sittings`: what the candidate can do in each, when it opens, and whether everything
/// that a start needs is here. `random`, from 0 to 1, makes it up to a fifth shorter, so that a hall does not ask at once.
pub(super) fn look_again_ms(
    sittings: impl Iterator<Item = (SittingState, Instant, bool)>,
    now: Instant,
    random: f32,
) -> u32 {
    let wait = |(state, opens, is_complete): (SittingState, Instant, bool)| match state {
        SittingState::Waiting => (opens.0 - now.0 - NEAR_MS).clamp(NEAR_LOOK_MS, FAR_LOOK_MS),
        SittingState::Open if !is_complete => NEAR_LOOK_MS,
        SittingState::Open
        | SittingState::Started
        | SittingState::Submitted
        | SittingState::Closed
        | SittingState::Withdrawn => FAR_LOOK_MS,
    };
    let longest = sittings.map(wait).min().unwrap_or(FAR_LOOK_MS);
    let shorter = longest as f32 * 0.2 * random.clamp(0.0, 1.0);
    longest as u32 - shorter as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(state: SittingState, opens_in_ms: i64, is_complete: bool) -> u32 {
        let now = Instant(1_000_000_000);
        let sitting = (state, Instant(now.0 + opens_in_ms), is_complete);
        look_again_ms([sitting].into_iter(), now, 0.0)
    }

    #[test]
    fn a_page_looks_seldom_until_two_minutes_before_its_sitting_opens() {
        assert_eq!(at(SittingState::Waiting, 20 * 60_000, true), 60_000);
        assert_eq!(
            at(SittingState::Waiting, 150_000, true),
            30_000,
            "up to the last two minutes"
        );
        for near in [125_000, 120_000, 15_000, 1] {
            assert_eq!(at(SittingState::Waiting, near, true), 15_000, "{near}");
        }
        assert_eq!(
            at(SittingState::Open, -1, false),
            15_000,
            "the key is not here yet"
        );
        assert_eq!(at(SittingState::Open, -1, true), 60_000);
        assert_eq!(at(SittingState::Submitted, -1, true), 60_000);
        assert_eq!(look_again_ms(std::iter::empty(), Instant(0), 0.0), 60_000);
    }

    #[test]
    fn the_sitting_that_matters_first_decides_and_chance_only_shortens() {
        let now = Instant(0);
        let both = [
            (SittingState::Waiting, Instant(6 * 3_600_000), true),
            (SittingState::Waiting, Instant(60_000), true),
        ];
        for random in [0.0, 0.3, 1.0, 7.0] {
            let wait = look_again_ms(both.into_iter(), now, random);
            assert!((12_000..=15_000).contains(&wait), "{wait}");
        }
    }
}
