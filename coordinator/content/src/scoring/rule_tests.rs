//! The rules beyond right and wrong: shares, texts, pairs, dropped items, bonus, several keys, marks by hand, sections.

use proptest::prelude::*;
use protocol::{
    ids::{ItemNo, OptionId},
    merge::LatePolicy,
    record::Record,
    response::Response,
};

use super::{
    tests::{answered, choice, choices, item, key, merged, number},
    *,
};
use crate::answer_key::{Key, NumberShare, PairsKey, Section, Share, TextShare, TextsKey};

fn share(text: &str) -> Share {
    text.parse().unwrap()
}

fn shares<const N: usize>(of: [(u8, &str); N]) -> BTreeMap<OptionId, Share> {
    of.into_iter()
        .map(|(option, text)| (OptionId(option), share(text)))
        .collect()
}

fn of(items: Vec<ItemKey>) -> AnswerKey {
    AnswerKey {
        items: (1..).map(ItemNo).zip(items).collect(),
        ..key()
    }
}

fn attempt(responses: &[(u16, Response)]) -> MergedAttempt {
    let records: Vec<Record> = (1..)
        .zip(responses)
        .map(|(seq, (item, response))| answered(*item, 1, seq, Some(response.clone()), false))
        .collect();
    merged(&records)
}

/// Marks and verdict of a response to the only item.
fn judged(item: &ItemKey, response: &Response) -> (String, Verdict) {
    let score = score(
        &of(vec![item.clone()]),
        &attempt(&[(1, response.clone())]),
        LatePolicy::InTimeOnly,
    );
    let first = score.items[&ItemNo(1)];
    assert_eq!(decode_items(&score.encode_items().unwrap()).unwrap(), score.items);
    (first.marks.normalize().to_string(), first.verdict)
}

fn expect(item: &ItemKey, response: impl std::borrow::Borrow<Response>, marks: &str, verdict: Verdict) {
    let response = response.borrow();
    assert_eq!(
        judged(item, response),
        (marks.to_owned(), verdict),
        "{response:?}"
    );
}

#[test]
fn an_option_brings_its_own_share_and_wrong_ones_take_theirs_and_the_penalty() {
    let key = Key::Shares(shares([(1, "100"), (2, "33.33333"), (3, "-25")]));
    let item = item(key, "2", "0.1");
    expect(&item, choice(1), "2", Verdict::Right);
    expect(&item, choice(2), "0.6666666", Verdict::Partial);
    expect(&item, choice(3), "-0.6", Verdict::Wrong);
    expect(&item, choice(4), "-0.1", Verdict::Wrong);
}

#[test]
fn chosen_options_are_added_up_never_below_nothing_and_three_thirds_are_all() {
    let thirds = [(1, "33.33333"), (2, "33.33333"), (3, "33.33333"), (4, "-50")];
    let item = item(Key::Sum(shares(thirds)), "3", "0");
    expect(&item, choices([1, 2, 3]), "3", Verdict::Right);
    expect(&item, choices([1, 2]), "1.9999998", Verdict::Partial);
    expect(&item, choices([1, 2, 4]), "0.4999998", Verdict::Partial);
    expect(&item, choices([4]), "0", Verdict::Wrong);
}

#[test]
fn the_first_accepted_text_that_fits_counts() {
    let accepted = [("New Delhi", "100"), ("Delhi*", "50"), ("*", "0")];
    let accepted = accepted.map(|(text, of)| TextShare {
        text: text.to_owned(),
        share: share(of),
    });
    let key = TextsKey {
        accepted: accepted.into(),
        is_case_sensitive: false,
    };
    let item = item(Key::Texts(key), "1", "0.25");
    let text = |text: &str| Response::Text(text.to_owned());
    expect(&item, text(" new  DELHI"), "1", Verdict::Right);
    expect(&item, text("delhi city"), "0.5", Verdict::Partial);
    expect(&item, text("Mumbai"), "-0.25", Verdict::Wrong);
    expect(&item, text(" \n "), "0", Verdict::Omitted);
    expect(&item, choice(1), "0", Verdict::Review);
}

#[test]
fn the_first_accepted_number_that_fits_counts() {
    let accepted = |from: &str, to: &str, of: &str| NumberShare {
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
        share: share(of),
    };
    let key = Key::Numbers(vec![accepted("3.14", "3.15", "100"), accepted("3", "4", "40")]);
    let item = item(key, "1", "0.5");
    expect(&item, number("3.140"), "1", Verdict::Right);
    expect(&item, number("3.16"), "0.4", Verdict::Partial);
    expect(&item, number("4.0000001"), "-0.5", Verdict::Wrong);
}

#[test]
fn an_order_is_all_or_nothing() {
    let order = |of: [u8; 3]| Response::Order(of.map(OptionId).into());
    let item = item(Key::Order([2, 3, 1].map(OptionId).into()), "1", "0.25");
    expect(&item, order([2, 3, 1]), "1", Verdict::Right);
    expect(&item, order([3, 2, 1]), "-0.25", Verdict::Wrong);
}

