//! A record's bytes in a frame: what [`codec`] makes and reads, with a short way for responses, which nearly all records
//! are: the same bytes for a tenth of the instructions. Called by frames alone. What the short way does not know goes the
//! general way, which is the format; the tests hold the two together.

use crate::{
    codec::{self, CodecError, take_number},
    epoch::Epoch,
    ids::{AttemptKey, CandidateId, DeviceTag, ItemNo, OptionId, ResponseSeq, SittingId},
    record::{Event, Record},
    response::Response,
    time::{Instant, When},
};

/// Which variant of [`Event`] a response is.
const ANSWERED: u8 = 2;

/// Which variants of [`Response`] there are.
const CHOICE: u8 = 0;
const CHOICES: u8 = 1;
const NUMBER: u8 = 2;

/// Bytes that a response's record seldom exceeds: enough that it is written in one piece.
const USUAL_BYTES: usize = 64;

/// A record's bytes.
pub(crate) fn encode(record: &Record) -> Result<Vec<u8>, CodecError> {
    let Event::Answered {
        item,
        epoch,
        seq,
        response,
        marked,
        late,
    } = &record.event
    else {
        return codec::encode(record);
    };
    let mut bytes = Vec::with_capacity(USUAL_BYTES);
    let When {
        at,
        elapsed_ms,
        error_ms,
    } = record.when;
    for number in [
        folded(at.0),
        elapsed_ms,
        error_ms.into(),
        record.attempt.sitting.0.into(),
        record.attempt.candidate.0.into(),
        ANSWERED.into(),
        item.0.into(),
        epoch.number.into(),
        epoch.device.0.into(),
        seq.0.into(),
    ] {
        codec::push_number(&mut bytes, number);
    }
    if !push_response(&mut bytes, response.as_ref()) {
        return codec::encode(record);
    }
    bytes.extend_from_slice(&[u8::from(*marked), u8::from(*late)]);
    Ok(bytes)
}

/// The record of these bytes.
pub(crate) fn decode(bytes: &[u8]) -> Result<Record, CodecError> {
    match answered(bytes) {
        Some(record) => Ok(record),
        None => codec::decode(bytes),
    }
}

/// Whether it is of a kind that has a short way.
fn push_response(bytes: &mut Vec<u8>, response: Option<&Response>) -> bool {
    bytes.push(u8::from(response.is_some()));
    match response {
        None => {}
        Some(Response::Choice(option)) => bytes.extend_from_slice(&[CHOICE, option.0]),
        Some(Response::Choices(options)) => {
            bytes.push(CHOICES);
            codec::push_number(bytes, options.len() as u64);
            bytes.extend(options.iter().map(|option| option.0));
        }
        Some(Response::Number(text)) => {
            bytes.push(NUMBER);
            codec::push_number(bytes, text.len() as u64);
            bytes.extend_from_slice(text.as_bytes());
        }
        Some(Response::Text(_) | Response::Order(_) | Response::Pairs(_) | Response::Parts(_)) => {
            return false;
        }
    }
    true
}

/// The record of a response, if these are the bytes of one as [`encode`] writes them.
fn answered(mut bytes: &[u8]) -> Option<Record> {
    let bytes = &mut bytes;
    let when = When {
        at: Instant(unfolded(take_number(bytes)?)),
        elapsed_ms: take_number(bytes)?,
        error_ms: number(bytes)?,
    };
    let attempt = AttemptKey {
        sitting: SittingId(number(bytes)?),
        candidate: CandidateId(number(bytes)?),
    };
    if byte(bytes)? != ANSWERED {
        return None;
    }
    let event = Event::Answered {
        item: ItemNo(number(bytes)?),
        epoch: Epoch {
            number: number(bytes)?,
            device: DeviceTag(number(bytes)?),
        },
        seq: ResponseSeq(number(bytes)?),
        response: if flag(bytes)? {
            Some(response(bytes)?)
        } else {
            None
        },
        marked: flag(bytes)?,
        late: flag(bytes)?,
    };
    bytes.is_empty().then_some(Record { when, attempt, event })
}

