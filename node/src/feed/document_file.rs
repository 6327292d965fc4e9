//! The feed's documents on disk: one file that is appended to, replayed at start and written anew when most of it is
//! outdated. Used by [`super::Feed`] alone; it never publishes anything that is not on disk.
//!
//! ```text
//! 8  magic and format version, then for each document:
//! 4  length of the payload (little-endian)
//! 32 BLAKE3 of the payload
//! n  payload: a `FeedEntry` in the protocol's codec
//! ```
//! Documents stand in the order of their revisions, so any intact beginning of the file is a state that the feed can go
//! on from: what is behind a torn or damaged place is cut off and comes again from the centre.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use protocol::{
    codec,
    feed::{DocumentKey, FeedEntry},
    hash::Hash,
    limits::MESSAGE_BYTES_MAX,
};
use store::whole_file;

const MAGIC: [u8; 8] = *b"PKFEED\x00\x01";
const PREFIX_BYTES: usize = 4 + 32;

/// A file larger than this is not ours: it is refused instead of read.
const FILE_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// Outdated bytes below this are not worth writing the file anew.
const SLACK_BYTES: u64 = 1024 * 1024;

/// The documents by what they replace.
pub(super) type Documents = BTreeMap<DocumentKey, FeedEntry>;

/// The open file.
#[derive(Debug)]
pub(super) struct DocumentFile {
    path: PathBuf,
    file: File,
    bytes: u64,
}

/// What a replay found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Replayed {
    pub(super) documents: Documents,
    /// Length of the intact beginning.
    pub(super) good_bytes: usize,
}

/// Replays a file's bytes up to the first place that is not intact. Pure.
pub(super) fn replay(bytes: &[u8]) -> Replayed {
    let mut documents = Documents::new();
    if bytes.get(..MAGIC.len()) != Some(&MAGIC) {
        return Replayed {
            documents,
            good_bytes: 0,
        };
    }
    let mut at = MAGIC.len();
    while let Some((entry, end)) = next(bytes, at) {
        keep_newer(&mut documents, entry);
        at = end;
    }
    Replayed {
        documents,
        good_bytes: at,
    }
}

/// Puts a document in the place of an older one. Says whether it was newer.
pub(super) fn keep_newer(documents: &mut Documents, entry: FeedEntry) -> bool {
    let key = entry.document.key();
    let newer = documents
        .get(&key)
        .is_none_or(|held| entry.revision > held.revision);
    if newer {
        documents.insert(key, entry);
    }
    newer
}

fn next(bytes: &[u8], at: usize) -> Option<(FeedEntry, usize)> {
    let prefix = bytes.get(at..at + PREFIX_BYTES)?;
    let length = u32::from_le_bytes(prefix[..4].try_into().ok()?) as usize;
    if length > MESSAGE_BYTES_MAX {
        return None;
    }
    let start = at + PREFIX_BYTES;
    let payload = bytes.get(start..start + length)?;
    if Hash::blake3(payload).as_bytes() != &prefix[4..] {
        return None;
    }
    Some((codec::decode(payload).ok()?, start + length))
}

fn append_encoded(out: &mut Vec<u8>, entry: &FeedEntry) -> io::Result<()> {
    let payload = codec::encode(entry).map_err(io::Error::other)?;
    out.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    out.extend_from_slice(Hash::blake3(&payload).as_bytes());
    out.extend_from_slice(&payload);
    Ok(())
}

impl DocumentFile {
    /// Opens or creates the file in `directory` and replays it.
    pub(super) fn open(directory: &Path) -> io::Result<(Self, Documents)> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)?;
        let path = directory.join("documents");
        if !path.exists() {
            write_whole(&path, &Documents::new())?;
        }
        let length = fs::metadata(&path)?.len();
        if length > FILE_BYTES_MAX {
            return Err(io::Error::other(format!(
                "it has {length} bytes, which no feed has; move it away"
            )));
        }
        let replayed = replay(&fs::read(&path)?);
        if replayed.good_bytes == 0 {
            write_whole(&path, &Documents::new())?;
        }
        let good = replayed.good_bytes.max(MAGIC.len()) as u64;
        let file = OpenOptions::new().append(true).open(&path)?;
        if good < length {
            tracing::warn!(path = %path.display(), cut_bytes = length - good, "the feed's file was damaged; what was cut off comes again from the centre");
            file.set_len(good)?;
            file.sync_all()?;
        }
        Ok((
            Self {
                path,
                file,
                bytes: good,
            },
            replayed.documents,
        ))
    }

    /// Appends documents and makes them durable. `all` are the documents that count afterwards.
    pub(super) fn append(&mut self, entries: &[FeedEntry], all: &Documents) -> io::Result<()> {
        let mut out = Vec::new();
        for entry in entries {
            append_encoded(&mut out, entry)?;
        }
        self.file.write_all(&out)?;
        self.file.sync_data()?;
        self.bytes += out.len() as u64;
        let live: u64 = if self.bytes > SLACK_BYTES {
            live_bytes(all)?
        } else {
            self.bytes
        };
        if self.bytes > 2 * live + SLACK_BYTES {
            self.bytes = write_whole(&self.path, all)?;
            self.file = OpenOptions::new().append(true).open(&self.path)?;
        }
        Ok(())
    }
}

