//! Makes the page's files of its sources: modules and styles without their comments, the styles joined into one, the texts
//! of each language joined into one; all compressed. Fails where a language lacks a text, where the places in a text differ
//! between languages, or where a module that is imported is not there.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, error,
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};

type Failed = Box<dyn error::Error>;

/// What every other language is held against.
const FIRST_LANGUAGE: &str = "en";
/// Served from the root, not with the version's files.
const WORKER: &str = "js/sw.js";

fn main() -> Result<(), Failed> {
    for folder in ["js", "css", "locales"] {
        println!("cargo::rerun-if-changed={folder}");
    }
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let mut files = modules(&root)?;
    files.insert("app.css".to_owned(), style(&root)?);
    let languages = languages(&root)?;
    for (language, words) in &languages {
        files.insert(format!("locales/{language}.json"), serde_json::to_string(words)?);
    }
    let worker = files.remove(WORKER).ok_or("js/sw.js is missing")?;
    let eager = imported(&files, "js/app.js")?;
    let parts: Vec<String> = imported(&files, "js/parts.js")?
        .difference(&eager)
        .cloned()
        .collect();
    let all: Vec<String> = files.keys().cloned().collect();
    let list = BTreeMap::from([("parts", parts), ("all", all)]);
    files.insert("files.json".to_owned(), serde_json::to_string(&list)?);
    files.insert("sw.js".to_owned(), worker);
    write(
        &files,
        &eager,
        &languages.keys().map(String::as_str).collect::<Vec<_>>(),
    )
}

fn write(
    files: &BTreeMap<String, String>,
    eager: &BTreeSet<String>,
    languages: &[&str],
) -> Result<(), Failed> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut entries = String::new();
    for (number, (name, text)) in files.iter().enumerate() {
        let place = |kind: &str| out.join(format!("{number}.{kind}"));
        let embed = |kind: &str, bytes: &[u8]| -> Result<String, Failed> {
            fs::write(place(kind), bytes)?;
            Ok(format!("include_bytes!({:?})", place(kind).display().to_string()))
        };
        let smaller = |kind: &str, packed: Vec<u8>| -> Result<String, Failed> {
            if packed.len() >= text.len() {
                return Ok("None".to_owned());
            }
            Ok(format!("Some({})", embed(kind, &packed)?))
        };
        let plain = embed("plain", text.as_bytes())?;
        let gzip = smaller("gz", gzip(text)?)?;
        let brotli = smaller("br", brotli(text)?)?;
        writeln!(
            entries,
            "    File {{ name: {name:?}, plain: {plain}, gzip: {gzip}, brotli: {brotli} }},"
        )?;
    }
    let code = format!(
        "/// All files, by name.\npub const FILES: &[File] = &[\n{entries}];\n\
         /// The modules that are loaded at once: what the first imports, and what these import.\n\
         pub const MODULES: &[&str] = &{eager:?};\n\
         /// The languages in which there are texts.\npub const LANGUAGES: &[&str] = &{languages:?};\n",
        eager = eager.iter().collect::<Vec<_>>(),
    );
    Ok(fs::write(out.join("page_files.rs"), code)?)
}

fn gzip(text: &str) -> Result<Vec<u8>, Failed> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes())?;
    Ok(encoder.finish()?)
}

fn brotli(text: &str) -> Result<Vec<u8>, Failed> {
    let mut packed = Vec::new();
    brotli::BrotliCompress(
        &mut text.as_bytes(),
        &mut packed,
        &brotli::enc::BrotliEncoderParams::default(),
    )?;
    Ok(packed)
}

// === Modules and styles

/// Everything below `js`, by its path.
fn modules(root: &Path) -> Result<BTreeMap<String, String>, Failed> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.join("js")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            let extension = path.extension().and_then(|one| one.to_str());
            if !matches!(extension, Some("js" | "css")) {
                continue;
            }
            let lean = without_comments(&fs::read_to_string(&path)?, &name)?;
            // A module of types alone is nothing to a browser.
            if !lean.trim().is_empty() && lean.trim() != "export {};" {
                found.insert(name, lean);
            }
        }
    }
    Ok(found)
}

/// `css/*.css` in the order of their names, as one.
fn style(root: &Path) -> Result<String, Failed> {
    let mut joined = String::new();
    for path in listed(&root.join("css"), "css")? {
        let name = path.display().to_string();
        let lean = without_comments(&fs::read_to_string(&path)?, &name)?;
        for line in lean.lines().filter(|line| !line.is_empty()) {
            joined.push_str(line);
            joined.push('\n');
        }
    }
    Ok(joined)
}

/// The files of a folder that end so, by name.
fn listed(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, Failed> {
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = entries.collect::<Result<Vec<_>, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|one| one == extension));
    paths.sort();
    Ok(paths)
}

