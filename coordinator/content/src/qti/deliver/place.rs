//! Where one is while a text is walked: how deep, and in what.

/// Where in the text one is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) depth: usize,
    pub(super) math: bool,
    pub(super) pre: bool,
    pub(super) within: Within,
}

/// What a text belongs to: what can stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    /// The item: interactions.
    Item,
    /// An interaction's choice or prompt, or a shared text: nothing that is answered.
    Words,
    /// A gap match: gaps.
    Gaps,
    /// A hot text interaction: hot texts.
    Hottexts,
}

impl Place {
    pub(super) const TOP: Self = Self {
        depth: 0,
        math: false,
        pre: false,
        within: Within::Item,
    };

    /// The same, within this.
    pub(super) fn within(self, within: Within) -> Self {
        Self { within, ..self }
    }

    /// The same, where nothing can be answered.
    pub(super) fn inside(self) -> Self {
        self.within(Within::Words)
    }
}