fn live_bytes(all: &Documents) -> io::Result<u64> {
    let mut out = Vec::new();
    for entry in all.values() {
        append_encoded(&mut out, entry)?;
    }
    Ok(out.len() as u64)
}

/// Writes the file anew with what counts; says its length.
fn write_whole(path: &Path, all: &Documents) -> io::Result<u64> {
    let mut entries: Vec<&FeedEntry> = all.values().collect();
    entries.sort_by_key(|entry| entry.revision);
    let mut out = MAGIC.to_vec();
    for entry in entries {
        append_encoded(&mut out, entry)?;
    }
    whole_file::replace(path, &out)?;
    Ok(out.len() as u64)
}

#[cfg(test)]
mod tests {
    use protocol::{
        feed::{Document, Release},
        ids::{PaperId, PaperRef, PaperVersion, Revision},
    };

    use super::*;

    fn release(paper: u32, revision: u64) -> FeedEntry {
        let paper = PaperRef {
            paper: PaperId(paper),
            version: PaperVersion(1),
        };
        let document = Document::Release(Release {
            paper,
            key: [revision as u8; 32],
        });
        FeedEntry {
            revision: Revision(revision),
            document,
        }
    }

    fn add(file: &mut DocumentFile, documents: &mut Documents, entry: FeedEntry) {
        assert!(keep_newer(documents, entry.clone()));
        file.append(&[entry], documents).unwrap();
    }

    #[test]
    fn what_was_appended_is_there_after_a_restart_and_the_newest_counts() {
        let directory = tempfile::tempdir().unwrap();
        let (mut file, mut documents) = DocumentFile::open(directory.path()).unwrap();
        for (paper, revision) in [(1, 1), (2, 2), (1, 3)] {
            add(&mut file, &mut documents, release(paper, revision));
        }
        drop(file);
        let (_, again) = DocumentFile::open(directory.path()).unwrap();
        assert_eq!(again, documents);
        assert_eq!(again.len(), 2);
    }

    #[test]
    fn every_torn_or_damaged_end_leaves_the_documents_before_it() {
        let directory = tempfile::tempdir().unwrap();
        let (mut file, mut documents) = DocumentFile::open(directory.path()).unwrap();
        add(&mut file, &mut documents, release(1, 1));
        let first = file.bytes as usize;
        add(&mut file, &mut documents, release(2, 2));
        let whole = fs::read(directory.path().join("documents")).unwrap();
        for length in first..whole.len() {
            let replayed = replay(&whole[..length]);
            assert_eq!((replayed.documents.len(), replayed.good_bytes), (1, first));
        }
        for at in first..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x40;
            assert_eq!(replay(&damaged).documents.len(), 1, "byte {at}");
        }
    }

    #[test]
    fn after_a_torn_end_the_file_goes_on() {
        let directory = tempfile::tempdir().unwrap();
        let (mut file, mut documents) = DocumentFile::open(directory.path()).unwrap();
        add(&mut file, &mut documents, release(1, 1));
        OpenOptions::new()
            .append(true)
            .open(directory.path().join("documents"))
            .unwrap()
            .write_all(b"torn")
            .unwrap();
        let (mut file, mut documents) = DocumentFile::open(directory.path()).unwrap();
        add(&mut file, &mut documents, release(2, 2));
        assert_eq!(DocumentFile::open(directory.path()).unwrap().1.len(), 2);
    }

    #[test]
    fn a_file_of_outdated_documents_is_written_anew_and_stays_small() {
        let directory = tempfile::tempdir().unwrap();
        let (mut file, mut documents) = DocumentFile::open(directory.path()).unwrap();
        for round in 0..300u64 {
            let batch: Vec<_> = (1..=100u64).map(|n| release(n as u32, round * 100 + n)).collect();
            for entry in &batch {
                keep_newer(&mut documents, entry.clone());
            }
            file.append(&batch, &documents).unwrap();
        }
        let length = fs::metadata(directory.path().join("documents")).unwrap().len();
        assert!(length < 2 * SLACK_BYTES, "{length} bytes for 100 documents");
        assert_eq!(DocumentFile::open(directory.path()).unwrap().1, documents);
    }
}
