//! The errors of papers and sittings that follow from what the centre decided: withdrawals, and two exams at once.

use axum::http::StatusCode;
use protocol::{ids::PaperRef, sitting::Sitting};

use super::Problem;

impl Problem {
    /// A paper that must not be sat any more.
    pub fn withdrawn(paper: PaperRef, reason: &str) -> Self {
        let detail = format!(
            "paper {paper} was withdrawn by the examination centre: {reason}; answers that were given are kept, ask the invigilator"
        );
        Self::new("withdrawn", "The paper was withdrawn", StatusCode::GONE, detail)
    }

    /// Another attempt of the candidate runs.
    pub fn other_exam_open(other: &Sitting) -> Self {
        let detail = format!(
            "your exam \"{}\" is still open; hand it in first, or go on with it",
            other.title
        );
        Self::new(
            "other-exam-open",
            "Another exam is open",
            StatusCode::CONFLICT,
            detail,
        )
    }
}
