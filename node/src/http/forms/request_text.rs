//! The JSON of a save as the page writes it, read without a general parser: no spaces, members in their order, no
//! escapes. Called by the handler of saves. Whatever looks different is left to `serde_json`, which says what the form is
//! and what is wrong with a request; the tests hold the two together.

use protocol::{
    ids::{ItemNo, OptionId, ResponseSeq},
    response::Response,
};

use super::{ResponseForm, ResponsesForm};

impl ResponsesForm {
    /// The form in a request's body.
    pub fn read(text: &[u8]) -> Result<Self, serde_json::Error> {
        match plain(text) {
            Some(form) => Ok(form),
            None => serde_json::from_slice(text),
        }
    }
}

/// The form, if it is written as the page writes it.
fn plain(mut text: &[u8]) -> Option<ResponsesForm> {
    let text = &mut text;
    word(text, br#"{"responses":["#)?;
    let mut responses = Vec::with_capacity(1);
    loop {
        responses.push(one(text)?);
        match byte(text)? {
            b',' => {}
            b']' => break,
            _ => return None,
        }
    }
    word(text, b"}")?;
    text.is_empty().then_some(ResponsesForm { responses })
}

fn one(text: &mut &[u8]) -> Option<ResponseForm> {
    word(text, br#"{"item":"#)?;
    let item = ItemNo(number(text)?);
    word(text, br#","seq":"#)?;
    let seq = ResponseSeq(number(text)?);
    word(text, br#","response":"#)?;
    let response = if word(text, b"null").is_some() {
        None
    } else {
        Some(response(text)?)
    };
    word(text, br#","marked":"#)?;
    let marked = word(text, b"true").is_some();
    if !marked {
        word(text, b"false")?;
    }
    word(text, b"}")?;
    Some(ResponseForm {
        item,
        seq,
        response,
        marked,
    })
}

fn response(text: &mut &[u8]) -> Option<Response> {
    let response = if word(text, br#"{"choice":"#).is_some() {
        Response::Choice(OptionId(number(text)?))
    } else if word(text, br#"{"number":""#).is_some() {
        let length = text.iter().position(|byte| *byte == b'"')?;
        let (digits, rest) = text.split_at(length);
        // What a number may consist of: nothing that JSON would escape.
        if !digits
            .iter()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+'))
        {
            return None;
        }
        *text = rest.get(1..)?;
        Response::Number(std::str::from_utf8(digits).ok()?.to_owned())
    } else {
        word(text, br#"{"choices":["#)?;
        Response::Choices(options(text)?)
    };
    word(text, b"}")?;
    Some(response)
}

fn options<T: FromIterator<OptionId>>(text: &mut &[u8]) -> Option<T> {
    let mut is_last = false;
    let options = std::iter::from_fn(|| {
        if is_last {
            return None;
        }
        let option = number(text).map(OptionId);
        match byte(text) {
            Some(b',') => {}
            Some(b']') => is_last = true,
            _ => return Some(None),
        }
        Some(option)
    });
    options.collect()
}

/// A whole number without a sign or needless zeros.
fn number<T: TryFrom<u64>>(text: &mut &[u8]) -> Option<T> {
    /// So many digits are below 2^64.
    const DIGITS_MAX: usize = 19;
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let has_needless_zero = digits > 1 && text.first() == Some(&b'0');
    if digits == 0 || digits > DIGITS_MAX || has_needless_zero {
        return None;
    }
    let (number, rest) = text.split_at(digits);
    *text = rest;
    let number = number
        .iter()
        .fold(0, |number, digit| 10 * number + u64::from(digit - b'0'));
    T::try_from(number).ok()
}

/// Takes a word away, if it is what comes.
fn word(text: &mut &[u8], word: &[u8]) -> Option<()> {
    *text = text.strip_prefix(word)?;
    Some(())
}

fn byte(text: &mut &[u8]) -> Option<u8> {
    let (first, rest) = text.split_first()?;
    *text = rest;
    Some(*first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn any_response() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<u16>().prop_map(|option| json!({ "choice": option % 300 })),
            proptest::collection::vec(0_u16..300, 0..6).prop_map(|options| json!({ "choices": options })),
            "[-+0-9.]{0,12}".prop_map(|text| json!({ "number": text })),
            ".{0,6}".prop_map(|text| json!({ "number": text })),
        ]
    }

    prop_compose! {
        /// A save in the page's own order, sometimes with numbers that are too large.
        fn any_text()(
            responses in proptest::collection::vec((0_u32..70_000, any::<u32>(), any_response(), any::<bool>()), 0..4)
        ) -> String {
            let responses: Vec<String> = responses
                .iter()
                .map(|(item, seq, response, marked)| {
                    format!(r#"{{"item":{item},"seq":{seq},"response":{response},"marked":{marked}}}"#)
                })
                .collect();
            format!(r#"{{"responses":[{}]}}"#, responses.join(","))
        }
    }

    proptest! {
        #[test]
        fn what_is_read_in_the_short_way_is_what_the_general_parser_reads(
            text in any_text(),
            at in any::<prop::sample::Index>(),
            other in any::<u8>(),
            is_altered in any::<bool>(),
        ) {
            let mut text = text.into_bytes();
            if is_altered {
                let at = at.index(text.len());
                text[at] = other;
            }
            let general = serde_json::from_slice::<ResponsesForm>(&text).ok();
            if let Some(form) = plain(&text) {
                prop_assert_eq!(Some(form), general);
            }
        }
    }

    #[test]
    fn the_pages_own_requests_are_read_in_the_short_way() {
        let text = br#"{"responses":[{"item":7,"seq":12,"response":{"choice":2},"marked":false},{"item":8,"seq":13,"response":{"choices":[1,3]},"marked":true},{"item":9,"seq":14,"response":{"number":"-3.5"},"marked":false},{"item":10,"seq":15,"response":null,"marked":false}]}"#;
        let form = plain(text).unwrap();
        assert_eq!(form, serde_json::from_slice(text).unwrap());
        assert_eq!(form.responses.len(), 4);
    }

    #[test]
    fn what_is_written_otherwise_is_read_all_the_same_and_refused_in_the_same_words() {
        let spaced = br#"{ "responses": [ {"seq": 1, "item": 7, "response": null} ] }"#;
        assert_eq!(plain(spaced), None);
        assert_eq!(ResponsesForm::read(spaced).unwrap().responses.len(), 1);
        let bad = br#"{"responses":[{"item":07,"seq":1,"response":null,"marked":false}]}"#;
        assert!(ResponsesForm::read(bad).is_err());
    }
}
