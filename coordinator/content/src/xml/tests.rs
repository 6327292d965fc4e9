//! The reader: what it keeps, what it refuses, its bounds.

use proptest::prelude::*;

use super::*;

fn fault(text: &str) -> (u32, XmlFault) {
    let error = parse(text.as_bytes()).unwrap_err();
    (error.line, error.fault)
}

#[test]
fn names_attributes_text_order_and_lines_are_kept() {
    let root = parse(
        b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE quiz>\n<quiz a='1 &amp; &#50;'>\n  one <b\n x='y'>two</b><![CDATA[<three>]]>&lt;four&#x21;\n<!-- no -->\n  <c/>\n</quiz>\n",
    )
    .unwrap();
    assert_eq!(
        (root.name.as_str(), root.line, root.attribute("a")),
        ("quiz", 3, Some("1 & 2"))
    );
    assert_eq!(root.text(), "\n  one two<three><four!\n\n  \n");
    let lines: Vec<_> = root
        .elements()
        .map(|element| (element.name.as_str(), element.line))
        .collect();
    assert_eq!(lines, [("b", 4), ("c", 7)]);
    assert_eq!(root.first("b").unwrap().attribute("x"), Some("y"));
    assert!(root.has_own_text() && !root.first("c").unwrap().has_own_text());
    assert_eq!(root.children.len(), 5);
}

#[test]
fn prefixes_are_resolved_and_declarations_are_no_attributes() {
    let root = parse(b"<q xmlns='urn:a' xmlns:m='urn:m' xml:lang='mr'><m:math/><p xmlns=''/></q>").unwrap();
    assert_eq!(root.namespace.as_deref(), Some("urn:a"));
    assert_eq!(root.attributes.len(), 1);
    assert_eq!(root.attribute("xml:lang"), Some("mr"));
    let inner: Vec<_> = root
        .elements()
        .map(|element| (element.name.as_str(), element.namespace.as_deref()))
        .collect();
    assert_eq!(inner, [("math", Some("urn:m")), ("p", None)]);
    assert_eq!(
        fault("<a>\n<n:b/></a>"),
        (2, XmlFault::UnknownPrefix("n".to_owned()))
    );
}

#[test]
fn utf_16_is_read_and_other_encodings_are_refused_by_name() {
    let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><q>प्रश्न</q>";
    let little: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(parse(&little).unwrap().text(), "प्रश्न");
    assert_eq!(parse(&big).unwrap().text(), "प्रश्न");
    assert_eq!(parse("\u{feff}<q>é</q>".as_bytes()).unwrap().text(), "é");
    let latin = |text: &str| format!("<?xml version='1.0' encoding='ISO-8859-1'?><q>{text}</q>");
    assert_eq!(
        fault(&latin("é")),
        (0, XmlFault::Encoding("ISO-8859-1".to_owned()))
    );
    assert_eq!(
        parse(latin("e").as_bytes()).unwrap().text(),
        "e",
        "nothing but ASCII is the same in both"
    );
    let other = "<?xml version='1.0' encoding='EBCDIC-US'?><q/>";
    assert_eq!(fault(other), (0, XmlFault::Encoding("EBCDIC-US".to_owned())));
    assert_eq!(
        parse(b"<q>\xE9</q>").unwrap_err().fault,
        XmlFault::NotText("UTF-8")
    );
    assert_eq!(
        parse(&little[..little.len() - 1]).unwrap_err().fault,
        XmlFault::NotText("UTF-16")
    );
    assert_eq!(
        parse(&[0xFF, 0xFE, 0, 0, b'<', 0, 0, 0]).unwrap_err().fault,
        XmlFault::Encoding("UTF-32".to_owned())
    );
}

