//! What the typesetter can see: the form, the data of one batch, and our fonts.

use typst::{
    Library, World,
    diag::{FileError, FileResult},
    foundations::{Bytes, Datetime},
    syntax::{FileId, Source, VirtualPath},
    text::{Font, FontBook},
    utils::LazyHash,
};

use super::Press;

const FORM: &str = include_str!("../card.typ");
const FORM_PATH: &str = "card.typ";
const DATA_PATH: &str = "batch.json";

/// One batch on the press.
pub(super) struct Desk<'a> {
    press: &'a Press,
    data: Bytes,
}

/// The form of a card.
pub(super) fn form() -> Source {
    Source::new(id(FORM_PATH), FORM.to_owned())
}

fn id(path: &str) -> FileId {
    FileId::new(None, VirtualPath::new(path))
}

impl<'a> Desk<'a> {
    pub(super) fn new(press: &'a Press, data: Bytes) -> Self {
        Self { press, data }
    }
}

impl World for Desk<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.press.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        self.press.fonts.book()
    }

    fn main(&self) -> FileId {
        self.press.form.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.press.form.id() {
            Ok(self.press.form.clone())
        } else {
            Err(FileError::AccessDenied)
        }
    }

    fn file(&self, wanted: FileId) -> FileResult<Bytes> {
        if wanted == id(DATA_PATH) {
            Ok(self.data.clone())
        } else {
            Err(FileError::AccessDenied)
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.press.fonts.font(index)
    }

    fn today(&self, _offset: Option<i64>) -> Option<Datetime> {
        None
    }
}
