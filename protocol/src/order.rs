//! The order in which a candidate meets items and options: a keyed hash, so that every node gives the same order and
//! nobody can tell it beforehand.

use crate::{
    hash::Hash,
    ids::{CandidateId, ItemNo, OptionId},
    outline::Outline,
};

/// One item's place in a candidate's order.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// The item.
    pub item: ItemNo,
    /// Its options in the candidate's order; empty where there are none.
    pub options: Vec<OptionId>,
}

/// The candidate's order of a paper's items and their options.
pub fn of_candidate(secret: &Hash, candidate: CandidateId, outline: &Outline) -> Vec<Place> {
    let rank = |item: ItemNo, option: u8| -> [u8; 32] {
        let mut input = [0; 7];
        input[..4].copy_from_slice(&candidate.0.to_be_bytes());
        input[4..6].copy_from_slice(&item.0.to_be_bytes());
        input[6] = option;
        *blake3::keyed_hash(secret.as_bytes(), &input).as_bytes()
    };
    let mut places: Vec<Place> = outline
        .items
        .values()
        .map(|item| {
            let mut options: Vec<OptionId> = (1..=item.kind.options()).map(OptionId).collect();
            options.sort_by_key(|option| rank(item.no, option.0));
            Place {
                item: item.no,
                options,
            }
        })
        .collect();
    places.sort_by_key(|place| rank(place.item, 0));
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::{PaperId, PaperRef, PaperVersion},
        outline::{ItemOutline, ResponseKind},
    };

    #[test]
    fn it_is_a_permutation_that_differs_between_candidates_and_not_between_nodes() {
        let items = (1..=40).map(|no| {
            (
                ItemNo(no),
                ItemOutline {
                    no: ItemNo(no),
                    kind: ResponseKind::Choice { options: 4 },
                },
            )
        });
        let outline = Outline {
            paper: PaperRef {
                paper: PaperId(1),
                version: PaperVersion(1),
            },
            items: items.collect(),
        };
        let secret = Hash::blake3(b"secret");
        let first = of_candidate(&secret, CandidateId(1), &outline);
        assert_eq!(first, of_candidate(&secret, CandidateId(1), &outline));
        assert_ne!(first, of_candidate(&secret, CandidateId(2), &outline));
        let mut numbers: Vec<u16> = first.iter().map(|place| place.item.0).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=40).collect::<Vec<u16>>());
    }
}