#[test]
fn entities_of_a_document_s_own_are_refused() {
    let laughs = "<!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]>\n<l>&b;</l>";
    assert_eq!(fault(laughs), (1, XmlFault::OwnDeclarations));
    assert_eq!(
        fault("<!DOCTYPE l [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><l>&x;</l>"),
        (1, XmlFault::OwnDeclarations)
    );
    // An address is never fetched; what it would declare is unknown.
    assert_eq!(
        fault("<!DOCTYPE l SYSTEM 'http://127.0.0.1:1/l.dtd'>\n<l>\n&x;</l>"),
        (3, XmlFault::UnknownEntity("x".to_owned()))
    );
    assert_eq!(
        fault("<l a='&nbsp;'/>"),
        (1, XmlFault::UnknownEntity("nbsp".to_owned()))
    );
}

#[test]
fn what_is_not_well_formed_is_named_with_its_line() {
    assert_eq!(fault("<a>\n<b>\n</b>"), (3, XmlFault::Unclosed("a".to_owned())));
    assert_eq!(fault("<a>\n<b x='"), (2, XmlFault::Unclosed("a".to_owned())));
    assert_eq!(
        fault("<a/>\n<b/>"),
        (2, XmlFault::OutsideRoot("a second element"))
    );
    assert_eq!(fault("<a/>\ntext"), (1, XmlFault::OutsideRoot("text")));
    assert_eq!(fault("<a>\n\u{1}</a>"), (2, XmlFault::Character(1)));
    assert_eq!(fault("<a>&#2;</a>"), (1, XmlFault::Character(2)));
    assert_eq!(fault("<a b='&#2;'/>"), (1, XmlFault::Character(2)));
    assert_eq!(fault(" \n"), (0, XmlFault::Empty));
    for text in [
        "text",
        "<a></b>",
        "<a b='1' b='2'/>",
        "<a b=1/>",
        "< a/>",
        "<a>&</a>",
        "<a>&#xZ;</a>",
        "<!-- -->",
    ] {
        parse(text.as_bytes()).expect_err(text);
    }
}

#[test]
fn each_bound_is_kept() {
    let limits = Limits {
        bytes_max: 200,
        depth_max: 3,
        elements_max: 5,
        attributes_max: 2,
        all_attributes_max: 3,
        name_bytes_max: 4,
    };
    let fault = |text: &str| parse_within(text.as_bytes(), limits).map_err(|error| error.fault);
    assert!(fault("<a x='1' y='2'><b><c/></b><b/><b/></a>").is_ok());
    assert_eq!(fault("<a><b><c><d/></c></b></a>"), Err(XmlFault::TooDeep(3)));
    assert_eq!(
        fault("<a><b/><b/><b/><b/><b/></a>"),
        Err(XmlFault::TooManyElements(5))
    );
    assert_eq!(
        fault("<a x='1' y='2' z='3'/>"),
        Err(XmlFault::TooManyAttributes(2))
    );
    assert_eq!(
        fault("<a x='1' y='2'><b x='1' y='2'/></a>"),
        Err(XmlFault::TooManyAttributesInAll(3))
    );
    assert_eq!(fault("<abcde/>"), Err(XmlFault::NameTooLong(4)));
    assert_eq!(fault("<a abcde=''/>"), Err(XmlFault::NameTooLong(4)));
    assert_eq!(
        fault(&" ".repeat(201)),
        Err(XmlFault::TooLarge { bytes: 201, max: 200 })
    );
    let deep = "<a>".repeat(1_000_000);
    assert_eq!(parse(deep.as_bytes()).unwrap_err().fault, XmlFault::TooDeep(100));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn no_mixture_of_xml_s_own_pieces_makes_it_panic(pieces in proptest::collection::vec(
        proptest::sample::select(vec![
            "<a>", "</a>", "<a ", "b='", "'", "/>", "<![CDATA[", "]]>", "<!--", "-->", "&amp;", "&#1;", "&", ";", "<!DOCTYPE ",
            "[", "]", ">", "<?", "?>", "\n", "é", "xmlns='u'", "<n:a>", "\u{0}",
        ]), 0..40)) {
        let _ = parse(pieces.concat().as_bytes());
    }
}
