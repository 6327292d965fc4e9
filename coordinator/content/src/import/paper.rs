//! A paper from a file of any format: the one entry for whoever publishes, previews or tries out. What cannot be delivered
//! as the file means it is an error; with a part of the errors, the rest is a paper all the same, if the caller wants it.

use std::collections::BTreeMap;

use protocol::{
    ids::{ItemNo, PaperId, PaperRef, PaperVersion},
    limits::ITEMS_MAX,
    paper::{Item, Paper, PaperOrder, Picture, Text},
};

use super::{
    aiken,
    check::{self, Severity},
    csv::{self, Imported, PartlyImported},
    draft::{AttachedFile, Delivered, Draft, Passage, delivered},
    drafts::{Drafts, Refusal},
    fault::{ImportErrors, Problem, RowError},
    format::{Format, HEAD_BYTES, Recognised, recognise},
    gift, moodle,
    picture::PICTURES_BYTES_MAX,
};
use crate::{
    answer_key::AnswerKey,
    archive::{Archive, ArchiveLimits},
    qti::{self, Package},
};

/// A file of questions.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// Its name, which may say its format; empty where nobody knows it.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Its format, where somebody said it.
    pub format: Option<Format>,
    /// The language of formats that name none.
    pub language: &'a str,
    /// The paper's title.
    pub title: &'a str,
}

/// Imports a paper whole, or not at all.
pub fn read(source: Source<'_>) -> Result<Imported, ImportErrors> {
    let partly = read_partly(source)?;
    if partly.errors.is_empty() {
        Ok(partly.imported)
    } else {
        Err(partly.errors)
    }
}

/// Imports the questions without a fault and lists the others. Fails when there is none, or the file is wrong as a whole.
pub fn read_partly(source: Source<'_>) -> Result<PartlyImported, ImportErrors> {
    let format = format_of(&source)?;
    if source.bytes.len() > format.bytes_max() {
        return Err(whole(&format!(
            "the file has {} bytes, at most {} are read; split it",
            source.bytes.len(),
            format.bytes_max()
        )));
    }
    csv::check_title(source.title)?;
    check_language(source.language)?;
    match format {
        Format::Csv | Format::Xlsx => csv::paper_partly(source.bytes, source.title),
        Format::Gift | Format::Aiken | Format::MoodleXml => of_drafts(drafts(format, &source), &source),
        Format::QtiItem => of_qti(&Package::single(source.name, source.bytes), &source),
        Format::Package => of_package(&source),
        Format::QtiTest | Format::QtiManifest | Format::QtiPart => Err(whole(
            "this file only names others; give the folder or the zip archive that they stand in",
        )),
    }
}

fn format_of(source: &Source<'_>) -> Result<Format, ImportErrors> {
    if let Some(format) = source.format {
        return Ok(format);
    }
    let head = &source.bytes[..source.bytes.len().min(HEAD_BYTES)];
    match recognise(source.name, head) {
        Recognised::Questions(format) => Ok(format),
        Recognised::Other(why) | Recognised::Unknown(why) => Err(whole(&format!(
            "{why}; or say its format: csv, xlsx, gift, aiken, moodle-xml, qti-item or package"
        ))),
    }
}

/// A code such as `mr`: it becomes a name in the paper.
fn check_language(language: &str) -> Result<(), ImportErrors> {
    let is_code = (2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_lowercase());
    if is_code {
        Ok(())
    } else {
        Err(whole(
            "the language is not a code of two or three small letters, such as en, hi or mr",
        ))
    }
}

fn whole(why: &str) -> ImportErrors {
    ImportErrors::only(0, &Problem::Told(why.to_owned()))
}

fn drafts(format: Format, source: &Source<'_>) -> Result<Drafts, Refusal> {
    match format {
        Format::Aiken => aiken::read(source.bytes, source.language),
        Format::MoodleXml => moodle::read(source.bytes, source.language),
        _ => gift::read(source.bytes, source.language),
    }
}

fn of_drafts(read: Result<Drafts, Refusal>, source: &Source<'_>) -> Result<PartlyImported, ImportErrors> {
    let refused = |refusal: Refusal| row_error(refusal.line, format!("{}: {}", refusal.what, refusal.why));
    let drafts = read.map_err(|refusal| ImportErrors {
        errors: vec![refused(refusal)],
        more: 0,
    })?;
    let mut gathered = Gathered::default();
    for finding in check::findings(&drafts.drafts) {
        let error = row_error(finding.line, finding.problem);
        match finding.severity {
            Severity::Blocks => gathered.errors.errors.push(error),
            Severity::Warns => gathered.warnings.push(error),
        }
    }
    let blocked: Vec<u64> = gathered.errors.errors.iter().map(|error| error.line).collect();
    for (no, draft) in (1..=u16::MAX).map(ItemNo).zip(&drafts.drafts) {
        gathered.take(draft, no, blocked.contains(&draft.line));
    }
    gathered
        .errors
        .errors
        .extend(drafts.refused.into_iter().map(refused));
    gathered.errors.more += drafts.more_refused;
    gathered.errors.sort();
    gathered.into_paper(source)
}

fn row_error(line: u64, problem: String) -> RowError {
    RowError {
        line,
        column: String::new(),
        problem,
    }
}

/// What becomes of a file's questions.
#[derive(Default)]
struct Gathered {
    delivered: Vec<Delivered>,
    pictures_bytes: usize,
    errors: ImportErrors,
    warnings: Vec<RowError>,
}

