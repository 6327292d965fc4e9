use content::cards::Language;

use super::*;

fn press() -> Press {
    let fonts = Fonts::load(&[]).expect("the tests need fonts: apt-get install fonts-noto-core");
    Press::new(fonts)
}

fn sheet(language: Language) -> Sheet {
    Sheet {
        title: "शिक्षक अभियोग्यता चाचणी".into(),
        language,
        opens_ms: 1_801_366_200_000,
        closes_ms: 1_801_373_400_000,
        instructions: Vec::new(),
    }
}

fn card(number: u32, name: &str) -> Card {
    Card {
        number,
        name: name.into(),
        roll: "R-1".into(),
        batch: String::new(),
        slot: String::new(),
        district: "Pune".into(),
        centre: String::new(),
        seat: String::new(),
        minutes: 60,
        access_code: "ABCD-EFGH-JKLM-NPQR".into(),
        address: "https://192.0.2.1:8443/#c=1".into(),
    }
}

#[test]
fn each_candidate_has_a_page_whatever_their_name_holds() {
    // Markup of the typesetter is text on a card.
    let names = ["#pagebreak() $x$ *b* `c` @d", "ज्ञानेश्वर कुलकर्णी", "]#[\"\\"];
    let cards: Vec<Card> = (1..)
        .zip(names)
        .map(|(number, name)| card(number, name))
        .collect();
    for language in Language::ALL {
        press().check(&sheet(language), &cards).unwrap();
        let pdf = press().pdf(&sheet(language), &cards).unwrap();
        assert!(pdf.starts_with(b"%PDF-"));
    }
}

#[test]
fn the_same_cards_make_the_same_file() {
    let cards = [card(1, "मीरा"), card(2, "Ravi")];
    let make = || press().pdf(&sheet(Language::Hindi), &cards).unwrap();
    assert!(make() == make());
}

#[test]
fn whose_card_takes_more_than_a_page_is_told() {
    let mut cards: Vec<Card> = (1..=9).map(|number| card(number, "Asha")).collect();
    cards[6].centre = "W ".repeat(4_000);
    let error = press().pdf(&sheet(Language::English), &cards).unwrap_err();
    assert!(matches!(error, PressError::Overflow(7)), "{error}");
}

#[test]
fn what_cannot_be_set_is_refused_before_the_first_card() {
    let mut many = sheet(Language::English);
    many.instructions = vec!["Come.".into(); INSTRUCTIONS_MAX + 1];
    assert!(matches!(press().check(&many, &[]), Err(PressError::Instructions)));
    let odd = [card(5, "Asha \u{10ffff}")];
    let error = press().check(&sheet(Language::English), &odd).unwrap_err();
    assert!(error.to_string().contains("candidate 5"), "{error}");
    let mut far = card(6, "Asha");
    far.address = "https://".repeat(99);
    assert!(matches!(
        press().pdf(&sheet(Language::English), &[far]),
        Err(PressError::Address(6))
    ));
    let mut never = sheet(Language::English);
    never.opens_ms = i64::MAX;
    assert!(matches!(
        press().pdf(&never, &[card(1, "Asha")]),
        Err(PressError::When)
    ));
}
