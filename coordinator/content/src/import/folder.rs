//! A folder's files as one archive, to be sent or read as a package. `parikshactl` packs with it what it imports; nothing
//! here touches a disk.

use std::{
    collections::BTreeMap,
    io::{Cursor, Write},
};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// Packs files by their paths, which use `/`. The same files give the same bytes.
pub fn packed(files: &BTreeMap<String, Vec<u8>>) -> std::io::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (path, content) in files {
        zip.start_file(path.as_str(), options)?;
        zip.write_all(content)?;
    }
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::{Archive, ArchiveLimits};

    #[test]
    fn what_was_packed_is_opened_again() {
        let files = BTreeMap::from([
            ("a/b.xml".to_owned(), b"<x/>".to_vec()),
            ("c".to_owned(), vec![7; 9_000]),
        ]);
        let bytes = packed(&files).unwrap();
        assert_eq!(bytes, packed(&files).unwrap());
        let archive = Archive::open(&bytes, ArchiveLimits::default()).unwrap();
        let read: BTreeMap<String, Vec<u8>> = archive
            .files()
            .map(|(path, content)| (path.to_owned(), content.to_vec()))
            .collect();
        assert_eq!(read, files);
    }
}