/// The text with its comment lines empty: those that begin with `//`, and blocks that begin and end with their lines; and
/// without indentation and types within a line. Every line stays where it is, so that an error in a browser names the line
/// that its author sees. What only looks like a comment, in a text over several lines, is refused.
fn without_comments(text: &str, name: &str) -> Result<String, Failed> {
    let mut lean = String::with_capacity(text.len());
    let mut is_in_block = false;
    for (index, line) in text.lines().enumerate() {
        let content = line.trim();
        let refused = |what| Err(format!("{name}:{}: {what}", index + 1).into());
        let content = without_types(content);
        let content = content.as_str();
        if is_in_block || content.starts_with("/*") {
            match content.find("*/") {
                None => is_in_block = true,
                Some(at) if at + 2 == content.len() => is_in_block = false,
                Some(_) => return refused("something follows a comment; begin a line of its own"),
            }
        } else if !content.starts_with("//") {
            if line.matches('`').count() % 2 == 1 {
                return refused("a text in back quotes goes on in the next line; join it from pieces");
            }
            lean.push_str(content);
        }
        lean.push('\n');
    }
    Ok(lean)
}

/// A line without `/** @type … */` before a value in it.
fn without_types(line: &str) -> String {
    let mut lean = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, comment)) = rest.split_once("/** @type") {
        let Some((_, after)) = comment.split_once("*/") else {
            break;
        };
        lean.push_str(before);
        rest = after.trim_start();
    }
    lean.push_str(rest);
    lean
}

/// A module with all that it imports at once, however far.
fn imported(files: &BTreeMap<String, String>, start: &str) -> Result<BTreeSet<String>, Failed> {
    let mut seen = BTreeSet::new();
    let mut waiting = vec![start.to_owned()];
    while let Some(name) = waiting.pop() {
        let text = files
            .get(&name)
            .ok_or_else(|| format!("{name} is imported and not there"))?;
        if !seen.insert(name.clone()) {
            continue;
        }
        for line in text.lines() {
            let is_static =
                line.starts_with("import ") || line.starts_with("} from ") || line.starts_with("export ");
            if let (true, Some(path)) = (is_static, quoted_path(line)) {
                waiting.push(resolved(&name, path));
            } else if let Some((_, later)) = line.split_once("import(\"") {
                let path = later.split('"').next().unwrap_or_default();
                let later = resolved(&name, path);
                if !files.contains_key(&later) {
                    return Err(format!("{name} imports {later}, which is not there").into());
                }
            }
        }
    }
    Ok(seen)
}

fn quoted_path(line: &str) -> Option<&str> {
    let path = line.split("from \"").nth(1)?.split('"').next()?;
    path.starts_with('.').then_some(path)
}

/// The path that a module means.
fn resolved(module: &str, path: &str) -> String {
    let mut parts: Vec<&str> = module.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

// === Texts

type Words = BTreeMap<String, String>;

/// The texts of each language, checked against the first.
fn languages(root: &Path) -> Result<BTreeMap<String, Words>, Failed> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(root.join("locales"))? {
        let entry = entry?;
        all.insert(
            entry.file_name().to_string_lossy().into_owned(),
            words_of(&entry.path())?,
        );
    }
    let first: Words = all
        .get(FIRST_LANGUAGE)
        .ok_or("there are no English texts")?
        .clone();
    for (language, words) in &all {
        let names: BTreeSet<&String> = words.keys().collect();
        let expected: BTreeSet<&String> = first.keys().collect();
        if let Some(name) = expected.symmetric_difference(&names).next() {
            return Err(format!(
                "locales: the text \"{name}\" is not in each of {FIRST_LANGUAGE} and {language}"
            )
            .into());
        }
        for (name, text) in words {
            if text.trim().is_empty() || places(text) != places(&first[name]) {
                return Err(format!(
                    "locales/{language}: \"{name}\" is empty or has other places than {FIRST_LANGUAGE}"
                )
                .into());
            }
        }
    }
    Ok(all)
}

/// All areas of a language together.
fn words_of(folder: &Path) -> Result<Words, Failed> {
    let mut words = Words::new();
    for path in listed(folder, "json")? {
        let told = |error: serde_json::Error| format!("{}: {error}", path.display());
        let area: Words = serde_json::from_str(&fs::read_to_string(&path)?).map_err(told)?;
        for (name, text) in area {
            if words.insert(name.clone(), text).is_some() {
                return Err(format!("{}: \"{name}\" is in another area too", path.display()).into());
            }
        }
    }
    Ok(words)
}

/// The `{names}` in a text.
fn places(text: &str) -> BTreeSet<&str> {
    let pieces = text.split('{').skip(1);
    pieces
        .filter_map(|piece| piece.split_once('}').map(|(name, _)| name))
        .collect()
}
