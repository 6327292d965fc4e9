use super::*;

/// The fonts of this machine; a test that needs them says what is missing.
fn here() -> Fonts {
    Fonts::load(&[]).expect("the tests need fonts: apt-get install fonts-noto-core")
}

#[test]
fn characters_that_no_font_has_are_named_with_their_place() {
    let latin = here().fonts.into_iter();
    let latin = latin.filter(|font| !font.info().coverage.contains(u32::from('क')));
    let latin = Fonts::of(latin.collect()).unwrap();
    let texts = [
        ("Asha \u{200d}Patil", Place::Everywhere),
        ("मीरा", Place::Candidate(27_001)),
    ];
    let error = latin.check(texts.into_iter()).unwrap_err().to_string();
    assert!(
        error.contains("Devanagari") && error.contains("U+092E"),
        "{error}"
    );
    assert!(
        error.contains("candidate 27001") && error.contains("--font"),
        "{error}"
    );
    here().check(texts.into_iter()).unwrap();
    let other = here().check([("\u{10ffff}", Place::Everywhere)].into_iter());
    assert!(other.unwrap_err().to_string().contains("U+10FFFF"));
}

#[test]
fn a_file_that_is_no_font_or_not_there_is_refused_by_name() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("letters.ttf");
    let refused = |path: &Path| Fonts::load(&[path.to_owned()]).err().unwrap().to_string();
    assert!(refused(&path).contains("letters.ttf cannot be read"));
    std::fs::write(&path, "not a font").unwrap();
    assert!(refused(&path).contains("letters.ttf is not a font"));
    let many = vec![path; FONTS_NAMED_MAX + 1];
    assert!(matches!(Fonts::load(&many), Err(FontError::TooMany)));
}
