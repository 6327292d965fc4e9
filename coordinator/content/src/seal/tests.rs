use std::collections::BTreeMap;

use proptest::prelude::*;
use protocol::{
    ids::{ItemNo, PaperId, PaperVersion},
    paper::{Item, ItemKind, PaperOrder, Text},
};

use super::*;

const KEY: [u8; 32] = [3; 32];

fn paper_ref() -> PaperRef {
    PaperRef {
        paper: PaperId(4),
        version: PaperVersion(1),
    }
}

fn paper(stems: &[String]) -> Paper {
    let text = |text: &str| Text::from([("en".to_owned(), text.to_owned())]);
    let items = (1..).map(ItemNo).zip(stems);
    let items = items.map(|(no, stem)| Item::plain(no, ItemKind::Number, text(stem)));
    Paper {
        paper: paper_ref(),
        title: text("A paper"),
        languages: vec!["en".to_owned()],
        items: items.collect(),
        order: PaperOrder::default(),
        stimuli: Vec::new(),
        pictures: BTreeMap::new(),
    }
}

#[test]
fn a_paper_of_several_chunks_comes_back_as_it_was() {
    // Text that gzip cannot shorten, so that the sealed paper really has several chunks.
    let stems: Vec<String> = (0..3000u32)
        .map(|n| protocol::hash::Hash::blake3(&n.to_be_bytes()).to_string())
        .collect();
    let paper = paper(&stems);
    let sealed = seal(&paper, &KEY).unwrap();
    assert!(sealed.len() > 2 * CHUNK_BYTES as usize, "{}", sealed.len());
    assert_eq!(open(&sealed, &KEY).unwrap(), paper);
    // Sealing is a function of paper and key: the blob's hash can be computed again.
    assert_eq!(seal(&paper, &KEY).unwrap(), sealed);
}

#[test]
fn chunk_boundaries_lose_nothing() {
    for around in [1, 2, 3] {
        for length in [-1i64, 0, 1].map(|step| around * i64::from(CHUNK_BYTES) + step) {
            let plain: Vec<u8> = (0..length).map(|n| n as u8).collect();
            let sealed = seal_chunks(&plain, paper_ref(), CHUNK_BYTES, &KEY).unwrap();
            assert_eq!(open_chunks(&sealed, &KEY).unwrap().1, plain, "{length}");
        }
    }
}

#[test]
fn a_header_that_lies_about_its_length_allocates_nothing() {
    for plain_bytes in [0, 1, u64::MAX] {
        let header = SealedHeader {
            chunk_bytes: 1,
            plain_bytes,
            paper: paper_ref(),
        };
        assert!(open(&header.to_bytes(), &KEY).is_err());
    }
}

#[test]
fn a_paper_under_another_ones_header_is_refused() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&serde_json::to_vec(&paper(&[])).unwrap()).unwrap();
    let mut other = paper_ref();
    other.version.0 = 2;
    let sealed = seal_chunks(&gzip.finish().unwrap(), other, CHUNK_BYTES, &KEY).unwrap();
    assert!(matches!(open(&sealed, &KEY), Err(SealError::OtherPaper { .. })));
}

proptest! {
    #[test]
    fn any_paper_and_any_chunk_size_round_trips(
        stems in proptest::collection::vec(".{0,40}", 0..20),
        plain in proptest::collection::vec(any::<u8>(), 0..400),
        chunk_bytes in 1u32..100,
        key in any::<[u8; 32]>(),
    ) {
        let paper = paper(&stems);
        prop_assert_eq!(open(&seal(&paper, &key).unwrap(), &key).unwrap(), paper);
        let sealed = seal_chunks(&plain, paper_ref(), chunk_bytes, &key).unwrap();
        prop_assert_eq!(open_chunks(&sealed, &key).unwrap().1, plain);
    }

    #[test]
    fn an_altered_shortened_or_reordered_paper_or_another_key_is_refused(
        plain in proptest::collection::vec(any::<u8>(), 33..400),
        place in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        let sealed = seal_chunks(&plain, paper_ref(), 16, &KEY).unwrap();
        let at = place.index(sealed.len());
        prop_assert!(open_chunks(&sealed[..at], &KEY).is_err());
        prop_assert!(open_chunks(&sealed, &[4; 32]).is_err());
        let mut altered = sealed.clone();
        altered[at] ^= 1 << bit;
        prop_assert!(open_chunks(&altered, &KEY).is_err());
        if plain[..16] != plain[16..32] {
            let mut swapped = sealed.clone();
            swapped[HEADER_BYTES..HEADER_BYTES + 64].rotate_left(32);
            prop_assert!(open_chunks(&swapped, &KEY).is_err());
        }
        let longer = [&sealed[..], &[0]].concat();
        prop_assert!(open_chunks(&longer, &KEY).is_err());
    }

    #[test]
    fn arbitrary_bytes_are_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(open(&bytes, &KEY).is_err());
        let with_magic = [&b"PKS\x01"[..], &bytes].concat();
        prop_assert!(open(&with_magic, &KEY).is_err());
    }
}
