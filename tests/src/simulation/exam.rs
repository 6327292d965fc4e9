//! The one exam that everybody sits in the simulated world.

use std::sync::LazyLock;

use protocol::{
    hash::Hash,
    ids::{AttemptKey, CandidateId, DistrictId, ItemNo, PaperId, PaperRef, PaperVersion, SittingId},
    outline::{ItemOutline, Outline, ResponseKind},
    sitting::Sitting,
    time::Instant,
};

/// Candidates in the world.
pub const CANDIDATES: usize = 50;
/// Items on the paper.
pub const ITEMS: u16 = 12;
/// Options of each.
pub const OPTIONS: u8 = 4;

const PAPER: PaperRef = PaperRef {
    paper: PaperId(1),
    version: PaperVersion(1),
};
const ORIGIN_MS: i64 = 10_000_000;

/// The time that a perfect clock shows.
pub fn true_time(now_ms: u64) -> Instant {
    Instant(ORIGIN_MS + now_ms as i64)
}

/// A candidate's attempt.
pub fn key_of(candidate: usize) -> AttemptKey {
    AttemptKey {
        sitting: SittingId(1),
        candidate: CandidateId(candidate as u32 + 1),
    }
}

/// What nodes know of the paper.
pub fn outline() -> &'static Outline {
    static OUTLINE: LazyLock<Outline> = LazyLock::new(|| Outline {
        paper: PAPER,
        items: (1..=ITEMS)
            .map(|no| {
                let kind = ResponseKind::Choice { options: OPTIONS };
                (ItemNo(no), ItemOutline { no: ItemNo(no), kind })
            })
            .collect(),
    });
    &OUTLINE
}

/// The sitting: open long before and after, an attempt lasts 40 s.
pub fn sitting() -> Sitting {
    Sitting {
        id: SittingId(1),
        title: String::new(),
        paper: PAPER,
        opens: Instant(ORIGIN_MS - 9_000_000),
        closes: Instant(ORIGIN_MS + 9_000_000),
        duration_ms: 40_000,
        districts: vec![DistrictId(1)],
        batch: String::new(),
        order_secret: Hash::ZERO,
    }
}
