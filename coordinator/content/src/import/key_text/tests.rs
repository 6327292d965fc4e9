use protocol::ids::ItemNo;

use super::*;

fn read(kind: KindOf<Vec<protocol::outline::PartKind>>, text: &str) -> Result<Key, Problem> {
    let item = ItemOutline { no: ItemNo(1), kind };
    let key = key_of(&item, text, Marks::ONE, Capitals::DoNotMatter)?;
    assert!(key.fits(&item), "{text}");
    Ok(key)
}

fn json(kind: KindOf<Vec<protocol::outline::PartKind>>, text: &str) -> String {
    serde_json::to_string(&read(kind, text).unwrap_or_else(|why| panic!("{text}: {why}"))).unwrap()
}

#[test]
fn each_kind_of_item_has_its_form_of_a_key() {
    let pairs = KindOf::Pairs {
        from: 3,
        to: 2,
        max: 3,
    };
    for (kind, text, expected) in [
        (KindOf::Choice { options: 4 }, "b", r#"{"choice":2}"#),
        (
            KindOf::Choice { options: 4 },
            "A=100%; B=50%;C=-25%",
            r#"{"shares":{"1":"100","2":"50","3":"-25"}}"#,
        ),
        (KindOf::Choices { options: 4 }, "A; C", r#"{"choices":[1,3]}"#),
        (
            KindOf::Choices { options: 4 },
            "A=33.33333%;B=33.33333%;C=33.33333%",
            r#"{"sum":{"1":"33.33333","2":"33.33333","3":"33.33333"}}"#,
        ),
        (
            KindOf::Number,
            "3.4..3.6",
            r#"{"number":{"from":"3.4","to":"3.6"}}"#,
        ),
        (
            KindOf::Number,
            "3.5;3..4=50%",
            r#"{"numbers":[{"from":"3.5","to":"3.5","share":"100"},{"from":"3","to":"4","share":"50"}]}"#,
        ),
        (
            KindOf::Text { chars_max: 9 },
            "a=b|c*=50%",
            r#"{"texts":{"accepted":[{"text":"a=b","share":"100"},{"text":"c*","share":"50"}],"is_case_sensitive":false}}"#,
        ),
        (
            KindOf::Order { options: 3, max: 3 },
            "C;A;B",
            r#"{"order":[3,1,2]}"#,
        ),
        (
            pairs,
            "1-2;2-1;3-1",
            r#"{"pairs":{"pairs":[[1,2],[2,1],[3,1]],"each":"0.3333"}}"#,
        ),
    ] {
        assert_eq!(json(kind, text), expected, "{text}");
    }
}

#[test]
fn what_is_no_key_of_the_kind_is_told_what_to_write() {
    let pairs = KindOf::Pairs {
        from: 3,
        to: 2,
        max: 3,
    };
    for (kind, text, expected) in [
        (KindOf::Choice { options: 4 }, "A=50%;B=50%", "brings all marks"),
        (KindOf::Choice { options: 4 }, "A=200%", "not a percentage"),
        (KindOf::Choices { options: 4 }, "A=50%;B=-50%", "brings all marks"),
        (KindOf::Text { chars_max: 9 }, "a||b", "between the signs"),
        (
            KindOf::Order { options: 3, max: 3 },
            "C;A",
            "not an order of all options",
        ),
        (pairs, "1-3", "is no list of pairs"),
        (KindOf::Parts(Vec::new()), "A", "several parts"),
    ] {
        let told = read(kind, text)
            .err()
            .map(|why| why.to_string())
            .unwrap_or_default();
        assert!(told.contains(expected), "{text}: {told}");
    }
}
