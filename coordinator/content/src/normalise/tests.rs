//! Values worked out by hand, and a naive recount of random slots from what an export shows.

use proptest::prelude::*;

use super::*;

fn sat(candidate: u32, total: &str, wrong: u16) -> Sat {
    Sat {
        candidate: CandidateId(candidate),
        total: total.parse().unwrap(),
        wrong,
    }
}

fn list(slots: &[(u32, Vec<Sat>)]) -> Result<Vec<Placed>, NormaliseError> {
    let slots = slots
        .iter()
        .map(|(sitting, slot)| (SittingId(*sitting), slot.clone()));
    normalise(&slots.collect())
}

#[test]
fn the_documented_example_comes_out() {
    // Slot 1: totals 50, 40, 40: m ÷ n = 3/3, 2/3, 2/3. Slot 2: totals 10, -1, 3, 3, 3, 3: 6/6, 1/6, 5/6 (four times).
    let first = vec![sat(1, "50", 0), sat(2, "40", 3), sat(3, "40.0", 1)];
    let second = vec![
        sat(4, "10", 2),
        sat(5, "-1", 9),
        sat(6, "3", 1),
        sat(7, "3", 1),
        sat(8, "3", 0),
        sat(9, "3", 1),
    ];
    let list = list(&[(1, first), (2, second)]).unwrap();
    let shown: Vec<(u32, u32, String)> = list
        .iter()
        .map(|one| (one.rank, one.sat.candidate.0, one.percentile.text()))
        .collect();
    let expected = [
        (1, 1, "100.0000000"),
        (2, 4, "100.0000000"),
        (3, 8, "83.3333333"),
        (4, 6, "83.3333333"),
        (4, 7, "83.3333333"),
        (4, 9, "83.3333333"),
        (7, 3, "66.6666667"),
        (8, 2, "66.6666667"),
        (9, 5, "16.6666667"),
    ];
    assert_eq!(
        shown,
        expected.map(|(rank, who, text)| (rank, who, text.to_owned()))
    );
}

#[test]
fn a_half_of_the_last_place_is_rounded_up() {
    // 100 ÷ 128 = 0.78125 exactly.
    assert_eq!(Percentile::of(1, 128).text(), "0.7812500");
    // 100 × 1 ÷ 400,000 = 0.00025; 100 ÷ 3 = 33.33333333…
    assert_eq!(Percentile::of(1, 400_000).text(), "0.0002500");
    assert_eq!(Percentile::of(1, 3).text(), "33.3333333");
    // 10^9 ÷ 1024 = 976,562.5: the half goes up.
    assert_eq!(Percentile::of(1, 1024).text(), "0.0976563");
}

#[test]
fn who_stands_in_two_slots_is_named() {
    let refused = list(&[(1, vec![sat(5, "1", 0)]), (2, vec![sat(5, "2", 0)])]);
    assert!(matches!(
        refused,
        Err(NormaliseError::Twice {
            candidate: CandidateId(5),
            one: SittingId(1),
            other: SittingId(2)
        })
    ));
    assert_eq!(list(&[(1, vec![])]), Ok(vec![]));
}

proptest! {
    /// Counting again in the most naive way gives the same list.
    #[test]
    fn a_naive_recount_gives_the_same_list(
        slots in prop::collection::vec(prop::collection::vec((-40i64..400, 0u16..4), 0..40), 1..4)
    ) {
        let mut number = 0;
        let slots: Vec<(u32, Vec<Sat>)> = (1u32..).zip(slots).map(|(sitting, slot)| {
            let sats = slot.into_iter().map(|(quarter_marks, wrong)| {
                number += 1;
                let total = Decimal::new(quarter_marks * 25, 2);
                Sat { candidate: CandidateId(number), total, wrong }
            });
            (sitting, sats.collect())
        }).collect();
        let list = list(&slots).unwrap();
        prop_assert_eq!(list.len(), slots.iter().map(|(_, slot)| slot.len()).sum::<usize>());
        for one in &list {
            let slot = &slots[one.sitting.0 as usize - 1].1;
            let at_most = slot.iter().filter(|other| other.total <= one.sat.total).count() as u128;
            // Ten-millionths of a per cent, by long division and a look at the rest.
            let (all, count) = (1_000_000_000u128 * at_most, slot.len() as u128);
            let rounded = all / count + u128::from(all % count * 2 >= count);
            let text = format!("{}.{:07}", rounded / 10_000_000, rounded % 10_000_000);
            prop_assert_eq!(one.percentile.text(), text);
            let better = list.iter().filter(|other| {
                (Reverse(other.percentile), other.sat.wrong) < (Reverse(one.percentile), one.sat.wrong)
            }).count();
            prop_assert_eq!(one.rank as usize, better + 1);
        }
    }
}
