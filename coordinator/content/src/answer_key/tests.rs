use protocol::{
    ids::{OptionId, PaperId, PaperVersion},
    outline::ResponseKind,
};

use super::*;

fn item(key: Key) -> ItemKey {
    ItemKey::new(key, Marks::ONE, "0.25".parse().unwrap())
}

fn answer_key() -> AnswerKey {
    let number = Key::Number {
        from: "-1.5".parse().unwrap(),
        to: "2".parse().unwrap(),
    };
    let keys = [
        Key::Choice(OptionId(2)),
        Key::Choices([OptionId(1), OptionId(3)].into()),
        number,
    ];
    AnswerKey {
        paper: paper(),
        items: (1..).map(ItemNo).zip(keys.map(item)).collect(),
        sections: Vec::new(),
    }
}

fn paper() -> PaperRef {
    PaperRef {
        paper: PaperId(7),
        version: PaperVersion(2),
    }
}

fn outline() -> Outline {
    let kinds = [
        ResponseKind::Choice { options: 4 },
        ResponseKind::Choices { options: 4 },
        ResponseKind::Number,
    ];
    let items = (1..).map(ItemNo).zip(kinds);
    Outline {
        paper: paper(),
        items: items.map(|(no, kind)| (no, ItemOutline { no, kind })).collect(),
    }
}

#[test]
fn the_stored_form_is_read_back_and_a_later_format_is_refused() {
    let mut bytes = answer_key().to_bytes().unwrap();
    assert!(AnswerKey::from_bytes(&bytes).unwrap() == answer_key());
    bytes[3] = 2;
    assert!(matches!(
        AnswerKey::from_bytes(&bytes),
        Err(AnswerKeyError::UnknownFormat)
    ));
}

#[test]
fn a_long_key_is_packed_and_read_back() {
    let mut key = answer_key();
    for no in 1..=500 {
        let accepted = (0..40).map(|one| TextShare {
            text: format!("an accepted text of item {no}, number {one}"),
            share: Share::ALL,
        });
        let texts = TextsKey {
            accepted: accepted.collect(),
            is_case_sensitive: false,
        };
        key.items.insert(ItemNo(no), item(Key::Texts(texts)));
    }
    let bytes = key.to_bytes().unwrap();
    assert!(
        bytes.starts_with(&MAGIC_PACKED) && bytes.len() < 200_000,
        "{}",
        bytes.len()
    );
    assert!(AnswerKey::from_bytes(&bytes).unwrap() == key);
    assert!(AnswerKey::from_bytes(&bytes[..bytes.len() / 2]).is_err());
}

#[test]
fn a_key_with_rules_has_a_form_that_readers_without_them_refuse() {
    let plain = answer_key().to_bytes().unwrap();
    assert!(
        plain.starts_with(&MAGIC),
        "a key without rules is read by every reader"
    );
    let json = String::from_utf8_lossy(&plain[MAGIC.len()..]).into_owned();
    for member in ["also", "standing", "sections"] {
        assert!(!json.contains(member), "{json}");
    }
    let mut key = answer_key();
    let first = key.items.get_mut(&ItemNo(1)).unwrap();
    first.also.push(Key::Choice(OptionId(3)));
    key.items.get_mut(&ItemNo(2)).unwrap().standing = Standing::Dropped;
    key.sections.push(Section {
        name: "A".to_owned(),
        items: [ItemNo(1), ItemNo(3)].into(),
        minimum: Some(Marks::ONE),
    });
    let bytes = key.to_bytes().unwrap();
    assert!(bytes.starts_with(&MAGIC_WITH_RULES));
    assert!(AnswerKey::from_bytes(&bytes).unwrap() == key);
    assert_eq!(key.check(&outline()), Ok(()));
    key.items
        .get_mut(&ItemNo(1))
        .unwrap()
        .also
        .push(Key::Choice(OptionId(9)));
    assert_eq!(key.check(&outline()), Err(KeyMismatch::Kind(ItemNo(1))));
    key.sections[0].items.insert(ItemNo(7));
    assert_eq!(key.check(&outline()), Err(KeyMismatch::Items(ItemNo(7))));
}

#[test]
fn a_key_that_does_not_belong_to_the_paper_is_told_why() {
    assert_eq!(answer_key().check(&outline()), Ok(()));
    let mut key = answer_key();
    key.items.insert(ItemNo(1), item(Key::Choice(OptionId(5))));
    assert_eq!(key.check(&outline()), Err(KeyMismatch::Kind(ItemNo(1))));
    key.items.remove(&ItemNo(1));
    assert_eq!(key.check(&outline()), Err(KeyMismatch::Items(ItemNo(1))));
    key.paper.version.0 = 9;
    assert!(matches!(
        key.check(&outline()),
        Err(KeyMismatch::OtherPaper { .. })
    ));
}

#[test]
fn what_is_right_is_not_printed_by_debug() {
    let shown = format!("{:?} {:?}", answer_key(), answer_key().items);
    assert!(!shown.contains("OptionId") && !shown.contains("1.5"), "{shown}");
}
