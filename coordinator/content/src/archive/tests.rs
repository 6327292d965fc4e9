use super::*;

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in files {
        zip.start_file(*path, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn open(bytes: &[u8]) -> Result<Archive, ArchiveError> {
    Archive::open(bytes, ArchiveLimits::default())
}

#[test]
fn what_was_packed_is_there_and_can_be_packed_again() {
    let bytes = zip(&[("a/one.xml", b"<one/>"), ("two", b"2")]);
    assert!(Archive::is_one(&bytes));
    let archive = open(&bytes).unwrap();
    assert_eq!(archive.get("a/one.xml"), Some(&b"<one/>"[..]));
    assert_eq!(archive.files().count(), 2);
    let stored = archive.clone().stored().unwrap();
    assert_eq!(open(&stored).unwrap(), archive);
}

#[test]
fn no_path_leaves_the_folder() {
    for path in [
        "../x",
        "/etc/x",
        "a/../../x",
        "a\\..\\x",
        "C:x",
        "a//b",
        "./x",
        "a\nb",
    ] {
        let refused = open(&zip(&[(path, b"x")])).unwrap_err();
        assert!(matches!(refused, ArchiveError::Path(_)), "{path}: {refused}");
    }
    let deep = vec!["d"; 17].join("/");
    assert!(matches!(open(&zip(&[(&deep, b"x")])), Err(ArchiveError::Path(_))));
    let mut link = ZipWriter::new(Cursor::new(Vec::new()));
    link.add_symlink("link", "/etc/passwd", SimpleFileOptions::default())
        .unwrap();
    let link = link.finish().unwrap().into_inner();
    assert!(matches!(open(&link), Err(ArchiveError::Path(_))));
}

#[test]
fn a_bomb_is_stopped_by_what_it_inflates_to_not_by_what_it_says() {
    let bomb = zip(&[("zeros", &vec![0; 30 * 1024 * 1024])]);
    assert!(bomb.len() < 100_000);
    let refused = open(&bomb).unwrap_err();
    assert!(
        matches!(&refused, ArchiveError::Bomb { entry, .. } if entry == "zeros"),
        "{refused}"
    );
    // The size in the local and the central header is changed to a lie.
    let mut lying = zip(&[("zeros", &vec![0; 2 * 1024 * 1024])]);
    let said = (2 * 1024 * 1024u32).to_le_bytes();
    let places: Vec<usize> = (0..lying.len() - 4)
        .filter(|at| lying[*at..*at + 4] == said)
        .collect();
    assert!(!places.is_empty());
    for at in places {
        lying[at..at + 4].copy_from_slice(&7u32.to_le_bytes());
    }
    assert!(open(&lying).is_err());
}

#[test]
fn too_much_in_all_is_refused_though_each_is_small() {
    let mut random = vec![0u8; 300_000];
    for (place, byte) in random.iter_mut().enumerate() {
        *byte = (place as u32).wrapping_mul(2_654_435_761).to_be_bytes()[0];
    }
    let limits = ArchiveLimits {
        bytes: 500_000,
        entries: 3,
        ..ArchiveLimits::default()
    };
    let two = zip(&[("a", &random), ("b", &random)]);
    assert_eq!(
        Archive::open(&two, limits),
        Err(ArchiveError::TooLarge { max: 500_000 })
    );
    let four = zip(&[("a", b""), ("b", b""), ("c", b""), ("d", b"")]);
    assert!(matches!(
        Archive::open(&four, limits),
        Err(ArchiveError::TooManyEntries { held: 4, max: 3 })
    ));
}

#[test]
fn what_is_cut_short_or_no_archive_is_an_error_in_words() {
    let whole = zip(&[("a", b"something to be packed, something to be packed")]);
    for length in 0..whole.len() {
        assert!(open(&whole[..length]).is_err(), "{length}");
    }
    let said = open(b"PK\x03\x04").unwrap_err().to_string();
    assert!(said.contains("save the file in its program once more"), "{said}");
}
