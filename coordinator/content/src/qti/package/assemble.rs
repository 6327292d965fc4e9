//! A package becomes a paper and its key: items in the test's order with the test's weights, pictures and shared texts
//! once each. Whole ([`paper`]), or without the items that cannot be delivered ([`paper_partly`]).

use std::collections::BTreeMap;

use protocol::{
    ids::{ItemNo, PaperId, PaperRef, PaperVersion},
    limits::ITEMS_MAX,
    paper::{Flow, Item, Paper, PaperOrder, Picture, Text},
};

use super::{
    Package, folder_of,
    manifest::{Beginning, beginning},
    reading::{Reader, language_of, title_of},
    refusal::{FileRefusal, Refusals},
    resolve,
    test::Test,
};
use crate::{
    answer_key::{AnswerKey, ItemKey},
    import::{
        RowError,
        csv::{Imported, sections_of},
    },
    qti::{
        compile::compile_normalised,
        deliver::{self, Source, Wanted},
        fault::{Fault, Faults, excerpt},
        names::Normalised,
        program::Remark,
        real::Real,
    },
    xml::Element,
};

/// Bytes of a paper's pictures together, as text: so that the paper sealed is a blob that nodes take.
pub const PICTURES_BYTES_MAX: usize = 12 * 1024 * 1024;
/// Warnings of one import.
const WARNINGS_MAX: usize = 1_000;

/// What could be imported, and what was not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartlyImported {
    /// The items that can be delivered.
    pub imported: Imported,
    /// The others; none for a faultless package.
    pub refused: Refusals,
}

/// Imports a package whole, or not at all. The language is that of the files; the given one where they name none. Without a
/// title it has the test's.
pub fn paper(package: &Package, language: &str, title: &str) -> Result<Imported, Refusals> {
    let partly = paper_partly(package, language, title)?;
    if partly.refused.is_empty() {
        Ok(partly.imported)
    } else {
        Err(partly.refused)
    }
}

/// Imports the items that can be delivered and lists the others. Fails when there is none, or the test is wrong as a whole.
pub fn paper_partly(package: &Package, language: &str, title: &str) -> Result<PartlyImported, Refusals> {
    let mut builder = Builder::new(package);
    match beginning(package)? {
        Beginning::Test(path) => builder.test(&path, language, title)?,
        Beginning::Items(paths) => builder.items(&paths, language, title)?,
    }
    builder.finish()
}

struct Builder<'a> {
    reader: Reader<'a>,
    language: String,
    title: String,
    order: PaperOrder,
    items: Vec<Item>,
    keys: BTreeMap<ItemNo, ItemKey>,
    pictures: BTreeMap<String, Picture>,
    pictures_bytes: usize,
    stimuli: Vec<Flow>,
    warnings: Vec<RowError>,
    refused: Refusals,
}

/// An item to be added.
struct Wish<'a> {
    path: &'a str,
    section: &'a str,
    weight: Real,
    /// The rubrics above it, and the folder that they stand in.
    rubrics: &'a [&'a Element],
    rubrics_folder: &'a str,
}

impl<'a> Builder<'a> {
    fn new(package: &'a Package) -> Self {
        Self {
            reader: Reader::new(package),
            language: String::new(),
            title: String::new(),
            order: PaperOrder::Fixed,
            items: Vec::new(),
            keys: BTreeMap::new(),
            pictures: BTreeMap::new(),
            pictures_bytes: 0,
            stimuli: Vec::new(),
            warnings: Vec::new(),
            refused: Refusals::default(),
        }
    }

