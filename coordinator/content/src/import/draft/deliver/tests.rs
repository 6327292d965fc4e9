use super::*;
use crate::{
    answer_key::Share,
    import::{
        draft::{AcceptedNumber, AttachedFile, ChoicesRule, Markup, NumberRange, Passage},
        gift, moodle,
    },
};

fn draft(gift: &str) -> Draft {
    let drafts = gift::read(gift.as_bytes(), "en").unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!((drafts.drafts.len(), drafts.refused.len()), (1, 0), "{gift}");
    drafts.drafts.into_iter().next().unwrap()
}

fn delivered(gift: &str) -> Result<(Item, ItemKey), Undeliverable> {
    item_of(&draft(gift), ItemNo(7))
}

fn why(gift: &str) -> String {
    let Err(why) = delivered(gift) else {
        panic!("{gift} can be delivered")
    };
    why.to_string()
}

#[test]
fn a_choice_keeps_its_options_key_and_penalty() {
    let (item, key) = delivered("Which? {~%-25%one =two ~%-25%three}").unwrap();
    assert_eq!((item.no, item.stem["en"].as_str()), (ItemNo(7), "Which?"));
    let ItemKind::Choice(choices) = &item.kind else {
        panic!("{item:?}")
    };
    let texts: Vec<&str> = choices.iter().map(|choice| choice.text["en"].as_str()).collect();
    assert_eq!(texts, ["one", "two", "three"]);
    assert!(matches!(key.key, Key::Choice(OptionId(2))));
    assert_eq!(
        (key.marks.to_string(), key.penalty.to_string()),
        ("1".to_owned(), "0.25".to_owned())
    );
    assert_eq!(item.penalty, "0.25");
    assert!(key.key.fits(&item.outline()));
}

#[test]
fn true_and_false_are_two_options_in_the_stems_language() {
    let (item, key) = delivered("The sun rises in the west. {F}").unwrap();
    let ItemKind::Choice(choices) = &item.kind else {
        panic!("{item:?}")
    };
    assert_eq!(choices[1].text["en"], "False");
    assert!(matches!(key.key, Key::Choice(OptionId(2))));
    let mut other = draft("x {T}");
    let stem = other.stem["en"].clone();
    other.stem = Passages::from([("fr".to_owned(), stem)]);
    assert!(item_of(&other, ItemNo(1)).is_err_and(|why| why.to_string().contains("`fr`")));
}

#[test]
fn numbers_keep_their_range_exactly() {
    for (gift, from, to) in [
        ("n {#3.1415:0.0005}", "3.141", "3.142"),
        ("n {#-5..5}", "-5", "5"),
        ("n {#=%0%5:0#no =%100%9:0#yes =%0%23:0#no}", "9", "9"),
    ] {
        let (item, key) = delivered(gift).unwrap();
        assert!(matches!(item.kind, ItemKind::Number));
        let Key::Number {
            from: least,
            to: greatest,
        } = key.key
        else {
            panic!("{gift}")
        };
        assert_eq!(
            (least.to_string().as_str(), greatest.to_string().as_str()),
            (from, to)
        );
    }
}

#[test]
fn several_choices_are_all_or_nothing_only_where_that_means_the_same() {
    let (_, key) = delivered("c {~%100%yes ~%-100%no ~%-100%never}").unwrap();
    assert!(matches!(key.key, Key::Choices(right) if right == [OptionId(1)].into()));
    let (_, key) = delivered("c {~%50%a ~%50%b ~%-100%c}").unwrap();
    let Key::Sum(shares) = key.key else {
        panic!("a sum")
    };
    let percents: Vec<String> = shares.values().map(ToString::to_string).collect();
    assert_eq!(percents, ["50", "50", "-100"]);
    let mut table = draft("c {~%50%a ~%50%b ~c}");
    let Interaction::Choices(options, _) = table.interaction else {
        panic!("several")
    };
    table.interaction = Interaction::Choices(options, ChoicesRule::AllOrNothing);
    let (_, key) = item_of(&table, ItemNo(1)).unwrap();
    assert!(matches!(key.key, Key::Choices(right) if right == [OptionId(1), OptionId(2)].into()));
}