fn response(bytes: &mut &[u8]) -> Option<Response> {
    match byte(bytes)? {
        CHOICE => byte(bytes).map(OptionId).map(Response::Choice),
        CHOICES => {
            let options = counted(bytes)?.iter().copied().map(OptionId);
            Some(Response::Choices(options.collect()))
        }
        NUMBER => {
            let text = std::str::from_utf8(counted(bytes)?).ok()?;
            Some(Response::Number(text.to_owned()))
        }
        _ => None,
    }
}

/// As many bytes as the number before them says.
fn counted<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let count: usize = number(bytes)?;
    let (counted, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(counted)
}

fn number<T: TryFrom<u64>>(bytes: &mut &[u8]) -> Option<T> {
    T::try_from(take_number(bytes)?).ok()
}

fn flag(bytes: &mut &[u8]) -> Option<bool> {
    match byte(bytes)? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

fn byte(bytes: &mut &[u8]) -> Option<u8> {
    let (first, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(*first)
}

/// A signed number as an unsigned one: 0, -1, 1, -2 become 0, 1, 2, 3.
fn folded(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

fn unfolded(number: u64) -> i64 {
    ((number >> 1) as i64) ^ -((number & 1) as i64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Numbers of every length that a number can have in the bytes.
    fn any_number() -> impl Strategy<Value = u64> {
        (any::<u64>(), 0_u32..64).prop_map(|(number, shift)| number >> shift)
    }

    fn any_response() -> impl Strategy<Value = Option<Response>> {
        prop_oneof![
            Just(None),
            any::<u8>().prop_map(|option| Some(Response::Choice(OptionId(option)))),
            proptest::collection::btree_set(any::<u8>(), 0..9)
                .prop_map(|options| Some(Response::Choices(options.into_iter().map(OptionId).collect()))),
            ".{0,300}".prop_map(|text| Some(Response::Number(text))),
        ]
    }

    prop_compose! {
        fn any_answer()(
            numbers in proptest::collection::vec(any_number(), 9),
            at in any::<i64>(),
            response in any_response(),
            marked in any::<bool>(),
            late in any::<bool>(),
        ) -> Record {
            Record {
                when: When { at: Instant(at >> (numbers[0] % 64)), elapsed_ms: numbers[1], error_ms: numbers[2] as u32 },
                attempt: AttemptKey {
                    sitting: SittingId(numbers[3] as u32),
                    candidate: CandidateId(numbers[4] as u32),
                },
                event: Event::Answered {
                    item: ItemNo(numbers[5] as u16),
                    epoch: Epoch { number: numbers[6] as u16, device: DeviceTag(numbers[7] as u32) },
                    seq: ResponseSeq(numbers[8] as u32),
                    response,
                    marked,
                    late,
                },
            }
        }
    }

    proptest! {
        #[test]
        fn a_response_has_the_same_bytes_by_the_short_way_and_comes_back_by_it(record in any_answer()) {
            let bytes = encode(&record).unwrap();
            prop_assert_eq!(&bytes, &codec::encode(&record).unwrap());
            prop_assert_eq!(answered(&bytes), Some(record));
        }

        #[test]
        fn what_the_short_way_reads_the_general_way_reads_alike(
            record in any_answer(),
            at in any::<prop::sample::Index>(),
            byte in any::<u8>(),
            length in any::<prop::sample::Index>(),
        ) {
            let mut bytes = encode(&record).unwrap();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes.truncate(length.index(2 * bytes.len()).max(1));
            if let Some(read) = answered(&bytes) {
                prop_assert_eq!(codec::decode::<Record>(&bytes).unwrap(), read);
            }
        }
    }

    #[test]
    fn what_is_no_response_goes_the_general_way() {
        let record = Record {
            when: When {
                at: Instant(-1),
                elapsed_ms: 300,
                error_ms: 0,
            },
            attempt: AttemptKey {
                sitting: SittingId(1),
                candidate: CandidateId(70_000),
            },
            event: Event::SignedIn { device: DeviceTag(9) },
        };
        let bytes = encode(&record).unwrap();
        assert_eq!(answered(&bytes), None);
        assert_eq!(decode(&bytes).unwrap(), record);
        assert!(decode(&bytes[1..]).is_err());
    }
}
