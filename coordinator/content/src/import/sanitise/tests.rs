use super::*;

fn clean(written: &str) -> String {
    fragment(written).unwrap().html().to_owned()
}

#[test]
fn what_could_run_or_fetch_is_taken_out() {
    for written in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "<p style=\"background:url(http://a.example/b)\" class=c id=d onclick=\"e()\">x</p>",
        "<iframe src=\"http://a.example\"></iframe>",
        "<svg><script>alert(1)</script></svg>",
        "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
        "<form action=\"http://a.example\"><input name=a></form>",
        "<style>p{background:url(http://a.example)}</style>",
        "<object data=\"data:text/html,x\"></object>",
        "<!--<img src=x onerror=alert(1)>-->",
    ] {
        let html = clean(written);
        for forbidden in [
            "script", "alert", "onerror", "onclick", "example", "style", "href", "<svg", "<form", "data:",
        ] {
            assert!(!html.contains(forbidden), "{written}\n  became {html}");
        }
    }
}

#[test]
fn an_image_has_a_file_of_the_import_or_no_address() {
    for (address, kept) in [
        ("@@PLUGINFILE@@/map.png", "map.png"),
        ("images/map.png", "images/map.png"),
        ("//a.example/x.png", ""),
        ("http://a.example/x.png", ""),
        ("../secret.png", ""),
        ("/etc/passwd", ""),
        ("data:image/png;base64,AAAA", ""),
        ("a/../../b.png", ""),
    ] {
        let fragment = fragment(&format!(
            "<img src=\"{address}\" alt=\"a &quot;b&quot; &amp; c\">"
        ))
        .unwrap();
        let images = fragment.images();
        assert_eq!(images.len(), 1, "{address}");
        assert_eq!(
            (images[0].name.as_str(), images[0].text.as_str()),
            (kept, "a \"b\" & c"),
            "{address}"
        );
    }
}

#[test]
fn paragraphs_become_lines_and_anything_more_is_named() {
    let plain = |written: &str| fragment(written).unwrap().plain();
    assert_eq!(
        plain("<p>One &amp; two</p>\n<p>3 &lt; 4<br>five</p>"),
        Ok("One & two\n3 < 4\nfive".to_owned())
    );
    assert_eq!(
        plain("<div><span lang=\"hi\">एक</span> </div>"),
        Ok("एक".to_owned())
    );
    assert_eq!(plain("&amp;lt;"), Ok("&lt;".to_owned()));
    assert_eq!(plain("x<sup>2</sup>"), Err("sup".to_owned()));
    assert_eq!(plain("<p>Which is <b>not</b> right?</p>"), Err("b".to_owned()));
    assert_eq!(plain("<video src=x></video>"), Err("video".to_owned()));
}

#[test]
fn a_text_that_only_looks_like_a_tag_is_named_rather_than_lost() {
    let fragment = fragment("if x <y then z").unwrap();
    assert_eq!(fragment.dropped(), ["y"]);
    assert!(
        self::fragment("<o:p></o:p><font color=red>a</font>")
            .unwrap()
            .dropped()
            .is_empty()
    );
}

#[test]
fn nesting_beyond_any_question_is_refused_before_it_is_read() {
    assert!(fragment(&"<b>".repeat(41)).is_none());
    assert!(fragment(&"<br>".repeat(TAGS_MAX + 1)).is_none());
    assert!(fragment(&"<p>a".repeat(300)).is_some());
}