#[test]
fn what_an_item_cannot_say_is_named() {
    for (gift, expected) in [
        ("Only a text", "nothing to answer"),
        ("c {~a ~b}", "no answer brings all marks"),
        ("c {~%50%a ~%20%b}", "bring 70 % together"),
        ("c {=a ~}", "option B has no text"),
        ("c {~%100%a}", "the question has 1 options"),
        ("s {=%50%a}", "no answer brings all marks"),
        ("n {#=%50%1}", "no answer brings all marks"),
        ("m {=a -> x =b -> x}", "2 prompts and 1 different answers"),
        (
            "[html]<video src\\=\"a\"></video>x {T}",
            "the question: the element `video`",
        ),
        (
            "[html]<img src\\=\"map.png\" alt\\=\"m\"> {T}",
            "the picture `map.png` is not in the file",
        ),
        ("[markdown]a *b* {T}", "the question: Markdown"),
    ] {
        let told = why(gift);
        assert!(told.contains(expected), "{gift}\n  gave {told}");
    }
}

#[test]
fn formatted_text_is_delivered_as_content_with_its_plain_text_beside_it() {
    let (item, _) = delivered("[html]x<sup>2</sup> is {=<b>four</b> ~five}").unwrap();
    assert_eq!(item.stem["en"], "x2 is");
    let body = serde_json::to_string(&item.body).unwrap();
    assert_eq!(body, r#"{"en":["x",{"tag":"sup","content":["2"]}," is"]}"#);
    let options = item.kind.options();
    assert_eq!(options[0].text["en"], "four");
    assert!(!options[0].body.is_empty() && options[1].body.is_empty());
}

#[test]
fn a_picture_goes_with_its_question_under_a_name_that_says_nothing() {
    let png = b"\x89PNG\r\n\x1a\npicture".to_vec();
    let mut draft = draft("[html]<img src\\=\"answer%20b.png\" alt\\=\"a map\"> Which? {=a ~b}");
    draft.files = vec![AttachedFile {
        name: "answer b.png".to_owned(),
        bytes: png.len(),
        content: png,
    }];
    let made = super::delivered(&draft, ItemNo(1)).unwrap();
    let (name, picture) = made.pictures.first_key_value().unwrap();
    assert_eq!(picture.media_type, "image/png");
    let json = serde_json::to_string(&made.item).unwrap();
    assert!(json.contains(name) && !json.contains("answer"), "{json}");
    assert_eq!(made.item.stem["en"], "a map Which?");
    draft.files[0].content = b"<svg/>".to_vec();
    let refused = item_of(&draft, ItemNo(1)).unwrap_err().to_string();
    assert!(refused.contains("neither PNG"), "{refused}");
}

#[test]
fn partial_credit_and_differing_penalties_stay_as_the_file_has_them() {
    let (item, key) = delivered("c {=a ~%50%b ~%-25%c ~d}").unwrap();
    let Key::Shares(shares) = &key.key else {
        panic!("shares")
    };
    let percents: Vec<String> = shares.values().map(ToString::to_string).collect();
    assert_eq!(percents, ["100", "50", "-25"]);
    assert_eq!((item.penalty.as_str(), key.penalty), ("0.25", crate::Marks::ZERO));
    let (_, two) = delivered("c {=a =b ~c}").unwrap();
    assert!(matches!(two.key, Key::Shares(shares) if shares[&OptionId(2)] == Share::ALL));
}

#[test]
fn short_texts_numbers_and_essays_are_delivered_with_their_keys() {
    let (item, key) = delivered("s {=New Delhi =%50%Delhi*}").unwrap();
    let ItemKind::Text(field) = &item.kind else {
        panic!("{item:?}")
    };
    assert_eq!((field.lines, field.chars_max), (1, SHORT_TEXT_CHARS_MAX));
    assert!(matches!(key.key, Key::Texts(texts) if texts.accepted.len() == 2 && !texts.is_case_sensitive));
    let (item, key) = delivered("n {#=1 =%50%0..2}").unwrap();
    assert!(matches!(item.kind, ItemKind::Number));
    assert!(matches!(key.key, Key::Numbers(numbers) if numbers.len() == 2));
    let (item, key) = delivered("e {}").unwrap();
    assert!(item.is_marked_by_hand && key.key == Key::ByHand && key.penalty == crate::Marks::ZERO);
}

#[test]
fn columns_of_a_match_stand_in_an_order_that_says_nothing_of_the_pairs() {
    let (item, key) = delivered("m {=Pune -> Mula =Nashik -> Godavari =Paithan -> Godavari}").unwrap();
    let ItemKind::Match(matched) = &item.kind else {
        panic!("{item:?}")
    };
    let texts = |choices: &[Choice]| -> Vec<String> {
        choices.iter().map(|choice| choice.text["en"].clone()).collect()
    };
    assert_eq!(texts(&matched.rows), ["Pune", "Nashik", "Paithan"]);
    assert_eq!(texts(&matched.columns), ["Godavari", "Mula"]);
    assert_eq!((matched.max, matched.rows[0].uses_max), (3, 1));
    let Key::Pairs(pairs) = &key.key else {
        panic!("pairs")
    };
    let expected = [(1, 2), (2, 1), (3, 1)].map(|(one, other)| (OptionId(one), OptionId(other)));
    assert_eq!(pairs.pairs, expected.into());
    assert_eq!(pairs.each.to_string(), "0.3333");
    assert!(key.fits(&item.outline()));
}

#[test]
fn what_is_right_changes_nothing_of_what_candidates_get() {
    for (one, other) in [
        ("m {=a -> x =b -> y}", "m {=a -> y =b -> x}"),
        ("c {=a ~b ~c}", "c {~a ~b =c}"),
        ("c {~%50%a ~%50%b ~%-50%c}", "c {~%-50%a ~%50%b ~%50%c}"),
        ("s {=short}", "s {=a very long text that nobody guesses}"),
        ("n {#1}", "n {#=1 =%50%22222..33333}"),
    ] {
        let (left, _) = delivered(one).unwrap();
        let (right, _) = delivered(other).unwrap();
        let json = |item: &Item| serde_json::to_string(item).unwrap();
        assert_eq!(json(&left), json(&right), "{one}");
    }
}

#[test]
fn a_penalty_is_never_rounded() {
    let mut third = draft("c {=a ~%-33.33333%b}");
    let (item, key) = item_of(&third, ItemNo(1)).unwrap();
    assert!(matches!(key.key, Key::Shares(_)));
    assert_eq!(item.penalty, "0.3333333");
    third.marks = "1000".parse().unwrap();
    let (_, key) = item_of(&third, ItemNo(1)).unwrap();
    assert!(matches!(key.key, Key::Choice(_)));
    assert_eq!(key.penalty.to_string(), "333.3333");
}

#[test]
fn moodles_pictures_are_taken_from_within_the_question() {
    let xml = "<quiz><question type='multichoice'><name><text>n</text></name><questiontext format='html'><text><![CDATA[<p>Where?\
               <img src='@@PLUGINFILE@@/a%20map.gif' alt='a map'></p>]]></text><file name='a map.gif' encoding='base64'>R0lGODlhAQ==</file>\
               </questiontext><single>true</single><answer fraction='100'><text>a</text></answer><answer fraction='0'><text>b</text></answer>\
               </question></quiz>";
    let drafts = moodle::read(xml.as_bytes(), "en").unwrap_or_else(|refusal| panic!("{refusal}"));
    let made = super::delivered(&drafts.drafts[0], ItemNo(1)).unwrap();
    assert_eq!(made.pictures.len(), 1);
    assert!(
        made.pictures
            .values()
            .all(|picture| picture.media_type == "image/gif")
    );
}

#[test]
fn every_kind_of_passage_that_is_plain_is_delivered_as_text() {
    for (markup, written, text) in [
        (Markup::Html, "<p>a &amp; b</p>", "a & b"),
        (Markup::Moodle, "a\nb", "a\nb"),
        (Markup::Markdown, "a\nb", "a b"),
        (Markup::Plain, "<b>", "<b>"),
    ] {
        let stem = Passages::from([("en".to_owned(), Passage::new(markup, written).unwrap())]);
        let range = NumberRange::Exactly("1".parse().unwrap());
        let accepted = AcceptedNumber {
            range,
            fraction: Fraction::ALL,
            feedback: None,
        };
        let draft = Draft::new(1, stem, Interaction::Number(vec![accepted]));
        assert_eq!(item_of(&draft, ItemNo(1)).unwrap().0.stem["en"], text);
    }
}
