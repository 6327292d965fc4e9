//! The JSON of the answer to a save, written by hand into one buffer: it is the answer that nodes give most, and the
//! general writer takes ten times the instructions. Called by the handler of saves. The form is what `serde` says it is;
//! the tests hold the two together.

use super::{AcknowledgedForm, AcknowledgedState, ResponsesAnswer};
use crate::log::Durability;

/// Bytes that an answer takes, and those that one response adds to it: enough that it is written in one piece.
const ANSWER_BYTES: usize = 192;
const RESPONSE_BYTES: usize = 160;

impl ResponsesAnswer<'_> {
    /// The answer as JSON.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let responses = self.acknowledged.len() + self.refused.len();
        let mut text = Text(Vec::with_capacity(ANSWER_BYTES + RESPONSE_BYTES * responses));
        text.word(match self.durability {
            Durability::Node => r#"{"durability":"node","acknowledged":["#,
            Durability::District => r#"{"durability":"district","acknowledged":["#,
        });
        for (index, acknowledged) in self.acknowledged.iter().enumerate() {
            text.word(if index == 0 { r#"{"item":"# } else { r#",{"item":"# });
            text.acknowledged(acknowledged);
        }
        text.word(r#"],"refused":"#);
        if self.refused.is_empty() {
            text.word("[]");
        } else {
            // They hold words; these are seldom.
            serde_json::to_writer(&mut text.0, &self.refused)?;
        }
        text.word(r#","deadline":"#);
        text.signed(self.deadline.0);
        text.word(r#","server_time":"#);
        text.signed(self.server_time.0);
        text.word(r#","epoch_current":"#);
        text.flag(self.epoch_current);
        if let Some(reason) = self.withdrawn {
            text.word(r#","withdrawn":"#);
            serde_json::to_writer(&mut text.0, reason)?;
        }
        text.word("}");
        Ok(text.0)
    }
}

/// JSON as it grows.
struct Text(Vec<u8>);

impl Text {
    /// The members of a response after the first one's name. A log's name consists of digits and letters, so that
    /// nothing in it is escaped.
    fn acknowledged(&mut self, form: &AcknowledgedForm<'_>) {
        self.number(form.item.0.into());
        self.word(r#","seq":"#);
        self.number(form.seq.0.into());
        self.word(r#","log":""#);
        self.word(&form.log);
        self.word(r#"","sequence":"#);
        self.number(form.sequence.0);
        self.word(r#","late":"#);
        self.flag(form.late);
        self.word(r#","state":""#);
        self.word(match form.state {
            AcknowledgedState::Saved => r#"saved"}"#,
            AcknowledgedState::AlreadySaved => r#"already-saved"}"#,
            AcknowledgedState::Superseded => r#"superseded"}"#,
        });
    }

    fn word(&mut self, word: &str) {
        self.0.extend_from_slice(word.as_bytes());
    }

    fn flag(&mut self, is_so: bool) {
        self.word(if is_so { "true" } else { "false" });
    }

    fn signed(&mut self, number: i64) {
        if number < 0 {
            self.0.push(b'-');
        }
        self.number(number.unsigned_abs());
    }

    fn number(&mut self, mut number: u64) {
        /// Digits of the greatest number.
        const DIGITS_MAX: usize = 20;
        let mut digits = [0; DIGITS_MAX];
        let mut from = DIGITS_MAX;
        loop {
            from -= 1;
            digits[from] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        self.0.extend_from_slice(&digits[from..]);
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;
    use protocol::{
        ids::{Incarnation, ItemNo, LogId, NodeId, ResponseSeq, Sequence},
        time::Instant,
    };

    use super::*;
    use crate::http::forms::RefusedForm;

    fn any_state() -> impl Strategy<Value = AcknowledgedState> {
        prop_oneof![
            Just(AcknowledgedState::Saved),
            Just(AcknowledgedState::AlreadySaved),
            Just(AcknowledgedState::Superseded),
        ]
    }

    prop_compose! {
        fn any_acknowledged()(
            (item, seq) in any::<(u16, u32)>(),
            log in proptest::option::of(any::<(u32, u64)>()),
            sequence in any::<u64>(),
            late in any::<bool>(),
            state in any_state(),
        ) -> AcknowledgedForm<'static> {
            let log = log.map(|(node, incarnation)| LogId { node: NodeId(node), incarnation: Incarnation(incarnation) });
            AcknowledgedForm {
                item: ItemNo(item),
                seq: ResponseSeq(seq),
                log: log.map_or(Cow::Borrowed(""), |log| Cow::Owned(log.to_string())),
                sequence: Sequence(sequence),
                late,
                state,
            }
        }
    }

    prop_compose! {
        fn any_refused()((item, seq) in any::<(u16, u32)>(), detail in ".*") -> RefusedForm {
            RefusedForm { item: ItemNo(item), seq: ResponseSeq(seq), problem: "unknown-item", detail }
        }
    }

    proptest! {
        #[test]
        fn the_answer_is_what_its_form_says(
            acknowledged in proptest::collection::vec(any_acknowledged(), 0..4),
            refused in proptest::collection::vec(any_refused(), 0..3),
            (deadline, server_time) in any::<(i64, i64)>(),
            (is_of_district, epoch_current) in any::<(bool, bool)>(),
            withdrawn in proptest::option::of(".*"),
        ) {
            let durability = if is_of_district { Durability::District } else { Durability::Node };
            let answer = ResponsesAnswer {
                durability,
                acknowledged,
                refused,
                deadline: Instant(deadline),
                server_time: Instant(server_time),
                epoch_current,
                withdrawn: withdrawn.as_deref(),
            };
            prop_assert_eq!(answer.to_json().unwrap(), serde_json::to_vec(&answer).unwrap());
        }
    }
}