impl Gathered {
    fn take(&mut self, draft: &Draft, no: ItemNo, is_blocked: bool) {
        match delivered(draft, no) {
            Ok(_) if is_blocked => {}
            Ok(made) => {
                self.pictures_bytes += made
                    .pictures
                    .values()
                    .map(|one| one.data.len() / 4 * 3)
                    .sum::<usize>();
                self.delivered.push(made);
            }
            Err(why) => {
                let stem = || draft.stem.values().next().map(Passage::text).unwrap_or_default();
                let name = draft.title.clone().unwrap_or_else(stem);
                let name: Vec<&str> = name.split_whitespace().take(8).collect();
                let problem = Problem::Told(format!("question `{}`: {why}", name.join(" ")));
                self.errors.add(draft.line, "", &problem);
            }
        }
    }

    fn into_paper(self, source: &Source<'_>) -> Result<PartlyImported, ImportErrors> {
        if self.delivered.len() > ITEMS_MAX {
            return Err(whole(&format!(
                "at most {ITEMS_MAX} questions make a paper; split the file"
            )));
        }
        if self.pictures_bytes > PICTURES_BYTES_MAX {
            return Err(whole(&format!(
                "the pictures have {} bytes together, at most {PICTURES_BYTES_MAX} are taken; make them smaller",
                self.pictures_bytes
            )));
        }
        if self.delivered.is_empty() {
            let none = || whole("there is no question in it");
            return Err(if self.errors.is_empty() {
                none()
            } else {
                self.errors
            });
        }
        let mut items: Vec<Item> = Vec::with_capacity(self.delivered.len());
        let mut keys = BTreeMap::new();
        let mut pictures: BTreeMap<String, Picture> = BTreeMap::new();
        for made in self.delivered {
            keys.insert(made.item.no, made.key);
            items.push(made.item);
            pictures.extend(made.pictures);
        }
        let paper = PaperRef {
            paper: PaperId(0),
            version: PaperVersion(0),
        };
        let sections = csv::sections_of(&items, &BTreeMap::new());
        let imported = Imported {
            paper: Paper {
                paper,
                title: Text::from([(source.language.to_owned(), source.title.trim().to_owned())]),
                languages: vec![source.language.to_owned()],
                items,
                order: PaperOrder::Shuffled,
                stimuli: Vec::new(),
                pictures,
            },
            key: AnswerKey {
                paper,
                items: keys,
                sections,
            },
            warnings: self.warnings,
        };
        Ok(PartlyImported {
            imported,
            errors: self.errors,
        })
    }
}

/// A QTI package; or one file of another format with the pictures that it shows.
fn of_package(source: &Source<'_>) -> Result<PartlyImported, ImportErrors> {
    let archive = Archive::open(source.bytes, ArchiveLimits::default())
        .map_err(|error| ImportErrors::only(0, &Problem::Archive(error)))?;
    let found: Vec<(&str, Format)> = archive
        .files()
        .filter_map(|(path, content)| match recognise(path, content) {
            Recognised::Questions(format) => Some((path, format)),
            Recognised::Other(_) | Recognised::Unknown(_) => None,
        })
        .collect();
    let is_qti = |format: Format| {
        matches!(
            format,
            Format::QtiItem | Format::QtiTest | Format::QtiManifest | Format::QtiPart
        )
    };
    if found.iter().any(|(_, format)| is_qti(*format)) {
        let package =
            Package::open(source.bytes).map_err(|error| ImportErrors::only(0, &Problem::Archive(error)))?;
        return of_qti(&package, source);
    }
    let [(path, format)] = found.as_slice() else {
        let names: Vec<&str> = found.iter().take(3).map(|(path, _)| *path).collect();
        return Err(whole(&format!(
            "a paper is made of one file of questions, and the archive has {} ({}); pack one, with its pictures",
            found.len(),
            names.join(", ")
        )));
    };
    let inner = Source {
        name: path,
        bytes: archive.get(path).unwrap_or_default(),
        format: Some(*format),
        ..*source
    };
    match format {
        Format::Gift | Format::Aiken | Format::MoodleXml => {
            let mut read = drafts(*format, &inner);
            if let Ok(drafts) = &mut read {
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                drafts
                    .drafts
                    .iter_mut()
                    .for_each(|draft| attach(draft, folder, &archive));
            }
            of_drafts(read, &inner)
        }
        Format::Package => Err(whole("archives within archives are not opened; pack one folder")),
        _ => read_partly(inner),
    }
}

/// Gives a question the pictures that it shows, from its own folder of the archive.
fn attach(draft: &mut Draft, folder: &str, archive: &Archive) {
    let shown = draft.shown();
    let names = shown
        .iter()
        .flat_map(|(_, texts)| texts.values())
        .flat_map(Passage::images)
        .map(|image| image.name.replace("%20", " "));
    for name in names {
        let is_held = draft.files.iter().any(|file| file.name == name);
        let path = if folder.is_empty() {
            name.clone()
        } else {
            format!("{folder}/{name}")
        };
        if let (false, Some(content)) = (is_held, archive.get(&path)) {
            draft.files.push(AttachedFile {
                name,
                bytes: content.len(),
                content: content.to_vec(),
            });
        }
    }
}

fn of_qti(package: &Package, source: &Source<'_>) -> Result<PartlyImported, ImportErrors> {
    let errors = |refusals: qti::Refusals| {
        let error =
            |one: qti::FileRefusal| row_error(one.line, format!("{}: {}: {}", one.file, one.what, one.why));
        ImportErrors {
            errors: refusals.refused.into_iter().map(error).collect(),
            more: refusals.more,
        }
    };
    let read = qti::paper_partly(package, source.language, source.title).map_err(errors)?;
    Ok(PartlyImported {
        imported: read.imported,
        errors: errors(read.refused),
    })
}

#[cfg(test)]
mod tests;
