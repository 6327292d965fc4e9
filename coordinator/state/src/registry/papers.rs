//! Papers: published, immutable, versioned; their answer keys, every version kept; their releases.

use protocol::{
    hash::Hash,
    ids::{ItemNo, KeyVersion, PaperId, PaperRef, PaperVersion},
    limits::{ITEMS_MAX, NAMED_MAX, OPTIONS_MAX, PARTS_MAX},
    outline::{KindOf, Outline, ResponseKind},
    time::Instant,
};

use super::{AnswerKeyRow, PaperRow, Registry, ReleaseRow};
use crate::{
    bounds::{
        KEY_VERSIONS_MAX, PAPERS_MAX, TITLE_BYTES_MAX, WRAPPED_BYTES_MAX, count_within, room, size, text,
    },
    effects::{Changes, Outcome},
    rejection::Rejection,
};

/// A paper to publish.
pub(crate) struct NewPaper<'a> {
    pub(crate) paper: Option<PaperId>,
    pub(crate) title: &'a str,
    pub(crate) blob: Hash,
    pub(crate) bytes: u32,
    pub(crate) outline: &'a Outline,
    pub(crate) wrapped_key: &'a [u8],
    pub(crate) wrapped_answer_key: &'a [u8],
}

impl Registry {
    /// What the next publication of this paper (or of a new one) will be called.
    pub(crate) fn next_paper(&self, paper: Option<PaperId>) -> Result<PaperRef, Rejection> {
        let Some(paper) = paper else {
            return Ok(PaperRef {
                paper: PaperId(self.counters().paper.0 + 1),
                version: PaperVersion(1),
            });
        };
        let version = |version| PaperRef {
            paper,
            version: PaperVersion(version),
        };
        let (last, _) = self
            .papers
            .range(version(0)..=version(u16::MAX))
            .next_back()
            .ok_or(Rejection::UnknownPaper(paper))?;
        Ok(version(last.version.0.saturating_add(1)))
    }

    /// The caller has checked that the blob is held whole, with this length.
    pub(crate) fn publish_paper(
        &mut self,
        new: &NewPaper<'_>,
        at: Instant,
        changes: &mut Changes,
    ) -> Result<Outcome, Rejection> {
        text("the paper's title", new.title, TITLE_BYTES_MAX)?;
        size("the wrapped paper key", new.wrapped_key.len(), WRAPPED_BYTES_MAX)?;
        size(
            "the wrapped answer key",
            new.wrapped_answer_key.len(),
            WRAPPED_BYTES_MAX,
        )?;
        room("papers", self.papers.len(), PAPERS_MAX)?;
        let expected = self.next_paper(new.paper)?;
        check_outline(new.outline, expected)?;
        let revision = self.bump(changes);
        self.count(changes, |counters| {
            counters.paper = counters.paper.max(expected.paper);
        });
        let row = PaperRow {
            title: new.title.into(),
            blob: new.blob,
            bytes: new.bytes,
            outline: new.outline.clone(),
            wrapped_key: new.wrapped_key.into(),
            published: at,
            revision,
            key_version: KeyVersion(1),
        };
        self.papers.put(changes, expected, row);
        self.put_key(expected, KeyVersion(1), new.wrapped_answer_key, at, changes);
        Ok(Outcome::Paper(expected))
    }

    pub(crate) fn correct_key(
        &mut self,
        paper: PaperRef,
        wrapped: &[u8],
        at: Instant,
        changes: &mut Changes,
    ) -> Result<Outcome, Rejection> {
        size("the wrapped answer key", wrapped.len(), WRAPPED_BYTES_MAX)?;
        let held = self.known_paper(paper)?;
        room(
            "versions of the answer key",
            held.key_version.0.into(),
            KEY_VERSIONS_MAX.into(),
        )?;
        let version = KeyVersion(held.key_version.0 + 1);
        let row = PaperRow {
            key_version: version,
            ..held.clone()
        };
        self.papers.put(changes, paper, row);
        self.put_key(paper, version, wrapped, at, changes);
        Ok(Outcome::Key(version))
    }

    fn put_key(
        &mut self,
        paper: PaperRef,
        version: KeyVersion,
        wrapped: &[u8],
        since: Instant,
        changes: &mut Changes,
    ) {
        let row = AnswerKeyRow {
            wrapped: wrapped.into(),
            since,
        };
        self.answer_keys.put(changes, (paper, version), row);
    }

    pub(crate) fn release_paper(
        &mut self,
        paper: PaperRef,
        key: [u8; 32],
        at: Instant,
        changes: &mut Changes,
    ) -> Result<Outcome, Rejection> {
        self.known_paper(paper)?;
        match self.releases.get(&paper) {
            Some(held) if held.key == key => {}
            Some(_) => return Err(Rejection::ReleasedOtherwise(paper)),
            None if self.consent.withdrawals.contains(&paper) => return Err(Rejection::Withdrawn(paper)),
            None if !self.consent.may_release(paper, at) => return Err(Rejection::TwoNeeded(paper)),
            None => {
                let revision = self.bump(changes);
                let row = ReleaseRow {
                    paper,
                    key,
                    revision,
                    at,
                };
                self.releases.put(changes, paper, row);
            }
        }
        Ok(Outcome::Done)
    }
}

fn check_outline(outline: &Outline, expected: PaperRef) -> Result<(), Rejection> {
    if outline.paper != expected {
        return Err(Rejection::PaperRef {
            expected,
            given: outline.paper,
        });
    }
    count_within("items", outline.items.len(), ITEMS_MAX)?;
    if outline.items.is_empty() {
        return Err(Rejection::Outline("it has no items".into()));
    }
    for (no, item) in &outline.items {
        if *no != item.no || *no == ItemNo(0) {
            return Err(Rejection::Outline(format!("item {no} is misnumbered")));
        }
        check_kind(*no, &item.kind)?;
    }
    Ok(())
}

fn check_kind(no: ItemNo, kind: &ResponseKind) -> Result<(), Rejection> {
    let within = |what: &str, count: usize, max: usize| {
        if count <= max {
            return Ok(());
        }
        Err(Rejection::Outline(format!(
            "item {no} has {count} {what}, at most {max}"
        )))
    };
    let named = |names: u8| within("things to name", names.into(), NAMED_MAX);
    match kind {
        KindOf::Choice { options } | KindOf::Choices { options } => {
            within("options", (*options).into(), OPTIONS_MAX)
        }
        KindOf::Parts(parts) => {
            within("parts", parts.len(), PARTS_MAX)?;
            parts.iter().try_for_each(|part| named(part.names()))
        }
        other => named(other.names()),
    }
}
