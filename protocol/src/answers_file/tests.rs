//! Files that were made, altered, cut off, and of another attempt or cluster.

use proptest::prelude::*;

use super::*;
use crate::{digest, ids::OptionId};

const ATTEMPT: AttemptKey = AttemptKey {
    sitting: SittingId(3),
    candidate: CandidateId(27_001),
};

fn token_key() -> Hash {
    Hash::blake3(b"token key")
}

fn file() -> AnswersFile {
    let given = |item, seq, response| KeptResponse {
        epoch: 1,
        item: ItemNo(item),
        seq: ResponseSeq(seq),
        response,
        marked: item == 2,
    };
    AnswersFile {
        version: 1,
        tokens: BTreeMap::from([(1, "v4.local.x".to_owned())]),
        responses: vec![
            given(1, 1, Some(Response::Choice(OptionId(2)))),
            given(2, 2, Some(Response::Text("नदी".to_owned()))),
            given(3, 3, None),
        ],
        submission: Some([7; 16]),
        digest: Some(Hash::sha256(b"")),
        made_at: Some(Instant(1_700_000_000_000)),
    }
}

fn sealed(file: &AnswersFile) -> Vec<u8> {
    seal(&key(&token_key(), ATTEMPT), ATTEMPT, [5; 12], file).unwrap()
}

fn sealed_text(text: &str) -> Vec<u8> {
    let header = header(ATTEMPT, [5; 12]);
    let mut bytes = pack(text.as_bytes()).unwrap();
    cipher(&key(&token_key(), ATTEMPT))
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key([5; 12]),
            Aad::from(&header),
            &mut bytes,
        )
        .unwrap();
    [&header[..], &bytes].concat()
}

#[test]
fn a_file_opens_as_it_was_sealed_and_only_under_its_clusters_key() {
    let bytes = sealed(&file());
    assert_eq!(open(&token_key(), &bytes), Ok((ATTEMPT, file())));
    assert_eq!(open(&Hash::ZERO, &bytes), Err(AnswersFileError::DoesNotOpen));
    assert_eq!(name(ATTEMPT), "pariksha-27001-3.answers");
}

#[test]
fn the_key_of_an_attempt_makes_no_file_for_another() {
    let other = AttemptKey {
        candidate: CandidateId(27_002),
        ..ATTEMPT
    };
    let forged = seal(&key(&token_key(), ATTEMPT), other, [5; 12], &file()).unwrap();
    assert_eq!(open(&token_key(), &forged), Err(AnswersFileError::DoesNotOpen));
}

#[test]
fn the_key_is_the_same_for_ever() {
    let key = hex::encode(key(&Hash([1; 32]), ATTEMPT));
    assert_eq!(
        key,
        "f02438bb909f7dcfb8dfafc73d16dad6c974d5224dddb50135f4953661ee3621"
    );
}

#[test]
fn a_file_that_the_page_made_opens() {
    // By node/web/js/device/answers_file.js, under the key of the test above.
    let made = include_bytes!("by_the_page.answers");
    let (attempt, file) = open(&Hash([1; 32]), made).unwrap();
    assert_eq!(attempt, ATTEMPT);
    assert_eq!(file.tokens.keys().copied().collect::<Vec<_>>(), [1, 2]);
    let epochs: Vec<u16> = file.responses.iter().map(|kept| kept.epoch).collect();
    assert_eq!(epochs, [1, 2, 2, 2]);
    let responses: Vec<(ItemNo, &Response)> = file
        .responses
        .iter()
        .filter_map(|kept| Some((kept.item, kept.response.as_ref()?)))
        .collect();
    assert_eq!(responses[1].1, &Response::Text("नदी".to_owned()));
    assert_eq!(
        file.digest,
        Some(digest::of_responses(responses)),
        "both sides mean the same digest"
    );
    assert_eq!(file.submission, Some([7; 16]));
    assert_eq!(file.made_at, Some(Instant(1_700_000_000_001)));
}

#[test]
fn a_page_may_leave_out_what_it_does_not_know_and_count_in_fractions() {
    let text = r#"{"version":1,"tokens":{"1":"a","2":"b"},"responses":[],"submission":null,"digest":null,
        "made_at":1700000000000.75,"more":true}"#;
    let (_, file) = open(&token_key(), &sealed_text(text)).unwrap();
    assert_eq!((file.submission, file.digest), (None, None));
    assert_eq!(file.made_at, Some(Instant(1_700_000_000_000)));
    assert_eq!(file.tokens.keys().copied().collect::<Vec<_>>(), [1, 2]);
    let short = r#"{"version":1,"tokens":{},"responses":[]}"#;
    assert!(open(&token_key(), &sealed_text(short)).is_ok());
}

#[test]
fn other_bytes_other_versions_and_too_much_are_refused_in_words() {
    assert_eq!(open(&token_key(), b"PKA1"), Err(AnswersFileError::NotOne));
    assert_eq!(open(&token_key(), &[b'P'; 60]), Err(AnswersFileError::NotOne));
    let newer = sealed_text(r#"{"version":2,"tokens":{},"responses":[]}"#);
    let words = open(&token_key(), &newer).unwrap_err().to_string();
    assert!(words.contains("its version is 2"), "{words}");
    assert!(matches!(
        open(&token_key(), &sealed_text("{")),
        Err(AnswersFileError::NotUnderstood(_))
    ));
    let long = vec![0; FILE_BYTES_MAX + 1];
    assert!(matches!(
        open(&token_key(), &long),
        Err(AnswersFileError::TooLong(_))
    ));
    let blanks = sealed_text(&" ".repeat(PLAIN_BYTES_MAX + 1));
    assert!(blanks.len() < FILE_BYTES_MAX, "a bomb is small");
    assert!(matches!(
        open(&token_key(), &blanks),
        Err(AnswersFileError::TooLong(_))
    ));
    let many = AnswersFile {
        responses: vec![file().responses[0].clone(); RESPONSES_MAX + 1],
        ..file()
    };
    assert!(matches!(
        open(&token_key(), &sealed(&many)),
        Err(AnswersFileError::TooLong(_))
    ));
}

proptest! {
    #[test]
    fn an_altered_or_shortened_file_is_refused(place in any::<prop::sample::Index>(), bit in 0u8..8) {
        let bytes = sealed(&file());
        let at = place.index(bytes.len());
        prop_assert!(open(&token_key(), &bytes[..at]).is_err());
        let mut altered = bytes;
        altered[at] ^= 1 << bit;
        prop_assert!(open(&token_key(), &altered).is_err());
    }
}