    fn test(&mut self, path: &str, language: &str, title: &str) -> Result<(), Refusals> {
        let all = |faults: Faults| {
            let mut refused = Refusals::default();
            refused.add_all(path, "the test", faults);
            refused
        };
        let normalised = self.reader.read(path)?;
        let program = compile_normalised(&normalised).map_err(all)?;
        let test = &normalised.root;
        let Test {
            structure,
            weights,
            remarks,
        } = Test::of(test, &program).map_err(all)?;
        let folder = folder_of(path);
        let paths = structure.items.iter().map(|item| resolve(folder, &item.href));
        let paths: Vec<Option<String>> = paths.collect();
        self.begin(test, paths.iter().flatten(), language, title)?;
        self.order = structure.order;
        self.warn(path, remarks);
        for ((item, file), weight) in structure.items.iter().zip(&paths).zip(weights) {
            let Some(file) = file
                .as_deref()
                .filter(|file| self.reader.package.get(file).is_some())
            else {
                let problem = format!("the file `{}` is not in the package; add it", excerpt(&item.href));
                let what = format!("item `{}`", excerpt(&item.identifier));
                let fault = Fault {
                    line: item.line,
                    problem,
                };
                self.refused.add(FileRefusal::at(path, &what, fault));
                continue;
            };
            self.add(&Wish {
                path: file,
                section: &item.section,
                weight,
                rubrics: &item.rubrics,
                rubrics_folder: folder,
            });
        }
        Ok(())
    }

    fn items(&mut self, paths: &[String], language: &str, title: &str) -> Result<(), Refusals> {
        let first = paths.first().map(|path| self.reader.read(path)).transpose()?;
        if let Some(first) = first {
            self.begin(&first.root, paths.iter(), language, title)?;
        }
        for path in paths {
            self.add(&Wish {
                path,
                section: "",
                weight: Real::from(1),
                rubrics: &[],
                rubrics_folder: "",
            });
        }
        Ok(())
    }

