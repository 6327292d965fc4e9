//! Eight candidates, three items. The expected figures were computed apart from this crate, with exact fractions and the
//! textbook formulas, by `expected.py` beside this file; the test runs nothing, it holds that program's output.

use protocol::{
    hash::Hash,
    ids::{OptionId, PaperId, PaperRef, PaperVersion},
    paper::{Item, ItemKind, Paper, PaperOrder, Text},
};

use super::*;
use crate::scoring::Verdict;

/// Marks of the three items (maxima 2, 4, 1), the option chosen for the first (0: none), the district.
const CANDIDATES: [([i64; 3], u8, u16); 8] = [
    ([200, 400, 100], 2, 1),
    ([200, 350, 100], 2, 1),
    ([200, 100, 0], 2, 1),
    ([-50, 400, 100], 1, 1),
    ([-50, 200, 0], 3, 2),
    ([200, 0, 0], 2, 2),
    ([-50, 100, 0], 1, 2),
    ([0, 0, 0], 0, 2),
];

/// Facility, item-rest, upper-lower, by item.
const EXPECTED: [[&str; 3]; 3] = [
    ["0.4063", "0.1005", "1.1250"],
    ["0.4844", "0.3728", "0.8125"],
    ["0.3750", "0.8517", "1.0000"],
];
/// Facility of the first item by district.
const EXPECTED_DISTRICTS: [&str; 2] = ["0.6875", "0.1250"];
/// Option of the first item, candidates, mean total.
const EXPECTED_GIVEN: [(&str, u32, &str); 3] = [("2", 4, "4.6250"), ("1", 2, "2.5000"), ("3", 1, "1.5000")];

fn verdict(marks: i64, max: i64) -> Verdict {
    match marks {
        0 => Verdict::Omitted,
        marks if marks < 0 => Verdict::Wrong,
        marks if marks == max => Verdict::Right,
        _ => Verdict::Partial,
    }
}

fn analysed(order: &[ItemNo]) -> Vec<ItemReport> {
    let maxima = [(1, 200), (2, 400), (3, 100)];
    let total = |marks: [i64; 3]| Decimal::new(marks.iter().sum(), 2);
    let ranks = (1..).map(CandidateId).zip(CANDIDATES);
    let groups = Groups::of(
        ranks
            .clone()
            .map(|(id, (marks, ..))| (total(marks), id))
            .collect(),
    );
    let of_maxima = maxima.map(|(no, max)| (ItemNo(no), Decimal::new(max, 2)));
    let mut analysis = Analysis::new(of_maxima.into(), groups);
    for (candidate, (marks, option, district)) in ranks {
        let items = maxima.iter().zip(marks).map(|((no, max), marks)| {
            let score = ItemScore {
                marks: Decimal::new(marks, 2),
                verdict: verdict(marks, *max),
            };
            (ItemNo(*no), score)
        });
        let choice = Response::Choice(OptionId(option));
        let text = Response::Text("words".into());
        let given = [
            (option > 0, ItemNo(1), &choice),
            (marks[1] > 0, ItemNo(2), &text),
            (marks[2] > 0, ItemNo(3), &choice),
        ];
        let responses = given.into_iter().filter(|(is_given, ..)| *is_given);
        analysis.add(&Taken {
            candidate,
            district: DistrictId(district),
            total: total(marks),
            items: &items.collect(),
            responses: &responses.map(|(_, no, response)| (no, response)).collect(),
            order,
        });
    }
    assert_eq!(analysis.candidates(), 8);
    analysis.report()
}

const ORDER: [ItemNo; 3] = [ItemNo(1), ItemNo(2), ItemNo(3)];

#[test]
fn the_figures_are_those_that_were_computed_independently() {
    let report = analysed(&ORDER);
    let figures = |item: usize| {
        let item = &report[item];
        [&item.facility, &item.item_rest, &item.upper_lower].map(|figure| figure.clone().unwrap())
    };
    assert_eq!(figures(0), EXPECTED[0]);
    assert_eq!(figures(1), EXPECTED[1]);
    assert_eq!(figures(2), EXPECTED[2]);
    let districts: Vec<Option<&str>> = report[0]
        .districts
        .iter()
        .map(|of| of.facility.as_deref())
        .collect();
    assert_eq!(districts, EXPECTED_DISTRICTS.map(Some));
}

