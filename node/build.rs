//! Lists the page's files (`web/`) so that they are embedded in the node: one binary is all that a district installs.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=web");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or(io::ErrorKind::NotFound)?).join("web");
    let mut files = Vec::new();
    if root.is_dir() {
        list(&root, &root, &mut files)?;
    }
    files.sort();
    let entries: String = files
        .iter()
        .map(|name| format!("    ({name:?}, include_bytes!({:?})),\n", root.join(name)))
        .collect();
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    fs::write(out.join("web_files.rs"), format!("&[\n{entries}]\n"))
}

fn list(root: &Path, directory: &Path, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if is_hidden {
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