    /// The paper's language and title.
    fn begin<'p>(
        &mut self,
        root: &Element,
        mut paths: impl Iterator<Item = &'p String>,
        language: &str,
        title: &str,
    ) -> Result<(), Refusals> {
        let of_items = || {
            paths
                .by_ref()
                .take(ITEMS_MAX)
                .find_map(|path| language_of(&self.reader.read(path).ok()?.root))
        };
        self.language = language_of(root)
            .or_else(of_items)
            .unwrap_or_else(|| language.trim().to_ascii_lowercase());
        self.title = title_of(root, title)?;
        Ok(())
    }

    fn add(&mut self, wish: &Wish<'_>) {
        if self.items.len() >= ITEMS_MAX {
            let why = format!("a paper has at most {ITEMS_MAX} items; split the test");
            return self.refused.add(FileRefusal::file(wish.path, why));
        }
        let normalised = match self.reader.read(wish.path) {
            Ok(normalised) => normalised,
            Err(refusal) => return self.refused.add(refusal),
        };
        let what = match normalised.root.attribute("title").unwrap_or_default().trim() {
            "" => "the question".to_owned(),
            title => format!("question `{}`", excerpt(title)),
        };
        if let Err(faults) = self.add_read(wish, &normalised) {
            self.refused.add_all(wish.path, &what, faults);
        }
    }

    fn add_read(&mut self, wish: &Wish<'_>, normalised: &Normalised) -> Result<(), Faults> {
        let line = normalised.root.line;
        let refused = |problem: String| Faults::from(Fault { line, problem });
        let mut made = deliver::item(normalised, self.wanted(folder_of(wish.path), wish.weight))?;
        let above = self.above(wish, &made.stimuli)?;
        made.pictures.extend(above.pictures);
        let bytes: usize = made
            .pictures
            .iter()
            .filter(|(name, _)| !self.pictures.contains_key(*name))
            .map(|(_, picture)| picture.data.len())
            .sum();
        if self.pictures_bytes + bytes > PICTURES_BYTES_MAX {
            return Err(refused(format!(
                "with its pictures the paper holds more than {PICTURES_BYTES_MAX} bytes of them; make them smaller"
            )));
        }
        self.pictures_bytes += bytes;
        self.pictures.extend(made.pictures);
        let no = ItemNo(u16::try_from(self.items.len() + 1).unwrap_or(u16::MAX));
        made.item.no = no;
        wish.section.clone_into(&mut made.item.section);
        made.item.stimulus = self.stimulus(above.nodes);
        self.keys.insert(no, made.key);
        self.items.push(made.item);
        if let Some(other) = language_of(&normalised.root).filter(|language| *language != self.language) {
            let text = format!(
                "its language is `{other}`, the paper's is `{}`; it is delivered as the paper's",
                self.language
            );
            self.warn(wish.path, [Remark { line, text }]);
        }
        self.warn(wish.path, made.wordless);
        self.warn(wish.path, made.remarks.into_iter().chain(above.remarks));
        Ok(())
    }

    fn wanted<'w>(&'w self, folder: &'w str, weight: Real) -> Wanted<'w> {
        Wanted {
            language: &self.language,
            source: Source::Package(self.reader.package, folder),
            weight,
        }
    }

    /// What stands above an item: the sections' rubrics, then its shared stimuli.
    fn above(&self, wish: &Wish<'_>, stimuli: &[(String, u32)]) -> Result<deliver::Content, Faults> {
        let mut content = deliver::content(wish.rubrics, self.wanted(wish.rubrics_folder, wish.weight))?;
        for (href, line) in stimuli {
            let missing = || {
                let problem = format!(
                    "the shared text `{}` is not in the package; add it",
                    excerpt(href)
                );
                Faults::from(Fault { line: *line, problem })
            };
            let path =
                resolve(folder_of(wish.path), href).filter(|path| self.reader.package.get(path).is_some());
            let path = path.ok_or_else(missing)?;
            let refused = |fault: &str| {
                let problem = format!(
                    "the shared text `{}` cannot be delivered ({fault}); correct it",
                    excerpt(href)
                );
                Faults::from(Fault { line: *line, problem })
            };
            let read = self.reader.read(&path).map_err(|refusal| refused(&refusal.why))?;
            let body = read
                .root
                .first("stimulusBody")
                .ok_or_else(|| refused("it has no stimulusBody"))?;
            let more = deliver::content(&[body], self.wanted(folder_of(&path), wish.weight));
            content.add(more.map_err(|faults| refused(&faults.to_string()))?);
        }
        Ok(content)
    }

    /// The place of a text that stands above items; the same text has one place.
    fn stimulus(&mut self, nodes: Vec<protocol::paper::Node>) -> Option<u16> {
        if nodes.is_empty() {
            return None;
        }
        let flow = Flow::from([(self.language.clone(), nodes)]);
        let place = self.stimuli.iter().position(|standing| *standing == flow);
        let place = place.unwrap_or_else(|| {
            self.stimuli.push(flow);
            self.stimuli.len() - 1
        });
        u16::try_from(place).ok()
    }

    fn warn(&mut self, path: &str, remarks: impl IntoIterator<Item = Remark>) {
        for remark in remarks {
            let warning = RowError {
                line: u64::from(remark.line),
                column: String::new(),
                problem: format!("{path}: {}", remark.text),
            };
            if self.warnings.len() < WARNINGS_MAX && !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
    }

    fn finish(self) -> Result<PartlyImported, Refusals> {
        if self.items.is_empty() {
            return Err(if self.refused.is_empty() {
                FileRefusal::file("", "there is no question in it").into()
            } else {
                self.refused
            });
        }
        let paper = PaperRef {
            paper: PaperId(0),
            version: PaperVersion(0),
        };
        let key = AnswerKey {
            paper,
            sections: sections_of(&self.items, &BTreeMap::new()),
            items: self.keys,
        };
        let paper = Paper {
            paper,
            title: Text::from([(self.language.clone(), self.title)]),
            languages: vec![self.language],
            items: self.items,
            order: self.order,
            stimuli: self.stimuli,
            pictures: self.pictures,
        };
        Ok(PartlyImported {
            imported: Imported {
                paper,
                key,
                warnings: self.warnings,
            },
            refused: self.refused,
        })
    }
}
