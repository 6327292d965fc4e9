use std::{collections::BTreeSet, path::Path};

use super::*;

const REFERENCE: Need = Need {
    candidates: 40_000,
    districts: 5,
    items: 100,
};
const STATE: Need = Need {
    candidates: 4_000_000,
    districts: 36,
    items: 100,
};

#[test]
fn the_reference_load_takes_two_nodes_a_district_and_three_coordinators() {
    let plan = plan(REFERENCE);
    assert_eq!(plan.largest_district.candidates, 12_000);
    assert_eq!((plan.mean_district.nodes, plan.largest_district.nodes), (2, 2));
    assert_eq!((plan.monthly.nodes, plan.centre.coordinators), (10, 3));
    assert!(plan.remarks.is_empty(), "{:?}", plan.remarks);
    let total = plan.monthly.districts_dollars + plan.centre.dollars;
    assert!((plan.monthly.total_dollars - total).abs() < 1e-6);
}

#[test]
fn what_one_cluster_does_not_hold_is_said() {
    let plan = plan(STATE);
    assert!(plan.centre.clusters > 1);
    assert_eq!(plan.centre.coordinators % plan.centre.clusters, 0);
    assert!(plan.remarks.iter().any(|remark| remark.contains("one cluster")));
    assert!(text(&plan).contains("Mind: one cluster"));
}

#[test]
fn a_district_always_has_a_node_to_spare() {
    for candidates in [1, 11_999, 12_000, 12_001, 500_000] {
        let district = plan(Need {
            candidates,
            districts: 1,
            ..REFERENCE
        })
        .largest_district;
        assert!(district.nodes >= 2, "{district:?}");
        assert!(
            (district.nodes - 1) * 12_000 >= candidates,
            "one node down and {candidates} are still served: {district:?}"
        );
        assert_eq!(district.candidates, candidates, "one district has them all");
    }
}

#[test]
fn more_candidates_or_items_never_take_less() {
    let mut before = plan(REFERENCE);
    for step in 1..200 {
        let need = Need {
            candidates: REFERENCE.candidates + step * 20_011,
            items: REFERENCE.items + step,
            ..REFERENCE
        };
        let now = plan(need);
        assert!(now.monthly.nodes >= before.monthly.nodes);
        assert!(now.centre.clusters >= before.centre.clusters);
        assert!(now.largest_district.memory_mb_per_node > before.largest_district.memory_mb_per_node * 0.9);
        assert!(now.largest_district.disk_gb_per_node >= before.largest_district.disk_gb_per_node);
        assert!(
            now.monthly.total_dollars >= before.monthly.total_dollars,
            "{need:?}"
        );
        before = now;
    }
}

#[test]
fn every_figure_is_named_once_and_says_why() {
    let names: BTreeSet<&str> = figures::ALL.iter().map(|figure| figure.name).collect();
    assert_eq!(names.len(), figures::ALL.len());
    let shown = text(&plan(REFERENCE));
    for figure in figures::ALL {
        assert!(figure.value > 0.0 && figure.value.is_finite(), "{figure:?}");
        assert!(!figure.reason.is_empty() && !figure.unit.is_empty(), "{figure:?}");
        assert!(shown.contains(figure.name), "{figure:?}");
    }
}

/// The page shows what the command prints. After a figure was changed:
/// `PARIKSHA_WRITE=1 cargo test -p coordinator capacity` writes it anew.
#[test]
fn the_page_shows_what_the_command_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/CAPACITY.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let mut expected = page.clone();
    for need in [REFERENCE, STATE] {
        let begin = format!(
            "```text\n$ parikshactl capacity --candidates {} --districts {} --items {}\n",
            need.candidates, need.districts, need.items
        );
        let (before, rest) = expected.split_once(&begin).expect("the page shows this command");
        let (_, after) = rest.split_once("\n```\n").expect("the block ends");
        let plan = plan(need);
        // The assumptions are the same for both: they stand once.
        let shown = match need.candidates {
            40_000 => text(&plan),
            _ => text(&plan).replace(&assumptions(&plan), ""),
        };
        expected = format!("{before}{begin}{}\n```\n{after}", shown.trim_end());
    }
    if std::env::var_os("PARIKSHA_WRITE").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    assert!(
        page == expected || std::env::var_os("PARIKSHA_WRITE").is_some(),
        "docs/CAPACITY.md is older than the figures: PARIKSHA_WRITE=1 cargo test -p coordinator capacity"
    );
}
