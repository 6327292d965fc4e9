use proptest::prelude::*;

use super::*;

const PAPER: PaperRef = PaperRef {
    paper: PaperId(7),
    version: PaperVersion(2),
};

fn dealt() -> impl Strategy<Value = ([u8; 32], Vec<Share>)> {
    (2u8..=OFFICERS_MAX)
        .prop_flat_map(|officers| (Just(officers), 2u8..=officers))
        .prop_flat_map(|(officers, need)| {
            let rows = proptest::collection::vec(any::<[u8; 32]>(), usize::from(need) - 1);
            (Just(officers), any::<[u8; 32]>(), any::<u16>(), rows)
        })
        .prop_map(|(officers, key, number, rows)| {
            let shares = deal(&key, PAPER, officers, number, &rows).expect("the numbers are allowed");
            (key, shares)
        })
}

proptest! {
    #[test]
    fn any_shares_that_are_enough_give_the_key(
        (key, shares) in dealt(),
        order in any::<proptest::sample::Selector>(),
        more in any::<proptest::sample::Index>(),
    ) {
        let need = usize::from(shares[0].need);
        let check = commitment(PAPER, &key);
        let mut left = shares.clone();
        let mut chosen = Vec::new();
        while chosen.len() < need + more.index(shares.len() - need + 1) {
            let place = order.select(0..left.len());
            chosen.push(left.swap_remove(place));
        }
        prop_assert_eq!(combine(&chosen, PAPER, &check), Ok(key));
        chosen.truncate(need - 1);
        if chosen.is_empty() {
            prop_assert_eq!(combine(&chosen, PAPER, &check), Err(SharesError::None));
        } else {
            let too_few = SharesError::TooFew { have: chosen.len() as u8, need: need as u8 };
            prop_assert_eq!(combine(&chosen, PAPER, &check), Err(too_few));
        }
    }

    /// For every key there is exactly one missing share that makes too few shares give it: they say nothing.
    #[test]
    fn one_share_too_few_leaves_every_key_possible((_, shares) in dealt(), other in any::<[u8; 32]>()) {
        let need = usize::from(shares[0].need);
        let known: Vec<&Share> = shares.iter().take(need - 1).collect();
        let number = shares[need - 1].number;
        let forged = Share { number, value: [0; 32], ..shares[need - 1].clone() };
        let all: Vec<&Share> = known.iter().copied().chain([&forged]).collect();
        let mut value = [0; 32];
        for (place, byte) in value.iter_mut().enumerate() {
            let rest = known.iter().fold(0, |sum, share| {
                sum ^ field::multiply(share.value[place], weight(&all, share.number))
            });
            *byte = field::divide(other[place] ^ rest, weight(&all, number));
        }
        let forged = Share { value, ..forged };
        let shares: Vec<Share> = known.into_iter().cloned().chain([forged]).collect();
        prop_assert_eq!(combine(&shares, PAPER, &commitment(PAPER, &other)), Ok(other));
    }

    #[test]
    fn words_read_back_and_every_wrong_letter_is_noticed(
        (_, shares) in dealt(),
        place in any::<proptest::sample::Index>(),
        letter in proptest::char::range('a', 'z'),
    ) {
        let words = shares[0].to_string();
        prop_assert_eq!(words.parse::<Share>(), Ok(shares[0].clone()));
        let typed = words.to_uppercase().replace(' ', "-");
        prop_assert_eq!(typed.parse::<Share>(), Ok(shares[0].clone()));
        let mut letters: Vec<char> = words.chars().collect();
        let at = place.index(letters.len());
        if letters[at].is_alphabetic() && letters[at] != letter {
            letters[at] = letter;
            let altered: String = letters.into_iter().collect();
            prop_assert!(altered.parse::<Share>().is_err());
        }
    }
}

#[test]
fn the_values_of_a_lone_share_are_spread_evenly() {
    // All 65,536 pairs of a key byte and a coefficient: each value of the share comes equally often for each key byte.
    for secret in [0u8, 1, 77, 255] {
        let mut seen = [0u32; 256];
        for coefficient in 0..=255u8 {
            let shares = deal(&[secret; 32], PAPER, 2, 1, &[[coefficient; 32]]).expect("two of two");
            seen[usize::from(shares[1].value[0])] += 1;
        }
        assert!(seen.iter().all(|count| *count == 1));
    }
}

#[test]
fn shares_that_do_not_belong_together_are_refused_by_name() {
    let key = [9; 32];
    let check = commitment(PAPER, &key);
    let first = deal(&key, PAPER, 3, 1, &[[5; 32]]).expect("two of three");
    let second = deal(&key, PAPER, 3, 2, &[[6; 32]]).expect("two of three");
    let mix = [first[0].clone(), second[1].clone()];
    assert_eq!(combine(&mix, PAPER, &check), Err(SharesError::OtherDeal));
    let twice = [first[0].clone(), first[0].clone()];
    let too_few = SharesError::TooFew { have: 1, need: 2 };
    assert_eq!(combine(&twice, PAPER, &check), Err(too_few));
    let forged = Share {
        value: [0; 32],
        ..first[1].clone()
    };
    assert_eq!(
        combine(&[first[0].clone(), forged.clone()], PAPER, &check),
        Err(SharesError::Wrong)
    );
    assert_eq!(
        combine(&[first[1].clone(), forged], PAPER, &check),
        Err(SharesError::Contradiction(2))
    );
    let other = PaperRef {
        version: PaperVersion(3),
        ..PAPER
    };
    assert!(matches!(
        combine(&first, other, &check),
        Err(SharesError::OtherPaper { .. })
    ));
    assert_eq!(deal(&key, PAPER, 1, 1, &[[5; 32]]), Err(SharesError::Numbers));
    assert_eq!(deal(&key, PAPER, 3, 1, &[]), Err(SharesError::Numbers));
    assert!(!format!("{:?}", first[0]).contains(&first[0].to_string()[..11]));
}
