use proptest::prelude::*;
use protocol::{
    epoch::Epoch,
    ids::{
        AttemptKey, CandidateId, DeviceTag, OptionId, PaperId, PaperRef, PaperVersion, ResponseSeq, SittingId,
    },
    record::{Event, Record},
    response::Response,
    time::{Instant, When},
};

use super::*;
use crate::answer_key::Key;

pub(super) fn item(key: Key, marks: &str, penalty: &str) -> ItemKey {
    ItemKey::new(key, marks.parse().unwrap(), penalty.parse().unwrap())
}

fn range(from: &str, to: &str) -> Key {
    Key::Number {
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
    }
}

/// Item 1: B. Item 2: A and C. Item 3: 3.4 to 3.6. Item 4: D, worth a tenth.
pub(super) fn key() -> AnswerKey {
    let items = [
        item(Key::Choice(OptionId(2)), "1", "0.25"),
        item(Key::Choices([OptionId(1), OptionId(3)].into()), "2", "0.5"),
        item(range("3.4", "3.6"), "1", "0"),
        item(Key::Choice(OptionId(4)), "0.1", "0.3333"),
    ];
    AnswerKey {
        paper: PaperRef {
            paper: PaperId(1),
            version: PaperVersion(1),
        },
        items: (1..).map(ItemNo).zip(items).collect(),
        sections: Vec::new(),
    }
}

pub(super) fn answered(item: u16, device: u32, seq: u32, response: Option<Response>, late: bool) -> Record {
    Record {
        when: When {
            at: Instant(1000 + i64::from(seq)),
            elapsed_ms: 0,
            error_ms: 1,
        },
        attempt: AttemptKey {
            sitting: SittingId(1),
            candidate: CandidateId(1),
        },
        event: Event::Answered {
            item: ItemNo(item),
            epoch: Epoch::first(DeviceTag(device)),
            seq: ResponseSeq(seq),
            response,
            marked: false,
            late,
        },
    }
}

pub(super) fn merged(records: &[Record]) -> MergedAttempt {
    let mut attempt = MergedAttempt::default();
    for record in records {
        attempt.apply(record);
    }
    attempt
}

fn scored(responses: &[(u16, Response)]) -> Score {
    let records: Vec<Record> = (1..)
        .zip(responses)
        .map(|(seq, (item, response))| answered(*item, 1, seq, Some(response.clone()), false))
        .collect();
    score(&key(), &merged(&records), LatePolicy::InTimeOnly)
}

pub(super) fn choice(option: u8) -> Response {
    Response::Choice(OptionId(option))
}

pub(super) fn choices<const N: usize>(options: [u8; N]) -> Response {
    Response::Choices(options.map(OptionId).into())
}

pub(super) fn number(text: &str) -> Response {
    Response::Number(text.to_owned())
}

#[test]
fn a_faultless_attempt_gets_the_greatest_total() {
    let score = scored(&[
        (1, choice(2)),
        (2, choices([3, 1])),
        (3, number("3.50")),
        (4, choice(4)),
    ]);
    assert_eq!(
        (score.total_text(), score.max_text()),
        ("4.1".into(), "4.1".into())
    );
    assert_eq!(score.counts().right, 4);
    let stored = score.encode_items().unwrap();
    assert_eq!(decode_items(&stored).unwrap(), score.items);
}

#[test]
fn wrong_responses_take_their_penalties_to_the_last_decimal() {
    let score = scored(&[
        (1, choice(1)),
        (2, choices([1])),
        (3, number("3.6000001")),
        (4, choice(1)),
    ]);
    assert_eq!(score.total_text(), "-1.0833");
    assert_eq!(score.counts().wrong, 4);
    assert_eq!(decode_items(&score.encode_items().unwrap()).unwrap(), score.items);
}

#[test]
fn several_choices_are_all_or_nothing() {
    for (given, verdict) in [
        (choices([1, 3]), Verdict::Right),
        (choices([1]), Verdict::Wrong),
        (choices([1, 2, 3]), Verdict::Wrong),
    ] {
        assert_eq!(scored(&[(2, given)]).items[&ItemNo(2)].verdict, verdict);
    }
}

#[test]
fn both_ends_of_a_range_are_right_and_numbers_are_compared_exactly() {
    for (given, verdict) in [
        ("3.4", Verdict::Right),
        ("+03.600", Verdict::Right),
        ("3.60000000000000000000000000000000000001", Verdict::Wrong),
        ("-3.5", Verdict::Wrong),
    ] {
        assert_eq!(
            scored(&[(3, number(given))]).items[&ItemNo(3)].verdict,
            verdict,
            "{given}"
        );
    }
}

