//! Lists the page's files (`web/`) so that they are embedded in the node: one binary is all that a district installs.

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
    let mut entries = String::new();
    for name in &files {
        let path = root.join(name).display().to_string();
        // Writing to a string cannot fail.
        let _ = writeln!(entries, "    ({name:?}, include_bytes!({path:?})),");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
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