#[test]
fn each_right_pair_brings_its_marks_unless_its_first_was_paired_with_several() {
    let of = |list: &[(u8, u8)]| {
        let pairs = list.iter().map(|(one, other)| (OptionId(*one), OptionId(*other)));
        pairs.collect::<std::collections::BTreeSet<_>>()
    };
    let key = PairsKey {
        pairs: of(&[(1, 2), (2, 1), (3, 3)]),
        each: "0.3333".parse().unwrap(),
    };
    let item = item(Key::Pairs(key), "1", "0.5");
    let given = |list: &[(u8, u8)]| Response::Pairs(of(list));
    expect(&item, given(&[(1, 2), (2, 1), (3, 3)]), "1", Verdict::Right);
    expect(
        &item,
        given(&[(1, 2), (2, 1), (3, 2)]),
        "0.6666",
        Verdict::Partial,
    );
    expect(
        &item,
        given(&[(1, 2), (2, 1), (2, 2)]),
        "0.3333",
        Verdict::Partial,
    );
    expect(&item, given(&[(1, 1), (1, 2), (1, 3)]), "-0.5", Verdict::Wrong);
}

#[test]
fn of_several_keys_the_one_that_brings_most_counts() {
    let mut item = item(Key::Choice(OptionId(2)), "1", "0.25");
    item.also = vec![
        Key::Choice(OptionId(3)),
        Key::Shares(shares([(4, "50"), (1, "-10")])),
    ];
    expect(&item, choice(2), "1", Verdict::Right);
    expect(&item, choice(3), "1", Verdict::Right);
    expect(&item, choice(4), "0.5", Verdict::Partial);
    expect(&item, choice(1), "-0.25", Verdict::Wrong);
}

#[test]
fn a_bonus_is_for_everybody_who_started_and_nobody_else() {
    let mut bonus = item(Key::Choice(OptionId(2)), "2", "1");
    bonus.standing = Standing::Bonus;
    let key = of(vec![bonus, item(Key::Choice(OptionId(1)), "1", "0")]);
    for given in [vec![], vec![(1, choice(1)), (2, choice(2))]] {
        let mut some = attempt(&given);
        some.started = Some(protocol::merge::Start {
            at: protocol::time::Instant(1),
            deadline: protocol::time::Instant(2),
            paper: key.paper,
        });
        let score = score(&key, &some, LatePolicy::InTimeOnly);
        assert_eq!((score.total_text(), score.counts().bonus), ("2".to_owned(), 1));
    }
    let absent = score(&key, &MergedAttempt::default(), LatePolicy::InTimeOnly);
    assert_eq!((absent.total, absent.counts().omitted), (Decimal::ZERO, 2));
}

#[test]
fn an_item_by_hand_waits_for_its_mark_and_takes_no_other() {
    let key = of(vec![
        item(Key::ByHand, "5", "0"),
        item(Key::Choice(OptionId(1)), "1", "0"),
    ]);
    let given = attempt(&[(1, Response::Text("an essay".to_owned())), (2, choice(2))]);
    let with = |marks: &[(u16, &str)]| {
        let manual = marks
            .iter()
            .map(|(no, marks)| (ItemNo(*no), marks.parse().unwrap()))
            .collect();
        score_with(&key, &given, LatePolicy::InTimeOnly, &manual)
    };
    let waits = with(&[]);
    assert_eq!(waits.items[&ItemNo(1)].verdict, Verdict::Unmarked);
    assert_eq!((waits.counts().review, waits.counts().unmarked), (1, 1));
    for (marks, total, verdict) in [
        ("3.25", "3.25", Verdict::Partial),
        ("5", "5", Verdict::Right),
        ("0", "0", Verdict::Wrong),
        ("5.1", "0", Verdict::Review),
        ("-1", "0", Verdict::Review),
    ] {
        // The mark for item 2 is nobody's to give: its key decided.
        let score = with(&[(1, marks), (2, "1")]);
        assert_eq!(
            (score.total_text().as_str(), score.items[&ItemNo(1)].verdict),
            (total, verdict)
        );
    }
    let empty = score_with(&key, &attempt(&[]), LatePolicy::InTimeOnly, &ManualMarks::new());
    assert_eq!(empty.items[&ItemNo(1)].verdict, Verdict::Omitted);
}

