use super::*;
use crate::import::{
    draft::{Markup, NumberRange},
    gift,
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
fn several_choices_are_delivered_only_where_all_or_nothing_means_the_same() {
    let (_, key) = delivered("c {~%100%yes ~%-100%no ~%-100%never}").unwrap();
    assert!(matches!(key.key, Key::Choices(right) if right == [OptionId(1)].into()));
    assert_eq!(
        why("c {~%50%a ~%50%b ~%-100%c}"),
        "option A brings 50 % of the marks; partial credit cannot be scored yet"
    );
    let mut table = draft("c {~%50%a ~%50%b ~c}");
    let Interaction::Choices(options, _) = table.interaction else {
        panic!("several")
    };
    table.interaction = Interaction::Choices(options, ChoicesRule::AllOrNothing);
    let (_, key) = item_of(&table, ItemNo(1)).unwrap();
    assert!(matches!(key.key, Key::Choices(right) if right == [OptionId(1), OptionId(2)].into()));
}

#[test]
fn what_today_cannot_say_is_named() {
    for (gift, expected) in [
        (
            "s {=four =4}",
            "a short text is read, but nodes cannot deliver it yet",
        ),
        ("m {=a -> b =c -> d}", "matching is read"),
        ("e {}", "a long text is read"),
        ("Only a text", "nothing to answer"),
        ("c {=a =b ~c}", "several options are right"),
        ("c {=a ~%50%b}", "option B brings 50 %"),
        ("c {=a ~%-50%b ~c}", "differently much"),
        ("c {~a ~b}", "option A brings 0 %"),
        ("c {=a ~}", "option B has no text"),
        (
            "[html]x<sup>2</sup> {T}",
            "the question: the element `sup` cannot be shown",
        ),
        ("[markdown]a *b* {T}", "the question: Markdown"),
        ("n {#=1 =2}", "2 different numbers"),
        ("n {#=%50%1}", "an accepted number brings 50 %"),
    ] {
        let told = why(gift);
        assert!(told.contains(expected), "{gift}\n  gave {told}");
    }
}

#[test]
fn a_penalty_that_would_be_rounded_is_refused() {
    let mut third = draft("c {=a ~%-33.33333%b}");
    assert!(item_of(&third, ItemNo(1)).is_err_and(|why| matches!(why, Undeliverable::Penalty(_))));
    third.marks = "1000".parse().unwrap();
    let (_, key) = item_of(&third, ItemNo(1)).unwrap();
    assert_eq!(key.penalty.to_string(), "333.3333");
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
