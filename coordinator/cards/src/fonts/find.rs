//! Where this machine keeps its fonts. The first set of each script that is there is used, by the names of its files:
//! opening all of a machine's fonts to see what is in them would take seconds.

use std::{
    collections::HashMap,
    env, fs,
    path::{Path, PathBuf},
};

/// Folders that hold fonts on Linux and macOS.
const FOLDERS: [&str; 4] = [
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
];
/// The same, below the home folder.
const FOLDERS_AT_HOME: [&str; 3] = [".local/share/fonts", ".fonts", "Library/Fonts"];

/// Folders within one another.
const DEPTH_MAX: usize = 6;
/// Entries of folders that are looked at.
const ENTRIES_MAX: usize = 20_000;

/// Sets of files, the best first; Devanagari before Latin, whose fonts have some of its signs too.
const DEVANAGARI: [&[&str]; 5] = [
    &["NotoSansDevanagari-Regular.ttf", "NotoSansDevanagari-Bold.ttf"],
    &["Lohit-Devanagari.ttf"],
    &["Mukta-Regular.ttf", "Mukta-Bold.ttf"],
    &["NotoSerifDevanagari-Regular.ttf", "NotoSerifDevanagari-Bold.ttf"],
    &["Gargi.ttf"],
];
const LATIN: [&[&str]; 4] = [
    &["NotoSans-Regular.ttf", "NotoSans-Bold.ttf"],
    &["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"],
    &["LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"],
    &["Arial.ttf", "Arial Bold.ttf"],
];

/// The files to be used.
pub(super) fn of_this_machine() -> Vec<PathBuf> {
    let home = env::var_os("HOME").map(PathBuf::from);
    let at_home = home
        .iter()
        .flat_map(|home| FOLDERS_AT_HOME.map(|folder| home.join(folder)));
    let folders: Vec<PathBuf> = FOLDERS.iter().map(PathBuf::from).chain(at_home).collect();
    chosen(&files(&folders))
}

/// Of the files that there are, by name, those that are used.
fn chosen(files: &HashMap<String, PathBuf>) -> Vec<PathBuf> {
    let best = |sets: &[&[&str]]| -> Vec<PathBuf> {
        let there = sets.iter().find(|set| files.contains_key(set[0]));
        let names = there.into_iter().flat_map(|set| set.iter());
        names.filter_map(|name| files.get(*name).cloned()).collect()
    };
    [best(&DEVANAGARI), best(&LATIN)].concat()
}

/// Everything below the folders, by its name.
fn files(folders: &[PathBuf]) -> HashMap<String, PathBuf> {
    let mut files = HashMap::new();
    let mut left = ENTRIES_MAX;
    for folder in folders {
        walk(folder, DEPTH_MAX, &mut left, &mut files);
    }
    files
}

fn walk(folder: &Path, depth: usize, left: &mut usize, files: &mut HashMap<String, PathBuf>) {
    // A folder that is not there or not readable has no fonts.
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if *left == 0 {
            return;
        }
        *left -= 1;
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth > 0 => walk(&path, depth - 1, left, files),
            Ok(kind) if kind.is_dir() => {}
            _ => {
                if let Ok(name) = entry.file_name().into_string() {
                    files.entry(name).or_insert(path);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_set_of_each_script_is_used() {
        let place = tempfile::tempdir().unwrap();
        let deep = place.path().join("truetype/noto");
        fs::create_dir_all(&deep).unwrap();
        for name in [
            "Lohit-Devanagari.ttf",
            "Gargi.ttf",
            "DejaVuSans.ttf",
            "NotoSans-Bold.ttf",
        ] {
            fs::write(deep.join(name), "").unwrap();
        }
        let folders = [place.path().to_owned(), place.path().join("nowhere")];
        let used = chosen(&files(&folders));
        let names: Vec<_> = used.iter().map(|path| path.file_name().unwrap()).collect();
        assert_eq!(names, ["Lohit-Devanagari.ttf", "DejaVuSans.ttf"]);
    }
}