#[test]
fn distractors_are_counted_with_the_mean_total_of_those_who_chose_them() {
    let report = analysed(&ORDER);
    let given: Vec<(&str, u32, &str)> = report[0]
        .given
        .iter()
        .map(|row| (row.given.as_str(), row.candidates, row.mean_total.as_str()))
        .collect();
    assert_eq!(given, EXPECTED_GIVEN);
    assert_eq!(report[1].given, vec![], "texts are not counted");
}

#[test]
fn what_was_left_out_at_the_end_is_not_reached_and_before_it_omitted() {
    let report = analysed(&ORDER);
    let left_out: Vec<(u32, Option<u32>)> = report
        .iter()
        .map(|item| (item.omitted, item.not_reached))
        .collect();
    // Candidate 8 gave nothing; candidate 6 stopped after the first; 3, 5 and 7 after the second.
    assert_eq!(left_out, [(0, Some(1)), (0, Some(2)), (0, Some(5))]);
    let turned = [ItemNo(3), ItemNo(2), ItemNo(1)];
    let left_out: Vec<(u32, Option<u32>)> = analysed(&turned)
        .iter()
        .map(|item| (item.omitted, item.not_reached))
        .collect();
    assert_eq!(left_out, [(0, Some(1)), (1, Some(1)), (4, Some(1))]);
    let unknown = analysed(&[]);
    assert_eq!((unknown[2].omitted, unknown[2].not_reached), (5, None));
}

#[test]
fn undecided_and_dropped_items_have_no_figures_of_their_own() {
    let one = |verdict| {
        let mut analysis = Analysis::new([(ItemNo(1), Decimal::TWO)].into(), Groups::default());
        let marks = Decimal::ZERO;
        let taken = Taken {
            candidate: CandidateId(1),
            district: DistrictId(1),
            total: Decimal::TEN,
            items: &[(ItemNo(1), ItemScore { marks, verdict })].into(),
            responses: &BTreeMap::new(),
            order: &[],
        };
        analysis.add(&taken);
        let mut report = analysis.report();
        report.remove(0)
    };
    let unmarked = one(Verdict::Unmarked);
    assert_eq!(
        (unmarked.undecided, unmarked.candidates, unmarked.facility),
        (1, 0, None)
    );
    let dropped = one(Verdict::Dropped);
    assert_eq!(
        (dropped.undecided, dropped.facility, dropped.upper_lower),
        (0, None, None)
    );
    assert_eq!(
        one(Verdict::Omitted).item_rest,
        None,
        "one candidate correlates with nothing"
    );
}

#[test]
fn labels_beyond_the_bound_are_counted_together() {
    let mut given = labels::Given::default();
    for number in 0..LABELS_MAX + 50 {
        given.add(&Response::Number(number.to_string()), Decimal::ONE);
    }
    let report = given.report();
    assert_eq!(report.len(), LABELS_MAX + 1);
    assert_eq!((report[0].given.as_str(), report[0].candidates), ("other", 50));
}

#[test]
fn the_order_follows_what_the_paper_says() {
    let item = |no: u16, section: &str| {
        let mut item = Item::plain(ItemNo(no), ItemKind::Number, Text::new());
        item.section = section.into();
        item
    };
    let mut paper = Paper {
        paper: PaperRef {
            paper: PaperId(1),
            version: PaperVersion(1),
        },
        title: Text::new(),
        languages: vec!["en".into()],
        items: (1..=30)
            .map(|no| item(no, if no % 2 == 0 { "B" } else { "A" }))
            .collect(),
        order: PaperOrder::Fixed,
        stimuli: Vec::new(),
        pictures: BTreeMap::new(),
    };
    let of = |paper: &Paper| ItemOrder::of(paper, Hash::blake3(b"secret")).of_candidate(CandidateId(7));
    assert_eq!(of(&paper), (1..=30).map(ItemNo).collect::<Vec<_>>());
    paper.order = PaperOrder::Shuffled;
    let shuffled = of(&paper);
    assert_ne!(shuffled, (1..=30).map(ItemNo).collect::<Vec<_>>());
    paper.order = PaperOrder::Sections;
    let by_section = of(&paper);
    let odd = |items: &[ItemNo]| {
        items
            .iter()
            .copied()
            .filter(|no| no.0 % 2 == 1)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        by_section[..15],
        odd(&shuffled)[..],
        "the first section, in the candidate's own order"
    );
    assert!(by_section[15..].iter().all(|no| no.0 % 2 == 0));
}
