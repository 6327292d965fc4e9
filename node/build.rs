//! Embeds the page's files (`web/`) in the node: one binary is all that a district installs. Modules and styles go without
//! their comments, a fifth of what a first load would carry; every line stays where it is, so that an error in a browser
//! names the line that its author sees.

use std::{
    env,
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
};

/// What the page's developers need and browsers do not.
const NOT_SERVED: [&str; 2] = ["tests", "package.json"];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=web");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or(io::ErrorKind::NotFound)?).join("web");
    let mut files = Vec::new();
    if root.is_dir() {
        list(&root, &root, &mut files)?;
    }
    files.sort();
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    let mut entries = String::new();
    for (number, name) in files.iter().enumerate() {
        let mut path = root.join(name);
        let extension = path.extension().unwrap_or_default();
        if extension == "js" || extension == "css" {
            let lean = without_comments(&fs::read_to_string(&path)?, name)?;
            path = out.join(format!("web_{number}"));
            fs::write(&path, lean)?;
        }
        let path = path.display().to_string();
        // Writing to a string cannot fail.
        let _ = writeln!(entries, "    ({name:?}, include_bytes!({path:?})),");
    }
    fs::write(out.join("web_files.rs"), format!("&[\n{entries}]\n"))
}

fn list(root: &Path, directory: &Path, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let is_for_browsers = !NOT_SERVED.iter().any(|name| path == root.join(name));
        if is_hidden || !is_for_browsers {
            continue;
        }
        if path.is_dir() {
            list(root, &path, files)?;
        } else if let Ok(name) = path.strip_prefix(root) {
            files.push(name.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(())
}

/// The text with its comment lines empty: those that begin with `//`, and blocks that begin and end with their lines. What
/// only looks like one, in a text over several lines, is refused.
fn without_comments(text: &str, name: &str) -> io::Result<String> {
    let mut lean = String::with_capacity(text.len());
    let mut is_in_block = false;
    for (index, line) in text.lines().enumerate() {
        let content = line.trim();
        let refused = |what| Err(io::Error::other(format!("web/{name}:{}: {what}", index + 1)));
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
            lean.push_str(line.trim_end());
        }
        lean.push('\n');
    }
    Ok(lean)
}
