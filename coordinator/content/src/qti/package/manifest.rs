//! Where a package begins: its test, or its items, by the manifest; without one by what its files are.

use super::{Package, folder_of, refusal::FileRefusal, resolve};
use crate::{
    qti::fault::excerpt,
    xml::{self, Element},
};

/// The list of a package's files.
const MANIFEST: &str = "imsmanifest.xml";
/// Bytes of a manifest.
const MANIFEST_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Resources that are looked at.
const RESOURCES_MAX: usize = 5_000;

/// What a paper is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Beginning {
    /// A test's file.
    Test(String),
    /// Items' files, in the order of the manifest or of their names.
    Items(Vec<String>),
}

pub(super) fn beginning(package: &Package) -> Result<Beginning, FileRefusal> {
    let mut tests = Vec::new();
    let mut items = Vec::new();
    let named = match manifest(package)? {
        Some(path) => resources(package, path)?,
        None => package.paths().map(str::to_owned).collect(),
    };
    for path in named {
        let Some(bytes) = package.get(&path) else {
            return Err(FileRefusal::file(
                &path,
                "the manifest names this file, and it is not in the package; add it",
            ));
        };
        match root_of(&path, bytes) {
            Some(Root::Test) => tests.push(path),
            Some(Root::Item) => items.push(path),
            None => {}
        }
    }
    match (&tests[..], items.is_empty()) {
        ([_], _) => Ok(Beginning::Test(tests.remove(0))),
        ([], false) => Ok(Beginning::Items(items)),
        ([], true) => Err(FileRefusal::file(
            "",
            "there is no QTI item and no QTI test in it; give a package of QTI 2.1, 2.2 or 3.0",
        )),
        ([first, second, ..], _) => Err(FileRefusal::file(
            second,
            format!(
                "the package holds several tests (another is `{}`); a paper is made of one, pack each for itself",
                excerpt(first)
            ),
        )),
    }
}

enum Root {
    Test,
    Item,
}

/// What a file's root element is. A file that is no XML is told so when it is read as an item.
fn root_of(path: &str, bytes: &[u8]) -> Option<Root> {
    use crate::import::format::{Format, Recognised, recognise};
    match recognise(path, bytes) {
        Recognised::Questions(Format::QtiTest) => Some(Root::Test),
        Recognised::Questions(Format::QtiItem) => Some(Root::Item),
        _ => None,
    }
}

/// The manifest that stands highest.
fn manifest(package: &Package) -> Result<Option<&str>, FileRefusal> {
    let depth = |path: &str| path.split('/').count();
    let is_one = |path: &&str| path.rsplit('/').next() == Some(MANIFEST);
    let found: Vec<&str> = package.paths().filter(is_one).collect();
    let highest = found.iter().map(|path| depth(path)).min();
    let mut of_those = found.into_iter().filter(|path| Some(depth(path)) == highest);
    let first = of_those.next();
    match of_those.next() {
        Some(other) => Err(FileRefusal::file(
            other,
            "the archive holds several packages; give each for itself",
        )),
        None => Ok(first),
    }
}

/// The files of the manifest's resources, each once, in its order.
fn resources(package: &Package, path: &str) -> Result<Vec<String>, FileRefusal> {
    let refused = |line: u32, why: String| FileRefusal {
        line: u64::from(line),
        ..FileRefusal::file(path, why)
    };
    let bytes = package.get(path).unwrap_or_default();
    if bytes.len() > MANIFEST_BYTES_MAX {
        return Err(refused(
            0,
            format!(
                "the manifest has {} bytes, at most {MANIFEST_BYTES_MAX} are read; split the package",
                bytes.len()
            ),
        ));
    }
    let root = xml::parse(bytes).map_err(|error| refused(error.line, error.fault.to_string()))?;
    let all: Vec<&Element> = root
        .first("resources")
        .into_iter()
        .flat_map(|all| all.elements_named("resource"))
        .collect();
    if all.len() > RESOURCES_MAX {
        return Err(refused(
            root.line,
            format!("more than {RESOURCES_MAX} resources; split the package"),
        ));
    }
    let base = |element: &Element| element.attribute("xml:base").unwrap_or_default().to_owned();
    let above = base(&root) + &root.first("resources").map(base).unwrap_or_default();
    let mut files = Vec::new();
    for resource in all {
        let Some(href) = resource.attribute("href") else {
            continue;
        };
        let href = format!("{above}{}{href}", base(resource));
        let file = resolve(folder_of(path), &href).ok_or_else(|| {
            refused(
                resource.line,
                format!(
                    "`{}` is not a file within the package; correct it",
                    excerpt(&href)
                ),
            )
        })?;
        let is_qti = resource.attribute("type").is_none_or(|kind| kind.contains("qti"));
        if is_qti && !files.contains(&file) {
            files.push(file);
        }
    }
    Ok(files)
}
