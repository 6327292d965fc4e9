//! The digest of an attempt's responses: what the candidate's page computes, the receipt binds and the centre checks.
//!
//! SHA-256 over one line per answered item in the order of item numbers: `<item>:<canonical response>\n`
//! ([`Response::canonical`]); items without a response leave no line; an attempt without responses is the digest of
//! nothing. Marks for review are no part of it.

use std::fmt::Write;

use crate::{hash::Hash, ids::ItemNo, response::Response};

/// The digest of responses that come in the order of their item numbers.
pub fn of_responses<'a>(responses: impl IntoIterator<Item = (ItemNo, &'a Response)>) -> Hash {
    let mut text = String::new();
    for (item, response) in responses {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{item}:{}", response.canonical());
    }
    Hash::sha256(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::OptionId;

    #[test]
    fn it_is_the_sha256_of_the_canonical_lines() {
        let responses = [
            (ItemNo(1), Response::Choice(OptionId(2))),
            (ItemNo(3), Response::Number("3.5".into())),
        ];
        let digest = of_responses(responses.iter().map(|(item, response)| (*item, response)));
        assert_eq!(digest, Hash::sha256(b"1:c2\n3:n3.5\n"));
    }
}
