use proptest::prelude::*;

use super::*;
use crate::{
    codec,
    ids::ItemNo,
    outline::{ItemOutline, PartKind, ResponseKind},
};

fn item(kind: ResponseKind) -> ItemOutline {
    ItemOutline { no: ItemNo(4), kind }
}

fn refusal(response: &Response, kind: ResponseKind) -> String {
    response.check(&item(kind)).unwrap_err().to_string()
}

fn read(json: &str) -> Response {
    serde_json::from_str(json).unwrap()
}

#[test]
fn json_and_canonical_text_are_what_the_api_promises() {
    for (json, canonical) in [
        (r#"{"choice":2}"#, "c2"),
        (r#"{"choices":[1,3]}"#, "m1,3"),
        (r#"{"number":"3.5"}"#, "n3.5"),
        (r#"{"text":"नदी;1=c2"}"#, "t14:नदी;1=c2"),
        (r#"{"order":[3,1,2]}"#, "o3,1,2"),
        (r#"{"pairs":[[1,2],[3,2]]}"#, "r1-2,3-2"),
        (r#"{"parts":{"1":{"choice":2},"3":{"text":"a"}}}"#, "p1=c2;3=t1:a"),
    ] {
        let response = read(json);
        assert_eq!(serde_json::to_string(&response).unwrap(), json);
        assert_eq!(response.canonical(), canonical);
        let bytes = codec::encode(&response).unwrap();
        assert_eq!(codec::decode::<Response>(&bytes).unwrap(), response);
    }
}

#[test]
fn parts_have_no_parts() {
    assert!(serde_json::from_str::<Response>(r#"{"parts":{"1":{"parts":{"1":{"choice":1}}}}}"#).is_err());
}

#[test]
fn an_option_that_does_not_exist_is_named() {
    assert_eq!(
        refusal(
            &Response::Choice(OptionId(5)),
            ResponseKind::Choice { options: 4 }
        ),
        "item 4 has no option 5; its options are 1 to 4"
    );
    let pairs = ResponseKind::Pairs {
        from: 2,
        to: 3,
        max: 6,
    };
    assert!(refusal(&read(r#"{"pairs":[[2,3],[3,1]]}"#), pairs).contains("no option 3"));
}

#[test]
fn numbers_are_plain_decimals() {
    for good in ["1", "-2.50", ".5", "+7", "10."] {
        assert!(is_number(good), "{good}");
    }
    for bad in ["", "-", ".", "1e5", "1 2", "१२", "NaN", "1.2.3"] {
        assert!(!is_number(bad), "{bad}");
    }
}

#[test]
fn what_exceeds_an_items_limits_is_refused_in_words() {
    let select = ResponseKind::Select { options: 4, max: 2 };
    assert_eq!(read(r#"{"choices":[1,2]}"#).check(&item(select.clone())), Ok(()));
    assert!(refusal(&read(r#"{"choices":[1,2,3]}"#), select).contains("at most 2"));
    let order = ResponseKind::Order { options: 3, max: 3 };
    assert_eq!(read(r#"{"order":[3,1]}"#).check(&item(order.clone())), Ok(()));
    assert!(refusal(&read(r#"{"order":[3,3]}"#), order.clone()).contains("stands twice"));
    assert!(refusal(&read(r#"{"order":[]}"#), order).contains("send null"));
    let text = ResponseKind::Text { chars_max: 5 };
    assert_eq!(read(r#"{"text":"a\nनदी"}"#).check(&item(text.clone())), Ok(()));
    assert!(refusal(&read(r#"{"text":"abcdef"}"#), text.clone()).contains("6 characters"));
    assert!(refusal(&read(r#"{"text":"a\u0000"}"#), text.clone()).contains("control character"));
    assert!(refusal(&read(r#"{"choice":1}"#), text).contains("takes a text"));
}

#[test]
fn each_part_is_checked_and_all_together_fit_a_record() {
    let parts = ResponseKind::Parts(vec![
        PartKind::Choice { options: 2 },
        PartKind::Text { chars_max: 10_000 },
        PartKind::Text { chars_max: 10_000 },
    ]);
    assert_eq!(
        read(r#"{"parts":{"1":{"choice":2}}}"#).check(&item(parts.clone())),
        Ok(())
    );
    assert!(refusal(&read(r#"{"parts":{"1":{"choice":3}}}"#), parts.clone()).contains("no option 3"));
    assert!(refusal(&read(r#"{"parts":{"4":{"choice":1}}}"#), parts.clone()).contains("no part 4"));
    assert!(refusal(&read(r#"{"parts":{"0":{"choice":1}}}"#), parts.clone()).contains("no part 0"));
    assert!(refusal(&read(r#"{"parts":{}}"#), parts.clone()).contains("send null"));
    let long = "x".repeat(9_000);
    let both = serde_json::json!({ "parts": { "2": { "text": long }, "3": { "text": long } } });
    assert!(refusal(&read(&both.to_string()), parts).contains("bytes"));
}

proptest! {
    #[test]
    fn no_bytes_make_reading_a_response_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = codec::decode::<Response>(&bytes);
    }

    #[test]
    fn different_texts_in_parts_have_different_canonical_texts(one in ".{0,6}", other in ".{0,6}", third in ".{0,6}") {
        let of = |texts: [&str; 2]| -> Response {
            let parts = (1..).map(PartNo).zip(texts.map(|text| PartResponse::Text(text.to_owned())));
            Response::Parts(parts.collect())
        };
        let (a, b) = (of([&one, &other]), of([&one, &third]));
        prop_assert_eq!(a == b, a.canonical() == b.canonical());
    }
}