#[test]
fn nothing_given_or_cleared_is_omitted_without_a_penalty() {
    let attempt = merged(&[
        answered(1, 1, 1, Some(choice(1)), false),
        answered(1, 1, 2, None, false),
    ]);
    let score = score(&key(), &attempt, LatePolicy::InTimeOnly);
    assert_eq!((score.total, score.counts().omitted), (Decimal::ZERO, 4));
}

#[test]
fn what_devices_disagree_on_waits_for_a_person() {
    let attempt = merged(&[
        answered(1, 1, 1, Some(choice(2)), false),
        answered(1, 2, 1, Some(choice(3)), false),
    ]);
    let score = score(&key(), &attempt, LatePolicy::InTimeOnly);
    assert_eq!(score.items[&ItemNo(1)].verdict, Verdict::Review);
    assert_eq!(score.total, Decimal::ZERO);
}

#[test]
fn a_late_response_counts_only_where_policy_says_so() {
    let attempt = merged(&[
        answered(1, 1, 1, Some(choice(1)), false),
        answered(1, 1, 2, Some(choice(2)), true),
    ]);
    let verdict = |policy| score(&key(), &attempt, policy).items[&ItemNo(1)].verdict;
    assert_eq!(verdict(LatePolicy::InTimeOnly), Verdict::Wrong);
    assert_eq!(verdict(LatePolicy::CountLate), Verdict::Right);
    for policy in [LatePolicy::InTimeOnly, LatePolicy::CountLate] {
        assert_eq!(score(&key(), &attempt, policy).digest, attempt.digest(policy));
    }
}

#[test]
fn a_response_of_another_kind_or_to_an_unknown_item_is_shown_not_judged() {
    let score = scored(&[(1, number("2")), (9, choice(1))]);
    assert_eq!(score.items[&ItemNo(1)].verdict, Verdict::Review);
    assert_eq!((score.unknown, score.total), (vec![ItemNo(9)], Decimal::ZERO));
}

fn any_response() -> impl Strategy<Value = Option<Response>> {
    prop_oneof![
        Just(None),
        (1u8..5).prop_map(|option| Some(choice(option))),
        proptest::collection::btree_set((1u8..5).prop_map(OptionId), 1..4)
            .prop_map(|options| Some(Response::Choices(options))),
        (30i32..40).prop_map(|tenths| Some(number(&format!("{}.{}", tenths / 10, tenths % 10)))),
    ]
}

fn any_records() -> impl Strategy<Value = Vec<Record>> {
    let record = (1u16..5, 1u32..3, 1u32..8, any_response(), any::<bool>())
        .prop_map(|(item, device, seq, response, late)| answered(item, device, seq, response, late));
    proptest::collection::vec(record, 0..40)
}

proptest! {
    #[test]
    fn a_score_does_not_depend_on_the_order_or_repetition_of_the_records(
        (records, shuffled) in any_records().prop_flat_map(|records| {
            let again = [&records[..], &records[..records.len() / 2]].concat();
            (Just(records), Just(again).prop_shuffle())
        }),
    ) {
        for policy in [LatePolicy::InTimeOnly, LatePolicy::CountLate] {
            prop_assert_eq!(
                score(&key(), &merged(&records), policy),
                score(&key(), &merged(&shuffled), policy)
            );
        }
    }

    #[test]
    fn a_total_is_the_exact_sum_in_ten_thousandths(
        items in proptest::collection::vec((0u32..10_000_000, 0u32..10_000_000, 0u8..3), 1..300),
    ) {
        // Whole ten-thousandths in integers are the independent account.
        let text = |units: u32| format!("{}.{:04}", units / 10_000, units % 10_000);
        let mut key = AnswerKey { items: BTreeMap::new(), ..key() };
        let mut records = Vec::new();
        let mut expected = 0i64;
        for (no, (marks, penalty, given)) in (1u16..).zip(&items) {
            let right = Key::Choice(OptionId(1));
            key.items.insert(ItemNo(no), item(right, &text(*marks), &text(*penalty)));
            if *given > 0 {
                records.push(answered(no, 1, u32::from(no), Some(choice(*given)), false));
            }
            expected += match given { 0 => 0, 1 => i64::from(*marks), _ => -i64::from(*penalty) };
        }
        let score = score(&key, &merged(&records), LatePolicy::InTimeOnly);
        prop_assert_eq!(score.total, Decimal::new(expected, 4));
        let max: i64 = items.iter().map(|(marks, _, _)| i64::from(*marks)).sum();
        prop_assert_eq!(score.max, Decimal::new(max, 4));
    }
}
