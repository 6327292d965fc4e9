//! Damages to the files of a stopped node, and copies of its directory.

use std::{
    fs,
    io::{Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use rand::{Rng, rngs::StdRng, seq::IndexedRandom};

/// Damages one file of a node's data directory; says what it did. The certificate and the configuration are left alone: a
/// node without them cannot know who it is, and says so.
pub(super) fn damage(data: &Path, random: &mut StdRng) -> anyhow::Result<String> {
    let mut files = Vec::new();
    files_below(data, &mut files)?;
    files.retain(|file| {
        let rest = file
            .strip_prefix(data)
            .unwrap_or(file)
            .to_string_lossy()
            .into_owned();
        !rest.starts_with("identity") && rest != "node.toml" && !rest.contains("quarantine")
    });
    let file = files.choose(random).context("the node has files")?;
    let length = fs::metadata(file)?.len();
    let mut open = fs::OpenOptions::new().write(true).read(true).open(file)?;
    let at = |random: &mut StdRng| random.random_range(0..length.max(1));
    let what = match random.random_range(0..4) {
        0 => {
            let place = at(random);
            let mut byte = [0];
            open.seek(SeekFrom::Start(place))?;
            // An empty file has no byte to flip: it gets one.
            let _ = std::io::Read::read(&mut open, &mut byte)?;
            open.seek(SeekFrom::Start(place))?;
            open.write_all(&[byte[0] ^ (1 << random.random_range(0..8))])?;
            format!("flipped a bit at {place}")
        }
        1 => {
            let place = at(random) / 4096 * 4096;
            open.seek(SeekFrom::Start(place))?;
            open.write_all(&vec![0; 4096.min(length.saturating_sub(place)) as usize])?;
            format!("zeroed a page at {place}")
        }
        2 => {
            let place = at(random);
            open.set_len(place)?;
            format!("truncated to {place}")
        }
        _ => {
            open.seek(SeekFrom::End(0))?;
            let garbage: Vec<u8> = (0..random.random_range(1..5000))
                .map(|_| random.random())
                .collect();
            open.write_all(&garbage)?;
            format!("{} bytes of garbage at the end", garbage.len())
        }
    };
    Ok(format!(
        "{} ({length} bytes): {what}",
        file.strip_prefix(data)?.display()
    ))
}

pub(super) fn files_below(directory: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            files_below(&path, files)?;
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}

pub(super) fn copy_whole(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_whole(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