#[test]
fn a_section_below_its_minimum_says_so_and_keeps_its_marks() {
    let right = || item(Key::Choice(OptionId(1)), "2", "0.5");
    let mut key = of(vec![right(), right(), right(), right()]);
    key.items.get_mut(&ItemNo(2)).unwrap().standing = Standing::Dropped;
    let section = |name: &str, items: [u16; 2], minimum: Option<&str>| Section {
        name: name.to_owned(),
        items: items.map(ItemNo).into(),
        minimum: minimum.map(|text| text.parse().unwrap()),
    };
    key.sections = vec![section("A", [1, 2], Some("2")), section("B", [3, 4], Some("2.5"))];
    let given = attempt(&[(1, choice(1)), (2, choice(1)), (3, choice(1)), (4, choice(2))]);
    let score = score(&key, &given, LatePolicy::InTimeOnly);
    let seen: Vec<(String, String, bool)> = score
        .sections
        .iter()
        .map(|one| (one.total.to_string(), one.max.to_string(), one.is_below))
        .collect();
    let expected = [("2", "2", false), ("1.5", "4", true)];
    assert_eq!(
        seen,
        expected.map(|(total, max, below)| (total.to_owned(), max.to_owned(), below))
    );
    assert_eq!(score.total_text(), "3.5");
    assert_eq!(sections(&key, &score.items), score.sections);
}

/// Any item that four options fit, with a response that may or may not be of its kind.
fn any_item() -> impl Strategy<Value = (ItemKey, Option<Response>)> {
    let percent = (-10_000i64..=10_000).prop_map(|units| Share::of_percent(Decimal::new(units, 2)).unwrap());
    let by_option = proptest::collection::btree_map((1u8..5).prop_map(OptionId), percent, 1..4);
    let key = prop_oneof![
        (1u8..5).prop_map(|option| Key::Choice(OptionId(option))),
        by_option.clone().prop_map(Key::Shares),
        by_option.prop_map(Key::Sum),
        Just(Key::ByHand),
    ];
    let response = prop_oneof![
        Just(None),
        (1u8..5).prop_map(|option| Some(choice(option))),
        proptest::collection::btree_set((1u8..5).prop_map(OptionId), 1..4)
            .prop_map(|options| Some(Response::Choices(options))),
    ];
    let standing = prop_oneof![
        6 => Just(Standing::Counts),
        1 => Just(Standing::Dropped),
        1 => Just(Standing::Bonus)
    ];
    (key, 0u32..10_000_000, 0u32..10_000, standing, response).prop_map(
        |(key, marks, penalty, standing, response)| {
            let text = |units: u32| format!("{}.{:04}", units / 10_000, units % 10_000);
            let mut item = item(key, &text(marks), &text(penalty));
            item.standing = standing;
            (item, response)
        },
    )
}

fn scored(items: &[(u16, (ItemKey, Option<Response>))]) -> Score {
    let mut key = of(Vec::new());
    let mut records = vec![answered(9_999, 1, 1, None, false)];
    for (seq, (no, (item, response))) in (2..).zip(items) {
        key.items.insert(ItemNo(*no), item.clone());
        records.push(answered(*no, 1, seq, response.clone(), false));
    }
    score(&key, &merged(&records), LatePolicy::InTimeOnly)
}

proptest! {
    #[test]
    fn a_total_is_the_sum_of_its_items_within_their_bounds(
        items in proptest::collection::vec(any_item(), 1..120),
    ) {
        let numbered: Vec<_> = (1u16..).zip(items).collect();
        let score = scored(&numbered);
        // In units of the sixteenth place, as whole numbers: an account of its own.
        let units = |value: Decimal| {
            let mut value = value;
            value.rescale(16);
            value.mantissa()
        };
        let sum: i128 = score.items.values().map(|item| units(item.marks)).sum();
        prop_assert_eq!(units(score.total), sum);
        for (no, (item, _)) in &numbered {
            let marks = score.items[&ItemNo(*no)].marks;
            prop_assert!(marks <= item.marks.decimal());
            prop_assert!(marks >= -item.marks.decimal() - item.penalty.decimal());
        }
        let max: Decimal = numbered
            .iter()
            .filter(|(_, (item, _))| item.standing != Standing::Dropped)
            .map(|(_, (item, _))| item.marks.decimal())
            .sum();
        prop_assert_eq!(score.max, max);
    }

    #[test]
    fn dropping_an_item_changes_nothing_else(
        items in proptest::collection::vec(any_item(), 1..40), which in any::<prop::sample::Index>(),
    ) {
        let mut numbered: Vec<_> = (1u16..).zip(items).collect();
        let before = scored(&numbered);
        let dropped = which.index(numbered.len());
        numbered[dropped].1.0.standing = Standing::Dropped;
        let after = scored(&numbered);
        let no = ItemNo(numbered[dropped].0);
        prop_assert_eq!(after.items[&no].verdict, Verdict::Dropped);
        prop_assert_eq!(after.total, before.total - before.items[&no].marks);
        for (other, item) in &after.items {
            prop_assert!(*other == no || before.items[other] == *item);
        }
    }

    #[test]
    fn the_order_of_the_items_changes_no_total(items in proptest::collection::vec(any_item(), 1..40)) {
        let forwards: Vec<_> = (1u16..).zip(items.clone()).collect();
        let backwards: Vec<_> = (1u16..).zip(items.into_iter().rev()).collect();
        let (one, other) = (scored(&forwards), scored(&backwards));
        prop_assert_eq!((one.total, one.max, one.counts()), (other.total, other.max, other.counts()));
    }
}
