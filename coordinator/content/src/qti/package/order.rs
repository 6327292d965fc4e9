//! Whether a test's items may be shuffled. A paper knows three orders, a test knows more; where a test is between two of
//! them its own order is kept, and that is said.

use protocol::paper::PaperOrder;

/// What was seen of a test's order.
#[derive(Debug, Default)]
pub(super) struct Ordering {
    shuffled: usize,
    fixed: usize,
    are_sections_shuffled: bool,
    /// Sections in the order in which their items come, without neighbours that are the same.
    sections: Vec<String>,
}

impl Ordering {
    pub(super) fn item(&mut self, section: &str, is_shuffled: bool) {
        *(if is_shuffled {
            &mut self.shuffled
        } else {
            &mut self.fixed
        }) += 1;
        if self.sections.last().map(String::as_str) != Some(section) {
            self.sections.push(section.to_owned());
        }
    }

    pub(super) fn sections_shuffled(&mut self) {
        self.are_sections_shuffled = true;
    }

    /// The paper's order: items are shuffled within their sections only if all of them may be, and every section's items
    /// stand together.
    pub(super) fn order(&self) -> PaperOrder {
        let mut distinct = self.sections.clone();
        distinct.sort();
        distinct.dedup();
        let stand_together = distinct.len() == self.sections.len();
        if self.shuffled > 0 && self.fixed == 0 && stand_together {
            PaperOrder::Sections
        } else {
            PaperOrder::Fixed
        }
    }

    /// What of the test's order is not kept.
    pub(super) fn lost(&self, order: PaperOrder) -> Option<&'static str> {
        if self.shuffled > 0 && order == PaperOrder::Fixed {
            return Some("only some items may be shuffled: the paper keeps the test's order for everybody");
        }
        self.are_sections_shuffled
            .then_some("sections are not shuffled: they keep the test's order for everybody")
    }
}
