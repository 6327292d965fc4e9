//! What a paper is made of and what it is worth: importers, sealing, answer keys, scoring. Pure: bytes and values in,
//! values and bytes out; no I/O, no clock, no randomness (keys and nonces come in as arguments).
//!
//! The way of a paper: a CSV file becomes a [`protocol::paper::Paper`] and an [`AnswerKey`] ([`import::csv`]), and from
//! then on the two never meet again outside a coordinator. The paper is sealed for the browser ([`seal`]); the answer
//! key and the paper's key are wrapped under the cluster key ([`wrap`]); after the sitting each merged attempt is
//! scored against the answer key ([`scoring`]).

pub mod analysis;
pub mod answer_key;
pub mod archive;
mod as_text;
pub mod cards;
pub mod import;
pub mod manual;
pub mod marks;
pub mod normalise;
pub mod number;
pub mod qti;
pub mod scoring;
pub mod seal;
pub mod wrap;
pub mod xml;

pub use answer_key::{AnswerKey, ItemKey, Key};
pub use marks::Marks;
pub use number::Number;
pub use scoring::{ItemScore, ManualMarks, Score, Verdict, score, score_with};
